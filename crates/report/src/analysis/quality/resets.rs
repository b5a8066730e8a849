//! Whether a series started anew, or changed its resolution, in the middle of a slot.

use meshdelta_stats::DataFlag;

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::slots::SlotReading;
use crate::model::{QualityFinding, Severity};

const CHECK: Check = Check {
    id: "resets",
    title: "Resets of series",
    limit: "warn on one reset or a change of resolution; two writers on one series invalidate the slot",
    why: "A load generator that was started anew lost what it had counted since its last push.",
    advice: "Look for a restart in the logs of the load generator.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    CHECK.judge_slots(evidence, verdict, "no reset in any series")
}

fn verdict(slot: &SlotReading<'_>) -> SlotVerdict {
    let both = [&slot.cells, &slot.failed_cells];
    let flags = both
        .into_iter()
        .filter_map(|cells| cells.as_ref().ok())
        .flat_map(|cells| cells.flags.iter().copied());
    let seen: Vec<&str> = flags.filter_map(words).collect();
    (!seen.is_empty()).then(|| (Severity::Warn, seen.join(", ")))
}

const fn words(flag: DataFlag) -> Option<&'static str> {
    match flag {
        DataFlag::Reset => Some("a series started anew"),
        DataFlag::Resolution => Some("a series changed its resolution"),
        DataFlag::Collision => Some("two processes wrote to one series"),
        DataFlag::Unanchored => Some("the start of a series is not known"),
        DataFlag::CoarseCells => None,
    }
}
