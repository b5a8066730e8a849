//! Whether higher quantiles are higher, in the histograms and in the summary of k6.

use meshdelta_stats::Quantile;
use meshdelta_stats::quantile::quantile;

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::slots::SlotReading;
use crate::model::{QualityFinding, Severity};

/// Names of k6's statistics that must not fall.
const RISING: [&str; 7] = ["min", "med", "p(90)", "p(95)", "p(99)", "p(99.9)", "max"];

const CHECK: Check = Check {
    id: "quantiles-rise",
    title: "Order of quantiles",
    limit: "invalid when a higher quantile has a lower value",
    why: "This cannot happen in one distribution, so the numbers would be of several, or corrupted.",
    advice: "Verify the run with `meshdelta verify RUN`, and measure again.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    CHECK.judge_slots(evidence, verdict, "in every slot")
}

fn verdict(slot: &SlotReading<'_>) -> SlotVerdict {
    let exact = &slot.series.record.load.exact_seconds;
    let of_k6: Vec<(String, f64)> = RISING
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), *exact.get(*name)?)))
        .collect();
    let successes = slot.successes();
    let of_histogram: Vec<(String, f64)> = Quantile::STANDARD
        .into_iter()
        .filter_map(|q| Some((q.to_string(), quantile(&successes, q).ok()?.value.get())))
        .collect();
    let seen: Vec<String> = [("k6", of_k6), ("the histogram", of_histogram)]
        .into_iter()
        .filter_map(|(source, values)| {
            let (lower, higher) = falling(&values)?;
            Some(format!("{higher} is below {lower} in {source}"))
        })
        .collect();
    (!seen.is_empty()).then(|| (Severity::Fail, seen.join("; ")))
}

fn falling(values: &[(String, f64)]) -> Option<(&str, &str)> {
    values
        .windows(2)
        .find(|pair| pair[1].1 < pair[0].1)
        .map(|pair| (pair[0].0.as_str(), pair[1].0.as_str()))
}
