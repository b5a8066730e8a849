//! One native histogram with exponential buckets.

use serde::Serialize;

use super::{HistogramError, Schema};

/// A native histogram of values that cannot be negative, such as durations.
///
/// Counts are integers and exact. `count` exceeds what the buckets hold only when NaN was observed, and then `sum` is NaN.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NativeHistogram {
    pub(super) schema: Option<Schema>,
    pub(super) zero_threshold: f64,
    pub(super) zero_count: u64,
    pub(super) count: u64,
    pub(super) sum: f64,
    pub(super) buckets: Vec<(i32, u64)>,
}

impl NativeHistogram {
    /// The zero threshold that `client_golang` and so k6 use, `2^-128`.
    pub const DEFAULT_ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

    /// Checks and builds a histogram.
    ///
    /// `schema` is `None` when only the zero bucket is populated, because a server does not say which schema that is.
    /// `zero_threshold` is 0 when unknown. `buckets` are (index, count) in increasing order of index; empty ones are dropped.
    pub fn try_new(
        schema: Option<Schema>,
        zero_threshold: f64,
        zero_count: u64,
        count: u64,
        sum: f64,
        mut buckets: Vec<(i32, u64)>,
    ) -> Result<Self, HistogramError> {
        if !(zero_threshold.is_finite() && zero_threshold >= 0.0) {
            return Err(HistogramError::ZeroThreshold(zero_threshold));
        }
        check_indices(schema, &buckets)?;
        buckets.retain(|&(_, count)| count > 0);
        let in_buckets = total(zero_count, &buckets)?;
        if in_buckets > count || (in_buckets < count && !sum.is_nan()) {
            return Err(HistogramError::CountMismatch { in_buckets, count });
        }
        Ok(Self {
            schema,
            zero_threshold,
            zero_count,
            count,
            sum,
            buckets,
        })
    }

    /// Returns the histogram of no observation, compatible with any schema and zero threshold.
    pub fn empty() -> Self {
        Self {
            schema: None,
            zero_threshold: 0.0,
            zero_count: 0,
            count: 0,
            sum: 0.0,
            buckets: Vec::new(),
        }
    }

    /// Counts values as a client library does; NaN raises the count only, negative values are counted as zero.
    pub fn from_values(schema: Schema, values: impl IntoIterator<Item = f64>) -> Self {
        let mut histogram = Self {
            schema: Some(schema),
            zero_threshold: Self::DEFAULT_ZERO_THRESHOLD,
            ..Self::empty()
        };
        for value in values {
            histogram.observe(schema, value);
        }
        histogram
    }

    fn observe(&mut self, schema: Schema, value: f64) {
        self.count += 1;
        self.sum += value;
        if value <= self.zero_threshold {
            self.zero_count += 1;
        } else if let Some(index) = schema.index_of(value) {
            match self
                .buckets
                .binary_search_by_key(&index, |&(index, _)| index)
            {
                Ok(place) => self.buckets[place].1 += 1,
                Err(place) => self.buckets.insert(place, (index, 1)),
            }
        }
    }

    /// Returns the schema, or `None` when no positive bucket was ever seen.
    pub fn schema(&self) -> Option<Schema> {
        self.schema
    }

    /// Returns the upper bound of the zero bucket, 0 when unknown.
    pub fn zero_threshold(&self) -> f64 {
        self.zero_threshold
    }

    /// Returns the number of observations in the zero bucket.
    pub fn zero_count(&self) -> u64 {
        self.zero_count
    }

