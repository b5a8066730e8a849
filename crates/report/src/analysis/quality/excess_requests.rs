//! Whether there are more requests than rate and time allow.

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::slots::SlotReading;
use crate::analysis::text::percent;
use crate::model::{QualityFinding, Severity};

const WARN_ABOVE: f64 = 1.01;
const FAIL_ABOVE: f64 = 1.05;

const CHECK: Check = Check {
    id: "excess-requests",
    title: "Requests beyond rate × time",
    limit: "warn above 101 %, invalid above 105 % of rate × time",
    why: "More requests than were planned means a window that is too long, or a second load under the same names.",
    advice: "Look for a second load generator with the same run id, and at the clocks.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let target = f64::from(evidence.manifest.plan.rate_per_second);
    let judge = |slot: &SlotReading<'_>| verdict(slot, target);
    CHECK.judge_slots(
        evidence,
        judge,
        "no slot has more requests than rate × time",
    )
}

fn verdict(slot: &SlotReading<'_>, target: f64) -> SlotVerdict {
    let planned = target * slot.series.record.window.seconds();
    let requests = slot.series.record.load.requests() as f64;
    let share = requests / planned;
    // One request at either end is how the edges of the window fall.
    if requests - planned <= 2.0 || share <= WARN_ABOVE {
        return None;
    }
    let severity = if share > FAIL_ABOVE {
        Severity::Fail
    } else {
        Severity::Warn
    };
    Some((severity, format!("{} of rate × time", percent(share, 1))))
}
