//! Random histograms for property tests.

use proptest::prelude::*;

use super::{NativeHistogram, Schema};

/// Any exponential schema.
pub(crate) fn schema() -> impl Strategy<Value = Schema> {
    (-4..=8_i32).prop_map(|number| Schema::try_new(number).unwrap())
}

/// A histogram of up to 40 populated buckets around one second, with whole-numbered sums so that addition is exact.
pub(crate) fn histogram() -> impl Strategy<Value = NativeHistogram> {
    (
        schema(),
        0..1000_u64,
        0..100_000_u32,
        prop::collection::btree_map(-60..60_i32, 1..5000_u64, 0..40),
    )
        .prop_map(|(schema, zero, sum, buckets)| {
            let count = zero + buckets.values().sum::<u64>();
            let lowest = schema.lowest_index();
            let overflow = schema.overflow_index();
            let buckets: Vec<_> = buckets
                .into_iter()
                .map(|(index, count)| (index.clamp(lowest, overflow), count))
                .collect();
            let threshold = NativeHistogram::DEFAULT_ZERO_THRESHOLD;
            let mut merged: Vec<(i32, u64)> = Vec::new();
            for (index, count) in buckets {
                match merged.last_mut() {
                    Some(last) if last.0 == index => last.1 += count,
                    _ => merged.push((index, count)),
                }
            }
            NativeHistogram::try_new(Some(schema), threshold, zero, count, f64::from(sum), merged)
                .unwrap()
        })
}
