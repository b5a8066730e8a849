//! Histograms with bounds of their own: Prometheus' schema -53 and classic `le` histograms.

use serde::Serialize;

use super::HistogramError;

/// A histogram whose bucket bounds are listed: bucket `i` covers `(bounds[i-1], bounds[i]]`, the last one has no upper bound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomHistogram {
    bounds: Vec<f64>,
    counts: Vec<u64>,
    sum: f64,
}

impl CustomHistogram {
    /// Checks and builds a histogram; there is one count more than bounds.
    pub fn try_new(bounds: Vec<f64>, counts: Vec<u64>, sum: f64) -> Result<Self, HistogramError> {
        let mut previous = f64::NEG_INFINITY;
        for &bound in &bounds {
            if !bound.is_finite() || bound <= previous {
                return Err(HistogramError::CustomBound { bound });
            }
            previous = bound;
        }
        if counts.len() != bounds.len() + 1 {
            return Err(HistogramError::CustomLength {
                bounds: bounds.len(),
                counts: counts.len(),
            });
        }
        checked_total(&counts)?;
        Ok(Self {
            bounds,
            counts,
            sum,
        })
    }

    /// Builds a histogram from the cumulative counts of a classic histogram, its `+Inf` bucket last.
    pub fn from_cumulative(
        bounds: Vec<f64>,
        cumulative: &[u64],
        sum: f64,
    ) -> Result<Self, HistogramError> {
        let mut previous = 0;
        let mut counts = Vec::with_capacity(cumulative.len());
        for (position, &reached) in cumulative.iter().enumerate() {
            let count = reached
                .checked_sub(previous)
                .ok_or(HistogramError::NotCumulative { position })?;
            counts.push(count);
            previous = reached;
        }
        Self::try_new(bounds, counts, sum)
    }

    /// Returns the bounds, without the infinite one.
    pub fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    /// Returns the count of each bucket, the unbounded one last.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Returns the number of observations.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Returns the sum of the observations.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Returns the histogram of the observations of both, which must have the same bounds.
    pub fn merge(&self, other: &Self) -> Result<Self, HistogramError> {
        self.combine(
            other,
            self.sum + other.sum,
            HistogramError::CountOverflow,
            u64::checked_add,
        )
    }

    /// Returns what was observed between an earlier snapshot of the same series and this one.
    pub fn subtract(&self, earlier: &Self) -> Result<Self, HistogramError> {
        self.combine(
            earlier,
            self.sum - earlier.sum,
            HistogramError::NotAContinuation,
            u64::checked_sub,
        )
    }

    fn combine(
        &self,
        other: &Self,
        sum: f64,
        failure: HistogramError,
        operation: fn(u64, u64) -> Option<u64>,
    ) -> Result<Self, HistogramError> {
        if self.bounds != other.bounds {
            return Err(HistogramError::CustomBoundsDiffer);
        }
        let pairs = self.counts.iter().zip(&other.counts);
        let counts: Vec<u64> = pairs
            .map(|(&left, &right)| operation(left, right).ok_or(failure))
            .collect::<Result<_, _>>()?;
        checked_total(&counts)?;
        Ok(Self {
            bounds: self.bounds.clone(),
            counts,
            sum,
        })
    }
}

fn checked_total(counts: &[u64]) -> Result<u64, HistogramError> {
    counts
        .iter()
        .try_fold(0_u64, |sum, &count| sum.checked_add(count))
        .ok_or(HistogramError::CountOverflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classic_buckets_are_differenced() {
        let histogram = CustomHistogram::from_cumulative(vec![0.1, 0.5], &[5, 7, 8], 1.5).unwrap();
        assert_eq!(histogram.counts(), &[5, 2, 1]);
        assert_eq!(histogram.count(), 8);
        let falling = CustomHistogram::from_cumulative(vec![0.1, 0.5], &[5, 4, 8], 1.5);
        assert_eq!(falling, Err(HistogramError::NotCumulative { position: 1 }));
    }

    #[test]
    fn bad_bounds_have_named_errors() {
        let unsorted = CustomHistogram::try_new(vec![0.5, 0.5], vec![0; 3], 0.0);
        assert_eq!(unsorted, Err(HistogramError::CustomBound { bound: 0.5 }));
        let short = CustomHistogram::try_new(vec![0.5], vec![0; 3], 0.0).unwrap_err();
        assert_eq!(
            short.to_string(),
            "1 custom bounds need 2 bucket counts, found 3"
        );
        let overflow = CustomHistogram::try_new(vec![], vec![u64::MAX], 0.0).unwrap();
        assert_eq!(
            overflow.merge(&overflow),
            Err(HistogramError::CountOverflow)
        );
    }

    #[test]
    fn differences_need_the_same_bounds_and_growth() {
        let before = CustomHistogram::try_new(vec![1.0], vec![2, 3], 4.0).unwrap();
        let after = CustomHistogram::try_new(vec![1.0], vec![5, 3], 6.0).unwrap();
        assert_eq!(after.subtract(&before).unwrap().counts(), &[3, 0]);
        assert_eq!(
            before.subtract(&after),
            Err(HistogramError::NotAContinuation)
        );
        let other = CustomHistogram::try_new(vec![2.0], vec![5, 3], 6.0).unwrap();
        assert_eq!(after.merge(&other), Err(HistogramError::CustomBoundsDiffer));
    }
}
