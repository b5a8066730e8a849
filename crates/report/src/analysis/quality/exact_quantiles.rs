//! Whether the exact quantiles of k6 lie where the histogram says.
//!
//! k6 interpolates between two neighbouring requests, `k` and `k + 1` in rising order with `k = floor(q (n - 1)) + 1`. So its
//! value lies between the lower edge of the bucket of the one and the upper edge of the bucket of the other, exactly.

use meshdelta_stats::histogram::NativeHistogram;

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::slots::SlotReading;
use crate::model::{QualityFinding, Severity};
use crate::number_format::{DisplayUnit, Sign, number_text};

const QUANTILES: [(&str, f64); 7] = [
    ("min", 0.0),
    ("med", 0.5),
    ("p(90)", 0.90),
    ("p(95)", 0.95),
    ("p(99)", 0.99),
    ("p(99.9)", 0.999),
    ("max", 1.0),
];

/// k6 writes milliseconds; what that rounds is far below this.
const ROUNDING: f64 = 1e-9;

const CHECK: Check = Check {
    id: "exact-quantiles",
    title: "Histograms against exact quantiles",
    limit: "warn when a quantile of k6 lies outside of the buckets that hold it, invalid when it is more than a bucket away",
    why: "k6 keeps every duration and computes quantiles exactly; a histogram of the same requests must contain them.",
    advice: "Measure again; if it comes back, the histograms are not of these requests.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let known = evidence
        .valid_slots()
        .filter(|slot| !slot.series.record.load.exact_seconds.is_empty())
        .count();
    let passed = if known == 0 {
        "not tested: several load generators have no common exact quantiles".to_owned()
    } else {
        "every exact quantile lies in the buckets that hold it".to_owned()
    };
    CHECK.judge_slots(evidence, verdict, passed)
}

fn verdict(slot: &SlotReading<'_>) -> SlotVerdict {
    let histogram = slot.successes();
    let exact = &slot.series.record.load.exact_seconds;
    let mut seen = Vec::new();
    let mut worst = Severity::Pass;
    for (name, q) in QUANTILES {
        let (Some(&value), Some((lower, upper, growth))) = (exact.get(name), edges(&histogram, q))
        else {
            continue;
        };
        let is_outside = |slack: f64| {
            value * (1.0 + ROUNDING) < lower / slack || value > upper * slack * (1.0 + ROUNDING)
        };
        if is_outside(1.0) {
            worst = worst.max(if is_outside(growth) {
                Severity::Fail
            } else {
                Severity::Warn
            });
            seen.push(format!(
                "{name} of k6 is {}, the histogram has it from {} to {}",
                milliseconds(value),
                milliseconds(lower),
                milliseconds(upper)
            ));
        }
    }
    (worst > Severity::Pass).then(|| (worst, seen.join("; ")))
}

fn milliseconds(seconds: f64) -> String {
    number_text(DisplayUnit::Milliseconds, Sign::NegativeOnly, seconds, None).value_with_unit()
}

/// The lower edge of the bucket of one neighbour, the upper edge of that of the other, and the growth of one bucket.
fn edges(histogram: &NativeHistogram, q: f64) -> Option<(f64, f64, f64)> {
    let schema = histogram.schema()?;
    let place = q * (histogram.count().checked_sub(1)? as f64);
    let bucket = |place: f64| {
        let mut before = histogram.zero_count() as f64;
        if place < before {
            return None;
        }
        let mut buckets = histogram.buckets().iter();
        buckets.find_map(|&(index, count)| {
            before += count as f64;
            (place < before).then_some(index)
        })
    };
    let upper = schema.upper_bound(bucket(place.ceil())?);
    let lower = bucket(place.floor()).map_or(0.0, |index| schema.lower_bound(index));
    Some((lower, upper, schema.log_width().exp()))
}

#[cfg(test)]
mod tests {
    use meshdelta_stats::histogram::Schema;

    use super::*;

    #[test]
    fn neighbours_in_two_buckets_give_both_edges() {
        // Three requests in (0.5, 1] and three in (2, 4]: the median lies between the third and the fourth.
        let schema = Schema::try_new(0).unwrap();
        let histogram =
            NativeHistogram::try_new(Some(schema), 0.0, 0, 6, 10.0, vec![(0, 3), (2, 3)]).unwrap();
        assert_eq!(edges(&histogram, 0.5), Some((0.5, 4.0, 2.0)));
        assert_eq!(edges(&histogram, 0.0), Some((0.5, 1.0, 2.0)));
        assert_eq!(edges(&histogram, 1.0), Some((2.0, 4.0, 2.0)));
        assert_eq!(edges(&NativeHistogram::empty(), 0.5), None);
    }
}
