//! Sentences that are computed from the numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ReportModel;

/// The answer in two sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The typical request: what each phase adds to the median, with the interval.
    pub body: String,
    /// The tail, and what else a reader must know before leaving.
    pub tail: String,
}

/// Headings that state a finding; the plain name where no rule fits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// Over the forest plot.
    pub overheads: String,
    /// Over the percentile plot.
    pub spectrum: String,
    /// Over the shift function.
    pub shift: String,
    /// Over the ridgeline.
    pub distribution: String,
    /// Over the paired differences.
    pub rounds: String,
    /// Over the heat map.
    pub time: String,
    /// Over the resources.
    pub resources: String,
    /// Over cost against latency.
    pub cost: String,
    /// Over the quality checks.
    pub quality: String,
}

impl ReportModel {
    /// Computes [`Answer`] and [`Findings`] from the other fields. Whoever fills a model calls this last.
    pub fn write_texts(&mut self) {
        self.answer = crate::findings::answer(self);
        self.findings = crate::findings::findings(self);
    }
}
