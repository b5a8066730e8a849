//! Adding and subtracting native histograms, exactly.
//!
//! Two histograms are first brought to the coarser of their schemas and to one zero bucket (Prometheus, `float_histogram.go`:
//! `reduceResolution`, `zeroCountForLargerThreshold`, `reconcileZeroBuckets`; `docs/statistics.md`, "From cumulative
//! snapshots to increments"). Merging is commutative and, for equal zero thresholds, associative; with unequal thresholds
//! only the total count is independent of the order, because a threshold is raised past the buckets it meets on the way.

use super::{HistogramError, NativeHistogram, Schema};

impl NativeHistogram {
    /// Returns the histogram in a coarser schema: bucket `i` goes to `((i - 1) >> steps) + 1`.
    pub fn reduce_to(&self, schema: Schema) -> Result<Self, HistogramError> {
        let Some(own) = self.schema else {
            return Ok(Self {
                schema: Some(schema),
                ..self.clone()
            });
        };
        if schema > own {
            return Err(HistogramError::CannotRefine {
                from: own.get(),
                to: schema.get(),
            });
        }
        Ok(self.clone().reduced(Some(schema)))
    }

    /// Reduces to a schema that is known not to be finer.
    fn reduced(mut self, target: Option<Schema>) -> Self {
        if let (Some(own), Some(target)) = (self.schema, target)
            && own != target
        {
            for bucket in &mut self.buckets {
                bucket.0 = own.coarser_index(bucket.0, target);
            }
            self.buckets.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
        }
        self.schema = target.or(self.schema);
        self
    }

    /// Returns the histogram with a zero bucket of at least this threshold.
    ///
    /// A threshold inside a populated bucket is raised to that bucket's upper bound, and the swallowed buckets are counted
    /// as zero. A smaller threshold than the present one changes nothing.
    #[must_use]
    pub fn widen_zero(&self, threshold: f64) -> Self {
        let mut widened = self.clone();
        if threshold > self.zero_threshold {
            widened.swallow(threshold);
        }
        widened
    }

    fn swallow(&mut self, mut threshold: f64) {
        if let Some(schema) = self.schema {
            let swallowed = self
                .buckets
                .partition_point(|&(index, _)| schema.lower_bound(index) < threshold);
            for (index, count) in self.buckets.drain(..swallowed) {
                self.zero_count += count;
                threshold = threshold.max(schema.upper_bound(index));
            }
        }
        self.zero_threshold = threshold;
    }

    /// Brings two histograms to one schema and one zero bucket.
    fn aligned(&self, other: &Self) -> (Self, Self) {
        let schema = match (self.schema, other.schema) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        let (mut left, mut right) = (self.clone().reduced(schema), other.clone().reduced(schema));
        // Each widening may raise the threshold past another populated bucket, so repeat until both agree.
        while left.zero_threshold.to_bits() != right.zero_threshold.to_bits() {
            let threshold = left.zero_threshold.max(right.zero_threshold);
            left = left.widen_zero(threshold);
            right = right.widen_zero(left.zero_threshold);
        }
        (left, right)
    }

    /// Returns the histogram of the observations of both.
    pub fn merge(&self, other: &Self) -> Result<Self, HistogramError> {
        let (left, right) = self.aligned(other);
        let overflow = HistogramError::CountOverflow;
        Ok(Self {
            schema: left.schema,
            zero_threshold: left.zero_threshold,
            zero_count: left
                .zero_count
                .checked_add(right.zero_count)
                .ok_or(overflow)?,
            count: left.count.checked_add(right.count).ok_or(overflow)?,
            sum: left.sum + right.sum,
            buckets: add_buckets(&left.buckets, &right.buckets)?,
        })
    }

    /// Returns the histogram of the observations of all; the empty histogram for none.
    pub fn merge_all<'a>(
        histograms: impl IntoIterator<Item = &'a Self>,
    ) -> Result<Self, HistogramError> {
        histograms
            .into_iter()
            .try_fold(Self::empty(), |sum, histogram| sum.merge(histogram))
    }

    /// Returns what was observed between an earlier snapshot of the same series and this one.
    ///
    /// Fails when this snapshot cannot be a continuation of the earlier one; see [`detect_reset`](super::detect_reset).
    pub fn subtract(&self, earlier: &Self) -> Result<Self, HistogramError> {
        let (current, earlier) = self.aligned(earlier);
        let refused = HistogramError::NotAContinuation;
        Ok(Self {
            schema: current.schema,
            zero_threshold: current.zero_threshold,
            zero_count: current
                .zero_count
                .checked_sub(earlier.zero_count)
                .ok_or(refused)?,
            count: current.count.checked_sub(earlier.count).ok_or(refused)?,
            sum: current.sum - earlier.sum,
            buckets: subtract_buckets(&current.buckets, &earlier.buckets).ok_or(refused)?,
        })
    }
}

fn add_buckets(
    left: &[(i32, u64)],
    right: &[(i32, u64)],
) -> Result<Vec<(i32, u64)>, HistogramError> {
    let mut sum: Vec<(i32, u64)> = Vec::with_capacity(left.len().max(right.len()));
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let Some(&(index, count)) = match (left.peek(), right.peek()) {
        (Some(a), Some(b)) if a.0 <= b.0 => left.next(),
        (Some(_), None) => left.next(),
        _ => right.next(),
    } {
        match sum.last_mut() {
            Some(last) if last.0 == index => {
                last.1 = last
                    .1
                    .checked_add(count)
                    .ok_or(HistogramError::CountOverflow)?;
            }
            _ => sum.push((index, count)),
        }
    }
    Ok(sum)
}

fn subtract_buckets(current: &[(i32, u64)], earlier: &[(i32, u64)]) -> Option<Vec<(i32, u64)>> {
    let mut rest = earlier.iter().peekable();
    let mut difference = Vec::with_capacity(current.len());
    for &(index, count) in current {
        let before = match rest.peek() {
            Some(&&(earlier_index, before)) if earlier_index == index => {
                rest.next();
                before
            }
            _ => 0,
        };
        match count.checked_sub(before)? {
            0 => {}
            grown => difference.push((index, grown)),
        }
    }
    rest.peek().is_none().then_some(difference)
}

#[cfg(test)]
#[path = "algebra_tests.rs"]
mod tests;
