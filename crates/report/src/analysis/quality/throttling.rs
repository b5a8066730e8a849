//! Whether a container was stopped because its CPU limit was used up.
//!
//! cAdvisor counts the scheduler periods in which a container with a limit ran, and those of them in which it was stopped. Where nothing has a
//! limit, or nobody counts, there is nothing to say.

use std::collections::BTreeMap;

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::names::{PERIODS, THROTTLED_PERIODS};
use crate::analysis::resources::growth_within;
use crate::analysis::slots::SlotReading;
use crate::analysis::text::percent;
use crate::model::{QualityFinding, Severity};

/// From here on, what a limit adds may be in the 99th percentile.
const WARN_ABOVE: f64 = 0.01;

const CHECK: Check = Check {
    id: "throttling",
    title: "Containers stopped by their CPU limit",
    limit: "warn when a component is stopped in more than 1 % of its scheduler periods",
    why: "Requests wait while a container is stopped, so the limit is measured and not the mesh; a load generator that is stopped sends late.",
    advice: "Raise the CPU limits under `kubernetes.resources`, or lower the rate, the same in every phase.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let mut slots = evidence.valid_slots();
    if !slots.any(|slot| slot.series.process_scalars(PERIODS).next().is_some()) {
        return Vec::new();
    }
    CHECK.judge_slots(
        evidence,
        verdict,
        "no component was stopped in more than 1 % of its scheduler periods",
    )
}

fn verdict(slot: &SlotReading<'_>) -> SlotVerdict {
    let ran = by_role(slot, PERIODS);
    let stopped = by_role(slot, THROTTLED_PERIODS);
    let shares = ran.into_iter().filter_map(|(role, periods)| {
        let share = stopped.get(role).copied().unwrap_or(0.0) / periods;
        (periods > 0.0 && share > WARN_ABOVE).then_some((role, share))
    });
    let worst: Vec<String> = shares
        .map(|(role, share)| format!("{role} in {} of its periods", percent(share, 1)))
        .collect();
    (!worst.is_empty()).then(|| (Severity::Warn, worst.join(", ")))
}

/// How much a counter of all containers of each role grew within the window.
fn by_role<'a>(slot: &SlotReading<'a>, metric: &str) -> BTreeMap<&'a str, f64> {
    let window = slot.series.record.window;
    let mut roles = BTreeMap::new();
    for one in slot.series.process_scalars(metric) {
        if let Some(role) = one.series.runner.as_deref() {
            *roles.entry(role).or_default() += growth_within(one, window);
        }
    }
    roles
}
