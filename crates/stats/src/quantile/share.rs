//! Shares of requests slower than a threshold, exact because they are read at a bucket edge.

use serde::Serialize;

use crate::histogram::NativeHistogram;
use crate::units::{Amount, Share};

/// The share of observations above a bucket edge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EdgeShare {
    /// The edge, which is the nearest to the threshold on the logarithmic axis.
    pub edge: Amount,
    /// Observations above it.
    pub above: u64,
    /// Their share.
    pub share: Share,
}

/// Returns the exact share above the bucket edge next to a threshold, or `None` without observations or positive threshold.
pub fn share_above(histogram: &NativeHistogram, threshold: Amount) -> Option<EdgeShare> {
    let total = histogram.classified_count();
    let schema = histogram.schema()?;
    let index = schema
        .index_of(threshold.get())
        .filter(|&index| index < schema.overflow_index())?;
    if total == 0 {
        return None;
    }
    let (lower, upper) = (schema.lower_bound(index), schema.upper_bound(index));
    let nearer_lower = threshold.get() * threshold.get() < lower * upper;
    let last_below = if nearer_lower { index - 1 } else { index };
    let edge = Amount(schema.upper_bound(last_below));
    let above = histogram
        .buckets()
        .iter()
        .filter(|&&(index, _)| index > last_below)
        .map(|&(_, count)| count)
        .sum();
    Some(EdgeShare {
        edge,
        above,
        share: Share(above as f64 / total as f64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Schema;

    #[test]
    fn the_share_belongs_to_the_nearest_edge() {
        let schema = Schema::try_new(0).unwrap();
        let histogram =
            NativeHistogram::try_new(Some(schema), 0.0, 1, 10, 1.0, vec![(0, 3), (1, 4), (2, 2)])
                .unwrap();
        let near_one = share_above(&histogram, Amount(1.2)).unwrap();
        assert_eq!(
            near_one,
            EdgeShare {
                edge: Amount(1.0),
                above: 6,
                share: Share(0.6)
            }
        );
        let near_two = share_above(&histogram, Amount(1.7)).unwrap();
        assert_eq!((near_two.edge, near_two.above), (Amount(2.0), 2));
        assert_eq!(share_above(&histogram, Amount(0.0)), None);
        assert_eq!(share_above(&NativeHistogram::empty(), Amount(1.0)), None);
    }
}
