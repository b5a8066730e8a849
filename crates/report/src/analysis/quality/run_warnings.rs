//! What was noticed while the run was made: programs or machines that changed, an interruption.

use super::check::{Check, Evidence};
use crate::model::{QualityFinding, Severity};

const CHECK: Check = Check {
    id: "run-warnings",
    title: "Events during the run",
    limit: "warn on every warning of the run",
    why: "Rounds are comparable only when programs and machine stayed the same from the first to the last.",
    advice: "Measure again without interruption when the numbers matter.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let warnings = evidence.manifest.warnings.iter();
    let findings = warnings
        .map(|warning| CHECK.finding(Severity::Warn, None, warning.clone()))
        .collect();
    CHECK.or_pass(findings, "no warnings")
}
