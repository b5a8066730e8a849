//! Whether the load generator could start every request in time.

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::slots::SlotReading;
use crate::analysis::text::{part, ratio};
use crate::model::{QualityFinding, Severity, Statistic};

/// A tenth of the requests beyond a quantile may be missing before a word is said.
const NOTICED_PART_OF_TAIL: f64 = 0.1;

const CHECK: Check = Check {
    id: "dropped-iterations",
    title: "Dropped iterations",
    limit: "warn above a tenth of a quantile's tail (0.01 % for p99.9), invalid above the tail of p99 (1 %)",
    why: "Requests that were never sent would have been slow ones, so the tail looks better than it is; the pessimistic quantile counts them as slowest.",
    advice: "Raise the number of virtual users, or lower the rate.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    CHECK.judge_slots(evidence, verdict, "none in any slot, or too few to matter")
}

fn verdict(slot: &SlotReading<'_>) -> SlotVerdict {
    let load = &slot.series.record.load;
    let planned = load.requests().saturating_add(load.dropped_iterations);
    let share = ratio(load.dropped_iterations, planned);
    let affected = |part_of_tail: f64| {
        let quantiles = Statistic::ALL.into_iter().filter_map(Statistic::quantile);
        quantiles
            .into_iter()
            .any(|quantile| share > part_of_tail * (1.0 - quantile))
    };
    let is_primary_lost = share > 1.0 - 0.99;
    let severity = if is_primary_lost {
        Severity::Fail
    } else if affected(NOTICED_PART_OF_TAIL) {
        Severity::Warn
    } else {
        return None;
    };
    let mut observed = part(
        load.dropped_iterations,
        planned,
        "iterations were not started",
    );
    if let Some(lost) = lowest_undefined(share) {
        observed = format!(
            "{observed}; from {} on a quantile has no value but a lower limit",
            lost.label()
        );
    }
    Some((severity, observed))
}

/// The lowest quantile that lies among the requests that were never sent.
fn lowest_undefined(share: f64) -> Option<Statistic> {
    Statistic::ALL.into_iter().find(|statistic| {
        statistic
            .quantile()
            .is_some_and(|quantile| share > 1.0 - quantile)
    })
}
