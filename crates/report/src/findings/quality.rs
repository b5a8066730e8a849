//! Quality checks that a reader must know of.

use std::cmp::Reverse;

use crate::model::{QualityFinding, ReportModel, Severity};

/// What did not pass, the worst first.
pub(crate) fn not_passed(model: &ReportModel) -> Vec<&QualityFinding> {
    let mut findings: Vec<&QualityFinding> = model
        .quality
        .iter()
        .filter(|finding| finding.severity > Severity::Pass)
        .collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    findings
}
