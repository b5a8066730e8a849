//! Slots that must not be averaged: a proof failed, counts disagree, samples cannot be read.

use super::check::{Check, Evidence};
use crate::analysis::convert::phase_id;
use crate::analysis::slots::SlotReading;
use crate::analysis::text::counted;
use crate::model::{QualityFinding, Severity};

const CHECK: Check = Check {
    id: "valid-slots",
    title: "Proofs and validity of slots",
    limit: "warn when a slot is left out, invalid when a phase has none left",
    why: "A slot that took another path, or lost samples, is not the phase that its name says; it is left out with its round.",
    advice: "Read the proofs of the slot and its logs, remove the cause, and measure again.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let mut findings = Vec::new();
    for phase in &evidence.manifest.plan.phases {
        let slots = || {
            evidence
                .slots
                .iter()
                .filter(|slot| slot.series.record.phase == phase.id)
        };
        let reasons: Vec<String> = slots().filter_map(reason).collect();
        if reasons.is_empty() {
            continue;
        }
        let severity = if slots().any(SlotReading::is_valid) {
            Severity::Warn
        } else {
            Severity::Fail
        };
        findings.push(CHECK.finding(severity, Some(phase_id(&phase.id)), reasons.join("; ")));
    }
    let passed = format!("{} valid", counted(evidence.slots.len() as u64, "slot"));
    CHECK.or_pass(findings, passed)
}

fn reason(slot: &SlotReading<'_>) -> Option<String> {
    if slot.is_valid() {
        return None;
    }
    let reason = slot
        .failure()
        .unwrap_or_else(|| "two processes wrote to one series".to_owned());
    Some(format!("{}: {reason}", slot.series.record.id))
}
