//! A histogram as the list of its populated buckets, the form in which the Prometheus API prints it.

use serde::Serialize;

use super::{CustomHistogram, HistogramError, NativeHistogram};

/// One populated bucket with its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BucketRange {
    /// Lower bound, `-Inf` for the first custom bucket.
    pub lower: f64,
    /// Upper bound, `+Inf` for an overflow bucket.
    pub upper: f64,
    /// Observations in the bucket.
    pub count: u64,
}

/// How values are assumed to lie within a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketKind {
    /// Exponential buckets, positive or negative, and a zero bucket.
    Exponential,
    /// Buckets with listed bounds (schema -53, classic histograms).
    Custom,
}

/// Populated buckets in increasing order, with the total count and sum.
///
/// Unlike [`NativeHistogram`] it may hold negative buckets, because a server's answer may. It serves the quantile rules that
/// must agree with servers; the analysis itself refuses negative durations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BucketList {
    kind: BucketKind,
    buckets: Vec<BucketRange>,
    count: u64,
    sum: f64,
}

impl BucketList {
    /// Checks that the buckets are in order and hold no more than `count`; empty buckets are dropped.
    pub fn try_new(
        kind: BucketKind,
        mut buckets: Vec<BucketRange>,
        count: u64,
        sum: f64,
    ) -> Result<Self, HistogramError> {
        buckets.retain(|bucket| bucket.count > 0);
        let mut in_buckets = 0_u64;
        let mut previous = f64::NEG_INFINITY;
        for bucket in &buckets {
            if bucket.lower.is_nan()
                || bucket.upper.is_nan()
                || bucket.lower < previous
                || bucket.upper <= bucket.lower
            {
                return Err(HistogramError::CustomBound {
                    bound: bucket.upper,
                });
            }
            previous = bucket.upper;
            in_buckets = in_buckets
                .checked_add(bucket.count)
                .ok_or(HistogramError::CountOverflow)?;
        }
        if in_buckets > count || (in_buckets < count && !sum.is_nan()) {
            return Err(HistogramError::CountMismatch { in_buckets, count });
        }
        Ok(Self {
            kind,
            buckets,
            count,
            sum,
        })
    }

    /// Returns how values are assumed to lie within a bucket.
    pub fn kind(&self) -> BucketKind {
        self.kind
    }

    /// Returns the populated buckets in increasing order.
    pub fn buckets(&self) -> &[BucketRange] {
        &self.buckets
    }

    /// Returns the number of observations, NaN included.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the sum of the observations.
    pub fn sum(&self) -> f64 {
        self.sum
    }
}

impl From<&NativeHistogram> for BucketList {
    fn from(histogram: &NativeHistogram) -> Self {
        let threshold = histogram.zero_threshold();
        let zero = BucketRange {
            lower: -threshold,
            upper: threshold,
            count: histogram.zero_count(),
        };
        let positive = histogram.schema().into_iter().flat_map(|schema| {
            histogram
                .buckets()
                .iter()
                .map(move |&(index, count)| BucketRange {
                    lower: schema.lower_bound(index),
                    upper: schema.upper_bound(index),
                    count,
                })
        });
        Self {
            kind: BucketKind::Exponential,
            buckets: Some(zero)
                .filter(|zero| zero.count > 0)
                .into_iter()
                .chain(positive)
                .collect(),
            count: histogram.count(),
            sum: histogram.sum(),
        }
    }
}

impl From<&CustomHistogram> for BucketList {
    fn from(histogram: &CustomHistogram) -> Self {
        let lower = std::iter::once(f64::NEG_INFINITY).chain(histogram.bounds().iter().copied());
        let upper = histogram
            .bounds()
            .iter()
            .copied()
            .chain(std::iter::once(f64::INFINITY));
        let buckets = lower
            .zip(upper)
            .zip(histogram.counts())
            .filter(|&(_, &count)| count > 0)
            .map(|((lower, upper), &count)| BucketRange {
                lower,
                upper,
                count,
            })
            .collect();
        Self {
            kind: BucketKind::Custom,
            buckets,
            count: histogram.count(),
            sum: histogram.sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Schema;

    #[test]
    fn a_native_histogram_lists_its_zero_bucket_first() {
        let native =
            NativeHistogram::try_new(Some(Schema::K6), 0.25, 2, 5, 1.0, vec![(0, 3)]).unwrap();
        let list = BucketList::from(&native);
        assert_eq!(
            list.buckets()[0],
            BucketRange {
                lower: -0.25,
                upper: 0.25,
                count: 2
            }
        );
        assert_eq!(list.buckets()[1].upper, 1.0);
    }

    #[test]
    fn a_custom_histogram_has_open_ends() {
        let list = BucketList::from(&CustomHistogram::try_new(vec![1.0], vec![2, 3], 4.0).unwrap());
        assert_eq!(list.buckets()[0].lower, f64::NEG_INFINITY);
        assert_eq!(
            list.buckets()[1],
            BucketRange {
                lower: 1.0,
                upper: f64::INFINITY,
                count: 3
            }
        );
    }

    #[test]
    fn overlapping_buckets_are_refused() {
        let overlapping = vec![
            BucketRange {
                lower: 0.0,
                upper: 2.0,
                count: 1,
            },
            BucketRange {
                lower: 1.0,
                upper: 3.0,
                count: 1,
            },
        ];
        let list = BucketList::try_new(BucketKind::Custom, overlapping, 2, 1.0);
        assert_eq!(list, Err(HistogramError::CustomBound { bound: 3.0 }));
    }
}
