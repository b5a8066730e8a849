use proptest::prelude::*;

use super::*;
use crate::histogram::{Schema, strategies};

fn snapshot(at: i64, counts: &[(i32, u64)]) -> CumulativeSample {
    snapshot_of(3, at, counts)
}

fn snapshot_of(schema: i32, at: i64, counts: &[(i32, u64)]) -> CumulativeSample {
    let count = counts.iter().map(|&(_, count)| count).sum();
    let schema = Schema::try_new(schema).unwrap();
    let histogram =
        NativeHistogram::try_new(Some(schema), 0.0, 0, count, count as f64, counts.to_vec())
            .unwrap();
    CumulativeSample {
        at: TimestampMs(at),
        histogram,
    }
}

fn counts(result: &SeriesIncrements) -> Vec<u64> {
    result
        .increments
        .iter()
        .map(|increment| increment.histogram.count())
        .collect()
}

/// The five pushes of a recorded run; `increase()` makes 2,800.125 of them, the truth is 3,223.
fn recorded() -> Vec<CumulativeSample> {
    [
        (5_000, 734),
        (10_000, 1443),
        (15_000, 2103),
        (20_000, 2790),
        (25_000, 3223),
    ]
    .map(|(at, count)| snapshot(at, &[(-60, count)]))
    .to_vec()
}

#[test]
fn the_first_snapshot_is_an_increment_when_the_birth_is_known() {
    let result = increments(&recorded(), Birth::At(TimestampMs(0))).unwrap();
    assert_eq!(counts(&result), [734, 709, 660, 687, 433]);
    assert_eq!(counts(&result).iter().sum::<u64>(), 3223);
    assert_eq!(result.increments[0].after, TimestampMs(0));
    assert!(result.flags.is_empty());
}

#[test]
fn without_a_birth_the_first_snapshot_is_lost_and_flagged() {
    let result = increments(&recorded(), Birth::Unknown).unwrap();
    assert_eq!(counts(&result).iter().sum::<u64>(), 3223 - 734);
    assert_eq!(result.flags, BTreeSet::from([DataFlag::Unanchored]));
}

#[test]
fn order_and_identical_duplicates_do_not_matter() {
    let mut shuffled = recorded();
    shuffled.reverse();
    shuffled.push(recorded()[2].clone());
    let birth = Birth::At(TimestampMs(0));
    assert_eq!(increments(&shuffled, birth), increments(&recorded(), birth));
}

#[test]
fn one_restart_is_a_reset_and_counts_from_zero() {
    let samples = [
        snapshot(1, &[(1, 150), (2, 28)]),
        snapshot(2, &[(1, 100), (2, 139)]),
        snapshot(3, &[(1, 120), (2, 167)]),
    ];
    let result = increments(&samples, Birth::At(TimestampMs(0))).unwrap();
    // The count never falls (178, 239, 287); only the bucket betrays the restart.
    assert_eq!(counts(&result), [178, 239, 48]);
    assert_eq!(
        (result.resets, result.flags),
        (1, BTreeSet::from([DataFlag::Reset]))
    );
}

#[test]
fn two_writers_on_one_series_collide() {
    let samples: Vec<_> = [147, 145, 297, 357, 353]
        .iter()
        .enumerate()
        .map(|(at, &count)| snapshot(i64::try_from(at).unwrap(), &[(1, count)]))
        .collect();
    let result = increments(&samples, Birth::At(TimestampMs(0))).unwrap();
    assert!(
        result.flags.contains(&DataFlag::Collision),
        "{:?}",
        result.flags
    );
    let twice = [snapshot(1, &[(1, 5)]), snapshot(1, &[(1, 6)])];
    assert!(
        increments(&twice, Birth::Unknown)
            .unwrap()
            .flags
            .contains(&DataFlag::Collision)
    );
}

#[test]
fn a_gap_is_one_longer_increment() {
    let samples = [snapshot(1_000, &[(1, 10)]), snapshot(9_000, &[(1, 50)])];
    let result = increments(&samples, Birth::At(TimestampMs(0))).unwrap();
    assert_eq!(
        (result.increments[1].after, result.increments[1].at),
        (TimestampMs(1_000), TimestampMs(9_000))
    );
    assert_eq!(counts(&result), [10, 40]);
}

#[test]
fn a_reduced_resolution_is_flagged_and_exact() {
    let samples = [
        snapshot(1, &[(1, 10), (2, 5), (3, 4), (4, 1)]),
        snapshot_of(2, 2, &[(1, 18), (2, 8)]),
    ];
    let result = increments(&samples, Birth::At(TimestampMs(0))).unwrap();
    assert_eq!(result.flags, BTreeSet::from([DataFlag::Resolution]));
    assert_eq!(result.increments[1].histogram.buckets(), &[(1, 3), (2, 3)]);
}

#[test]
fn labels_used_before_the_run_are_an_error() {
    let early = increments(&[snapshot(5, &[(1, 1)])], Birth::At(TimestampMs(6))).unwrap_err();
    assert_eq!(
        early.to_string(),
        "snapshot at 5 ms is older than the start of its process at 6 ms"
    );
}

#[test]
fn observations_of_nan_are_an_error() {
    let histogram =
        NativeHistogram::try_new(Some(Schema::K6), 0.0, 0, 2, f64::NAN, vec![(1, 1)]).unwrap();
    let sample = CumulativeSample {
        at: TimestampMs(7),
        histogram,
    };
    let refused = increments(&[sample], Birth::Unknown);
    assert_eq!(
        refused,
        Err(IncrementError::UnsupportedHistogram { at: TimestampMs(7) })
    );
}

#[test]
fn no_snapshot_means_no_increment() {
    assert_eq!(
        increments(&[], Birth::At(TimestampMs(0))),
        Ok(SeriesIncrements::default())
    );
}

proptest! {
    #[test]
    fn anchored_increments_sum_to_the_last_snapshot(steps in prop::collection::vec(strategies::histogram(), 1..12)) {
        let mut sum = NativeHistogram::empty();
        let samples: Vec<_> = steps.iter().enumerate().map(|(at, step)| {
            sum = sum.merge(step).unwrap();
            CumulativeSample { at: TimestampMs(i64::try_from(at).unwrap()), histogram: sum.clone() }
        }).collect();
        let result = increments(&samples, Birth::At(TimestampMs(-1))).unwrap();
        prop_assert_eq!(result.resets, 0);
        let total = NativeHistogram::merge_all(result.increments.iter().map(|increment| &increment.histogram)).unwrap();
        prop_assert_eq!(total, sum);
    }
}
