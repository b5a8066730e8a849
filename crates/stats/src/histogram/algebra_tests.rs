use proptest::prelude::*;

use super::*;
use crate::histogram::{detect_reset, strategies};

fn native(schema: i32, threshold: f64, zero: u64, buckets: &[(i32, u64)]) -> NativeHistogram {
    let count = zero + buckets.iter().map(|&(_, count)| count).sum::<u64>();
    let schema = Schema::try_new(schema).unwrap();
    NativeHistogram::try_new(Some(schema), threshold, zero, count, 0.0, buckets.to_vec()).unwrap()
}

#[test]
fn unequal_schemas_meet_at_the_coarser() {
    let merged = native(3, 0.0, 0, &[(1, 10), (2, 5), (3, 4), (4, 1)])
        .merge(&native(2, 0.0, 0, &[(1, 1)]))
        .unwrap();
    assert_eq!(merged.schema().map(Schema::get), Some(2));
    assert_eq!(merged.buckets(), &[(1, 16), (2, 5)]);
}

#[test]
fn a_threshold_inside_a_populated_bucket_is_raised_to_its_edge() {
    let merged = native(0, 0.1, 1, &[(0, 4), (2, 3)])
        .merge(&native(0, 0.75, 2, &[(2, 1)]))
        .unwrap();
    assert_eq!(merged.zero_threshold(), 1.0);
    assert_eq!((merged.zero_count(), merged.buckets()), (7, &[(2, 4)][..]));
}

#[test]
fn a_raised_threshold_may_meet_another_populated_bucket() {
    // 0.3 lies in (0.25, 0.5] of the left; at 0.5 nothing of the right is cut, because its buckets have the same edges.
    let merged = native(0, 0.3, 1, &[(3, 1)])
        .merge(&native(0, 0.1, 1, &[(-1, 2), (0, 3)]))
        .unwrap();
    assert_eq!(merged.zero_threshold(), 0.5);
    assert_eq!(
        (merged.zero_count(), merged.buckets()),
        (4, &[(0, 3), (3, 1)][..])
    );
}

#[test]
fn counts_beyond_64_bits_are_refused() {
    let full = NativeHistogram::try_new(None, 0.0, u64::MAX, u64::MAX, 0.0, vec![]).unwrap();
    assert_eq!(
        full.merge(&native(0, 0.0, 1, &[])),
        Err(HistogramError::CountOverflow)
    );
}

#[test]
fn refining_is_refused() {
    let refused = native(0, 0.0, 0, &[(1, 1)]).reduce_to(Schema::K6);
    assert_eq!(
        refused,
        Err(HistogramError::CannotRefine { from: 0, to: 3 })
    );
}

#[test]
fn a_smaller_histogram_does_not_continue_a_larger_one() {
    let before = native(3, 0.0, 0, &[(1, 10), (2, 5)]);
    assert_eq!(
        native(3, 0.0, 0, &[(1, 20)]).subtract(&before),
        Err(HistogramError::NotAContinuation)
    );
    assert_eq!(
        native(3, 0.0, 0, &[(1, 9), (2, 9)]).subtract(&before),
        Err(HistogramError::NotAContinuation)
    );
}

proptest! {
    #[test]
    fn merging_is_commutative(a in strategies::histogram(), b in strategies::histogram()) {
        prop_assert_eq!(a.merge(&b).unwrap(), b.merge(&a).unwrap());
    }

    #[test]
    fn merging_is_associative(
        a in strategies::histogram(),
        b in strategies::histogram(),
        c in strategies::histogram(),
    ) {
        let left = a.merge(&b).unwrap().merge(&c).unwrap();
        let right = a.merge(&b.merge(&c).unwrap()).unwrap();
        prop_assert_eq!(left, right);
    }

    #[test]
    fn merging_conserves_every_observation(
        a in strategies::histogram(),
        b in strategies::histogram(),
        threshold in 1e-3..10.0_f64,
    ) {
        let merged = a.widen_zero(threshold).merge(&b).unwrap();
        prop_assert_eq!(merged.count(), a.count() + b.count());
        prop_assert_eq!(merged.classified_count(), merged.count());
        prop_assert!(merged.buckets().windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn what_was_added_can_be_subtracted(a in strategies::histogram(), b in strategies::histogram()) {
        let merged = a.merge(&b).unwrap();
        let rest = merged.subtract(&a).unwrap();
        let expected = merged.schema().map_or(Ok(b.clone()), |schema| b.reduce_to(schema)).unwrap();
        prop_assert_eq!(&rest, &expected);
        let reduced = merged.schema().map_or(Ok(a.clone()), |schema| a.reduce_to(schema)).unwrap();
        prop_assert_eq!(detect_reset(&reduced, &merged), None);
        prop_assert_eq!(detect_reset(&a, &merged), None);
    }

    #[test]
    fn a_snapshot_with_less_in_any_bucket_is_a_reset(a in strategies::histogram(), which in any::<prop::sample::Index>()) {
        if a.buckets().is_empty() {
            return Ok(());
        }
        let mut buckets = a.buckets().to_vec();
        let place = which.index(buckets.len());
        buckets[place].1 -= 1;
        // The zero bucket grows, so that the count does not betray it.
        let grown = NativeHistogram::try_new(
            a.schema(), a.zero_threshold(), a.zero_count() + 7, a.count() + 6, a.sum(), buckets,
        ).unwrap();
        prop_assert!(detect_reset(&a, &grown).is_some());
        prop_assert!(grown.subtract(&a).is_err());
    }
}
