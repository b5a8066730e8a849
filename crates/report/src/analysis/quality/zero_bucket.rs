//! Whether requests were counted that took no time.

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::slots::SlotReading;
use crate::analysis::text::{part, ratio};
use crate::model::{QualityFinding, Severity};

const WARN_ABOVE: f64 = 0.001;

const CHECK: Check = Check {
    id: "zero-durations",
    title: "Requests without duration",
    limit: "warn above 0.1 % of successful requests",
    why: "k6 gives a request that never had a connection the duration 0, which lowers every quantile.",
    advice: "Look for refused connections in the logs of the first proxy.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    CHECK.judge_slots(evidence, verdict, "none, or too few to matter")
}

fn verdict(slot: &SlotReading<'_>) -> SlotVerdict {
    let successes = slot.successes();
    let share = ratio(successes.zero_count(), successes.count());
    (share > WARN_ABOVE).then(|| {
        let observed = part(
            successes.zero_count(),
            successes.count(),
            "successful requests took no time",
        );
        (Severity::Warn, observed)
    })
}
