//! Whether a cumulative series started anew between two snapshots.
//!
//! Prometheus' rule, `FloatHistogram.DetectReset` with the hint "unknown" (`model/histogram/float_histogram.go`). The sum is
//! never used. A series that restarted and outgrew its old self in every bucket cannot be told from one that did not, which
//! is why every run must have labels of its own.

use serde::Serialize;

use super::{NativeHistogram, Schema};

/// What betrayed a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The number of observations fell.
    CountFell,
    /// The resolution rose, which only a new process does.
    SchemaRose,
    /// The zero bucket became narrower, or its new edge lies in a bucket that was populated.
    ZeroThreshold,
    /// The zero bucket lost observations.
    ZeroCountFell,
    /// A bucket lost observations.
    BucketFell,
}

/// Returns why `current` cannot continue `previous`, or `None` if it can.
pub fn detect_reset(previous: &NativeHistogram, current: &NativeHistogram) -> Option<ResetReason> {
    if current.count < previous.count {
        return Some(ResetReason::CountFell);
    }
    if let (Some(before), Some(now)) = (previous.schema, current.schema)
        && now > before
    {
        return Some(ResetReason::SchemaRose);
    }
    if current.zero_threshold < previous.zero_threshold && known(previous) && known(current) {
        return Some(ResetReason::ZeroThreshold);
    }
    let widened = previous.widen_zero(current.zero_threshold);
    if widened.zero_threshold > current.zero_threshold && known(current) {
        return Some(ResetReason::ZeroThreshold);
    }
    if current.zero_count < widened.zero_count {
        return Some(ResetReason::ZeroCountFell);
    }
    bucket_fell(&widened, current).then_some(ResetReason::BucketFell)
}

/// A threshold of 0 stands for one that the server did not tell.
fn known(histogram: &NativeHistogram) -> bool {
    histogram.zero_threshold > 0.0
}

fn bucket_fell(previous: &NativeHistogram, current: &NativeHistogram) -> bool {
    let target = current.schema.or(previous.schema);
    let mut merged: Option<(i32, u64)> = None;
    for &(index, count) in &previous.buckets {
        let index = coarser(previous.schema, index, target);
        match &mut merged {
            Some(sum) if sum.0 == index => sum.1 += count,
            _ => {
                if merged.is_some_and(|sum| current.bucket_count(sum.0) < sum.1) {
                    return true;
                }
                merged = Some((index, count));
            }
        }
    }
    merged.is_some_and(|sum| current.bucket_count(sum.0) < sum.1)
}

fn coarser(own: Option<Schema>, index: i32, target: Option<Schema>) -> i32 {
    match (own, target) {
        (Some(own), Some(target)) => own.coarser_index(index, target),
        _ => index,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(
        schema: i32,
        threshold: f64,
        zero: u64,
        buckets: &[(i32, u64)],
    ) -> NativeHistogram {
        let count = zero + buckets.iter().map(|&(_, count)| count).sum::<u64>();
        let schema = Schema::try_new(schema).unwrap();
        NativeHistogram::try_new(Some(schema), threshold, zero, count, 0.0, buckets.to_vec())
            .unwrap()
    }

    #[test]
    fn the_count_may_rise_while_a_bucket_betrays_the_restart() {
        let before = histogram(3, 0.0, 0, &[(-70, 150), (-69, 28)]);
        let after = histogram(3, 0.0, 0, &[(-70, 100), (-69, 139)]);
        assert!(after.count() > before.count());
        assert_eq!(detect_reset(&before, &after), Some(ResetReason::BucketFell));
        let missing = histogram(3, 0.0, 0, &[(-70, 1000)]);
        assert_eq!(
            detect_reset(&before, &missing),
            Some(ResetReason::BucketFell)
        );
    }

    #[test]
    fn a_series_that_outgrew_its_old_self_passes() {
        let before = histogram(3, 0.0, 0, &[(-70, 5), (-69, 2)]);
        let restarted_and_grown = histogram(3, 0.0, 0, &[(-70, 6), (-69, 3)]);
        assert_eq!(detect_reset(&before, &restarted_and_grown), None);
    }

    #[test]
    fn a_reduced_resolution_is_no_reset() {
        let before = histogram(3, 0.0, 0, &[(1, 10), (2, 5), (3, 4), (4, 1)]);
        let after = histogram(2, 0.0, 0, &[(1, 18), (2, 8)]);
        assert_eq!(detect_reset(&before, &after), None);
        let difference = after.subtract(&before).unwrap();
        assert_eq!(difference.buckets(), &[(1, 3), (2, 3)]);
        assert_eq!(
            detect_reset(&after, &histogram(3, 0.0, 0, &[(1, 20), (3, 9)])),
            Some(ResetReason::SchemaRose)
        );
    }

    #[test]
    fn a_wider_zero_bucket_swallows_whole_buckets_only() {
        let before = histogram(3, 1e-9, 3, &[(-8, 5), (4, 2)]);
        let after = histogram(3, 0.5, 9, &[(4, 2)]);
        assert_eq!(detect_reset(&before, &after), None);
        assert_eq!(after.subtract(&before).unwrap().zero_count(), 1);
        let cut = histogram(3, 0.48, 9, &[(4, 2)]);
        assert_eq!(
            detect_reset(&before, &cut),
            Some(ResetReason::ZeroThreshold)
        );
        assert_eq!(
            detect_reset(&after, &before.widen_zero(0.0)),
            Some(ResetReason::CountFell)
        );
    }

    #[test]
    fn a_narrower_zero_bucket_is_a_reset_and_so_is_an_emptier_one() {
        let before = histogram(3, 0.5, 3, &[(4, 2)]);
        assert_eq!(
            detect_reset(&before, &histogram(3, 0.25, 3, &[(4, 2)])),
            Some(ResetReason::ZeroThreshold)
        );
        assert_eq!(
            detect_reset(&before, &histogram(3, 0.5, 2, &[(4, 9)])),
            Some(ResetReason::ZeroCountFell)
        );
    }

    #[test]
    fn the_sum_is_never_used_and_an_unknown_schema_fits_any() {
        let zero_only = NativeHistogram::try_new(None, 1e-9, 2, 2, 0.0, vec![]).unwrap();
        let after =
            NativeHistogram::try_new(Some(Schema::K6), 1e-9, 2, 3, -5.0, vec![(1, 1)]).unwrap();
        assert_eq!(detect_reset(&zero_only, &after), None);
        assert_eq!(
            detect_reset(&after, &zero_only),
            Some(ResetReason::CountFell)
        );
    }
}
