//! The quantile as it would be if every failed and every omitted request had been slower than all others.
//!
//! `docs/statistics.md`, "Omitted work": in an open-loop test a stall keeps requests from being sent, so the slowest ones
//! are missing from the histogram (coordinated omission, Gil Tene).

use serde::{Deserialize, Serialize};

use super::{BucketEdges, locate_rank};
use crate::histogram::NativeHistogram;
use crate::units::{Amount, Quantile};

/// Requests that are not in the histogram of the successful ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OmittedRequests {
    /// Requests that failed.
    pub failed: u64,
    /// Iterations that the load generator dropped.
    pub dropped: u64,
}

/// A pessimistic quantile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PessimisticQuantile {
    /// It lies in this bucket.
    Within {
        /// The interpolated value.
        value: Amount,
        /// The bounds of its bucket.
        bounds: BucketEdges,
    },
    /// It is above the largest populated bucket, or in the one that holds infinity.
    Beyond {
        /// The greatest finite bound of the largest populated bucket.
        largest: Amount,
    },
}

/// Returns the quantile at rank `q (successful + failed + dropped)`, or `None` if nothing was observed.
pub fn pessimistic_quantile(
    histogram: &NativeHistogram,
    q: Quantile,
    omitted: OmittedRequests,
) -> Option<PessimisticQuantile> {
    let schema = histogram.schema();
    let zero = BucketEdges {
        lower: Amount(0.0),
        upper: Amount(histogram.zero_threshold()),
    };
    let mut buckets: Vec<BucketEdges> = Vec::with_capacity(histogram.buckets().len() + 1);
    let mut cumulative = Vec::with_capacity(histogram.buckets().len() + 1);
    let mut sum = histogram.zero_count();
    if sum > 0 {
        buckets.push(zero);
        cumulative.push(sum);
    }
    for &(index, count) in histogram.buckets() {
        let schema = schema?;
        sum += count;
        buckets.push(BucketEdges {
            lower: Amount(schema.lower_bound(index)),
            upper: Amount(schema.upper_bound(index)),
        });
        cumulative.push(sum);
    }
    let rank = q.get() * (sum as f64 + omitted.failed as f64 + omitted.dropped as f64);
    match locate_rank(&cumulative, rank) {
        Some(found) if buckets[found.position].upper.get().is_finite() => {
            let bounds = buckets[found.position];
            Some(PessimisticQuantile::Within {
                value: Amount(bounds.interpolate(found.fraction)),
                bounds,
            })
        }
        _ => buckets.last().map(|last| PessimisticQuantile::Beyond {
            largest: finite_end(*last),
        }),
    }
}

/// Returns the upper bound, or the lower one of the bucket that holds infinity.
fn finite_end(bucket: BucketEdges) -> Amount {
    if bucket.upper.get().is_finite() {
        bucket.upper
    } else {
        bucket.lower
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Schema;

    fn histogram() -> NativeHistogram {
        NativeHistogram::try_new(
            Some(Schema::K6),
            0.0,
            0,
            1000,
            1.0,
            vec![(0, 980), (10, 20)],
        )
        .unwrap()
    }

    #[test]
    fn missing_requests_push_the_quantile_up() {
        let none = pessimistic_quantile(&histogram(), Quantile::P95, OmittedRequests::default());
        assert!(
            matches!(none, Some(PessimisticQuantile::Within { bounds, .. }) if bounds.upper.get() == 1.0)
        );
        let some = pessimistic_quantile(
            &histogram(),
            Quantile::P95,
            OmittedRequests {
                failed: 30,
                dropped: 10,
            },
        );
        let Some(PessimisticQuantile::Within { bounds, .. }) = some else {
            panic!("{some:?}")
        };
        assert!(bounds.lower.get() > 2.0);
    }

    #[test]
    fn too_many_missing_requests_leave_no_quantile() {
        let omitted = OmittedRequests {
            failed: 0,
            dropped: 60,
        };
        let beyond = pessimistic_quantile(&histogram(), Quantile::P95, omitted);
        assert_eq!(
            beyond,
            Some(PessimisticQuantile::Beyond {
                largest: Amount(Schema::K6.upper_bound(10))
            })
        );
        assert_eq!(
            pessimistic_quantile(&NativeHistogram::empty(), Quantile::P95, omitted),
            None
        );
    }
}