    /// Returns the number of observations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the sum of the observations; NaN if NaN was observed.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Returns the mean, exact but for rounding, or `None` when there is none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0 && self.sum.is_finite()).then(|| self.sum / self.count as f64)
    }

    /// Returns the populated positive buckets as (index, count), in increasing order.
    pub fn buckets(&self) -> &[(i32, u64)] {
        &self.buckets
    }

    /// Returns the number of observations in the bucket of an index.
    pub fn bucket_count(&self, index: i32) -> u64 {
        self.buckets
            .binary_search_by_key(&index, |&(index, _)| index)
            .map_or(0, |place| self.buckets[place].1)
    }

    /// Returns the observations that are in some bucket: the count without NaN observations.
    pub(crate) fn classified_count(&self) -> u64 {
        self.zero_count + self.buckets.iter().map(|&(_, count)| count).sum::<u64>()
    }
}

fn check_indices(schema: Option<Schema>, buckets: &[(i32, u64)]) -> Result<(), HistogramError> {
    let mut previous = None;
    for &(index, count) in buckets {
        if previous.is_some_and(|previous| previous >= index) {
            return Err(HistogramError::Unsorted { index });
        }
        previous = Some(index);
        if count == 0 {
            continue;
        }
        let schema = schema.ok_or(HistogramError::NoSchema)?;
        if !(schema.lowest_index()..=schema.overflow_index()).contains(&index) {
            return Err(HistogramError::IndexOutOfRange { index });
        }
    }
    Ok(())
}

fn total(zero_count: u64, buckets: &[(i32, u64)]) -> Result<u64, HistogramError> {
    buckets
        .iter()
        .try_fold(zero_count, |sum, &(_, count)| sum.checked_add(count))
        .ok_or(HistogramError::CountOverflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(
        count: u64,
        sum: f64,
        buckets: &[(i32, u64)],
    ) -> Result<NativeHistogram, HistogramError> {
        NativeHistogram::try_new(Some(Schema::K6), 0.0, 1, count, sum, buckets.to_vec())
    }

    #[test]
    fn counts_must_agree_unless_nan_was_observed() {
        assert!(build(4, 1.0, &[(1, 3)]).is_ok());
        assert_eq!(
            build(5, 1.0, &[(1, 3)]),
            Err(HistogramError::CountMismatch {
                in_buckets: 4,
                count: 5
            })
        );
        assert!(build(5, f64::NAN, &[(1, 3)]).is_ok());
        assert_eq!(
            build(3, f64::NAN, &[(1, 3)]).unwrap_err(),
            HistogramError::CountMismatch {
                in_buckets: 4,
                count: 3
            }
        );
    }

    #[test]
    fn bad_parts_have_named_errors() {
        assert_eq!(
            build(3, 0.0, &[(1, 1), (1, 1)]),
            Err(HistogramError::Unsorted { index: 1 })
        );
        assert_eq!(
            build(2, 0.0, &[(9000, 1)]),
            Err(HistogramError::IndexOutOfRange { index: 9000 })
        );
        assert_eq!(
            build(u64::MAX, 0.0, &[(1, u64::MAX)]),
            Err(HistogramError::CountOverflow)
        );
        let without_schema = NativeHistogram::try_new(None, 0.0, 0, 1, 0.0, vec![(1, 1)]);
        assert_eq!(without_schema, Err(HistogramError::NoSchema));
        let threshold = NativeHistogram::try_new(None, f64::NAN, 0, 0, 0.0, vec![]);
        assert!(matches!(threshold, Err(HistogramError::ZeroThreshold(_))));
    }

    #[test]
    fn empty_fillers_are_dropped() {
        assert_eq!(
            build(4, 1.0, &[(1, 3), (2, 0)]).unwrap().buckets(),
            &[(1, 3)]
        );
    }

    #[test]
    fn values_are_counted_where_a_client_counts_them() {
        let histogram = NativeHistogram::from_values(
            Schema::K6,
            [0.0, 1.0, 1.000_001, f64::INFINITY, f64::NAN],
        );
        assert_eq!(histogram.zero_count(), 1);
        assert_eq!(histogram.buckets(), &[(0, 1), (1, 1), (8193, 1)]);
        assert_eq!((histogram.count(), histogram.classified_count()), (5, 4));
        assert_eq!(histogram.mean(), None);
    }
}
