//! Whether every load generator reported all the time.
//!
//! Gaps are measured between neighbouring samples, not by counting empty cells, so that the jitter of a push is no gap. At rates
//! so low that a push may have nothing to say, a gap is expected, and cells are merged instead.

use std::collections::BTreeMap;

use meshdelta_run::{Plan, TimestampMs};

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::names::{DURATION, MEASURE};
use crate::analysis::series::{SlotSeries, runner};
use crate::analysis::slots::{SlotReading, cell_width};
use crate::analysis::text::percent;
use crate::model::{QualityFinding, Severity};

const WARN_ABOVE: f64 = 0.02;
const FAIL_ABOVE: f64 = 0.10;
/// With fewer requests than this expected in a cell, an empty one is no surprise.
const EXPECTED_REQUESTS: f64 = 10.0;

const CHECK: Check = Check {
    id: "missing-cells",
    title: "Gaps in the samples",
    limit: "warn above 2 %, invalid above 10 % of a load generator's intervals missing",
    why: "Counts are cumulative, so nothing is lost, but a gap blurs when things happened and may be a stall of the machine.",
    advice: "Look for a Prometheus or a load generator that was starved of CPU.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let plan = &evidence.manifest.plan;
    let judge = |slot: &SlotReading<'_>| verdict(slot, plan);
    CHECK.judge_slots(
        evidence,
        judge,
        "every load generator reported in every interval",
    )
}

/// Whether a slot has so many holes that it would coarsen the others.
pub(in crate::analysis) fn is_broken(slot: &SlotReading<'_>, plan: &Plan) -> bool {
    missing_share(slot, plan) > FAIL_ABOVE
}

fn verdict(slot: &SlotReading<'_>, plan: &Plan) -> SlotVerdict {
    let share = missing_share(slot, plan);
    let severity = match share {
        share if share > FAIL_ABOVE => Severity::Fail,
        share if share > WARN_ABOVE => Severity::Warn,
        _ => return None,
    };
    Some((
        severity,
        format!("{} of the intervals missing", percent(share, 1)),
    ))
}

/// The largest share of missing intervals of any load generator.
fn missing_share(slot: &SlotReading<'_>, plan: &Plan) -> f64 {
    let width = cell_width(plan).0;
    let expected = f64::from(plan.rate_per_second) * width as f64 / 1000.0;
    let window = slot.series.record.window;
    let cells = window.end.ms_since(window.start) / width;
    let times = times(&slot.series);
    if times.is_empty() || cells <= 0 || expected / (times.len() as f64) < EXPECTED_REQUESTS {
        return 0.0;
    }
    let share = |times: Vec<TimestampMs>| {
        let bounded = [window.start].into_iter().chain(times).chain([window.end]);
        let bounded: Vec<TimestampMs> = bounded
            .map(|time| time.clamp(window.start, window.end))
            .collect();
        let missing: i64 = bounded
            .windows(2)
            .map(|pair| missing_between(pair[1].ms_since(pair[0]), width))
            .sum();
        missing as f64 / cells as f64
    };
    times.into_values().map(share).fold(0.0, f64::max)
}

/// The intervals without a sample between two samples, rounded to whole ones.
fn missing_between(distance: i64, width: i64) -> i64 {
    ((distance + width / 2) / width - 1).max(0)
}

/// The times of all samples of each load generator, sorted.
fn times(series: &SlotSeries<'_>) -> BTreeMap<String, Vec<TimestampMs>> {
    let mut times: BTreeMap<String, Vec<TimestampMs>> = BTreeMap::new();
    for one in series.histograms_of(DURATION, MEASURE, None) {
        let entry = times.entry(runner(one.series).to_owned()).or_default();
        entry.extend(one.samples.iter().map(|sample| sample.timestamp));
    }
    for times in times.values_mut() {
        times.sort();
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_no_gap_and_a_lost_push_is_one() {
        let missing = [900, 1000, 1400, 1600, 2000, 3100].map(|gap| missing_between(gap, 1000));
        assert_eq!(missing, [0, 0, 0, 1, 1, 2]);
    }
}
