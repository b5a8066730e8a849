//! Whether every planned slot was measured.

use super::check::{Check, Evidence};
use crate::analysis::text::{counted, part};
use crate::model::{QualityFinding, Severity};
use meshdelta_run::manifest::Completion;

const CHECK: Check = Check {
    id: "complete-run",
    title: "Completeness",
    limit: "warn when planned slots are missing",
    why: "Fewer rounds make wider intervals, and an unfinished round compares nothing.",
    advice: "Go on with `meshdelta run --resume FOLDER`.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let (measured, planned) = (evidence.slots.len(), evidence.manifest.order.len());
    let findings = match &evidence.manifest.completion {
        Completion::Complete if measured >= planned => Vec::new(),
        completion => {
            let reason = match completion {
                Completion::Complete => "the others are missing from the run",
                Completion::Incomplete { reason } => reason,
            };
            let observed = part(measured as u64, planned as u64, "slots were measured");
            vec![CHECK.finding(Severity::Warn, None, format!("{observed}: {reason}"))]
        }
    };
    CHECK.or_pass(
        findings,
        format!("all of {}", counted(planned as u64, "slot")),
    )
}
