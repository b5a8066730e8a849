//! Over the quality checks.

use crate::model::{ReportModel, Severity};

/// How many checks passed.
pub(super) fn heading(model: &ReportModel) -> String {
    let count = |severity: Severity| {
        model
            .quality
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let (failed, warned, all) = (
        count(Severity::Fail),
        count(Severity::Warn),
        model.quality.len(),
    );
    match (failed, warned) {
        (0, 0) => format!("All {all} quality checks passed"),
        (0, warned) => format!("{warned} of {all} quality checks warn"),
        (failed, 0) => format!("{failed} of {all} quality checks failed"),
        (failed, warned) => format!("{failed} of {all} quality checks failed, {warned} warn"),
    }
}
