//! Whether every slot carried the load of the plan.

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::slots::SlotReading;
use crate::analysis::text::percent;
use crate::model::{QualityFinding, Severity};

/// Below this share of the planned rate the load was noticeably another one.
const WARN_BELOW: f64 = 0.995;
/// Below this share a slot is not comparable.
const FAIL_BELOW: f64 = 0.98;

const CHECK: Check = Check {
    id: "achieved-rate",
    title: "Achieved rate",
    limit: "warn below 99.5 %, invalid below 98 % of the planned rate in any slot",
    why: "A phase that carries less load looks faster, because the requests that were never sent would have been slow ones.",
    advice: "Raise the number of virtual users, lower the rate, or use a faster machine.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let target = evidence.manifest.plan.rate_per_second;
    let judge = |slot: &SlotReading<'_>| verdict(slot, target);
    let lowest = evidence
        .valid_slots()
        .map(|slot| slot.series.record.achieved_share(target))
        .fold(f64::INFINITY, f64::min);
    let passed = format!(
        "at least {} of {target} requests per second in every slot",
        percent(lowest.min(1.0), 2)
    );
    CHECK.judge_slots(evidence, judge, passed)
}

fn verdict(slot: &SlotReading<'_>, target: u32) -> SlotVerdict {
    let record = slot.series.record;
    let share = record.achieved_share(target);
    let planned = f64::from(target) * record.window.seconds();
    // One request more or less is how the edges of the window fall.
    if record.load.requests() as f64 + 1.0 >= planned {
        return None;
    }
    let severity = match share {
        share if share < FAIL_BELOW => Severity::Fail,
        share if share < WARN_BELOW => Severity::Warn,
        _ => return None,
    };
    Some((
        severity,
        format!("{} of the planned rate", percent(share, 1)),
    ))
}
