//! Whether histograms, counters and the load generator's own summary count the same requests.

use meshdelta_run::ScalarSample;

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::names::{MEASURE, REQUESTS};
use crate::analysis::series::Sampled;
use crate::analysis::slots::SlotReading;
use crate::model::{QualityFinding, Severity};
use crate::number_format::count_text;

const CHECK: Check = Check {
    id: "counts-agree",
    title: "Histograms, counters and summary",
    limit: "invalid unless histograms, counters and the summary of k6 are equal",
    why: "Three independent ways to count the same requests; a difference means that samples were lost or belong to something else.",
    advice: "Measure again; if it comes back, compare the series table with `k6/`.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let passed = "histograms, counters and the summary of k6 are equal in every slot";
    CHECK.judge_slots(evidence, verdict, passed)
}

fn verdict(slot: &SlotReading<'_>) -> SlotVerdict {
    let load = &slot.series.record.load;
    let outcomes = [
        ("successful", true, &slot.cells, load.succeeded_requests),
        ("failed", false, &slot.failed_cells, load.failed_requests),
    ];
    let mut seen = Vec::new();
    for (words, expected, cells, summary) in outcomes {
        let Ok(cells) = cells else { continue };
        let in_cells: u64 = cells
            .cells
            .iter()
            .map(meshdelta_stats::histogram::NativeHistogram::count)
            .sum();
        let histogram = in_cells + cells.dropped_before + cells.dropped_after;
        let counter: u64 = slot
            .series
            .scalars_of(REQUESTS, MEASURE, Some(expected))
            .map(counted)
            .sum();
        if histogram != summary || counter != summary {
            seen.push(format!(
                "{words} requests: {} in histograms, {} by the counter, {} in the summary",
                count_text(histogram),
                count_text(counter),
                count_text(summary)
            ));
        }
    }
    (!seen.is_empty()).then(|| (Severity::Fail, seen.join("; ")))
}

/// What a counter counted in all; it starts from zero, also when it starts anew.
fn counted(one: &Sampled<'_, ScalarSample>) -> u64 {
    let mut samples: Vec<&ScalarSample> = one.samples.clone();
    samples.sort_by_key(|sample| sample.timestamp);
    let mut before = 0.0;
    let mut sum = 0.0;
    for sample in samples {
        let step = sample.value - before;
        sum += if step < 0.0 { sample.value } else { step };
        before = sample.value;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are whole and positive"
    )]
    let whole = sum.max(0.0).round() as u64;
    whole
}
