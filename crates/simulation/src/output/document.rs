//! Everything that a program run found.

use serde::Serialize;

use crate::study::{ComparisonRow, CoverageRow, DriftRow, StudySettings, VerdictRow};

/// The settings and the rows of every study that was run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document {
    /// What was simulated.
    pub settings: StudySettings,
    /// Coverage and widths.
    pub coverage: Vec<CoverageRow>,
    /// Verdicts.
    pub verdicts: Vec<VerdictRow>,
    /// Tests of drift.
    pub drift: Vec<DriftRow>,
    /// Comparisons.
    pub comparisons: Vec<ComparisonRow>,
}
