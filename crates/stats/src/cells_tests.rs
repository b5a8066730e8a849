use proptest::prelude::*;

use super::*;
use crate::histogram::Schema;
use crate::quantile::quantile;
use crate::units::Quantile;

fn window(start: i64, end: i64) -> Window {
    Window::try_new(TimestampMs(start), TimestampMs(end)).unwrap()
}

/// A series that counts `step` observations in bucket `index` at every given moment.
fn series(runner: &str, index: i32, step: u64, moments: &[i64]) -> SeriesSamples {
    let mut count = 0;
    let samples = moments
        .iter()
        .map(|&at| {
            count += step;
            let buckets = vec![(index, count)];
            let histogram =
                NativeHistogram::try_new(Some(Schema::K6), 0.0, 0, count, count as f64, buckets)
                    .unwrap();
            CumulativeSample {
                at: TimestampMs(at),
                histogram,
            }
        })
        .collect();
    SeriesSamples {
        runner: runner.into(),
        birth: Birth::At(TimestampMs(0)),
        samples,
    }
}

fn counts(slot: &SlotCells) -> Vec<u64> {
    slot.cells.iter().map(NativeHistogram::count).collect()
}

#[test]
fn increments_go_whole_to_the_cell_in_which_they_end() {
    let moments = [900, 1000, 1500, 2400, 2999, 3000, 3400];
    let slot = SlotCells::from_series(
        &[series("r1", 1, 10, &moments)],
        window(1000, 3000),
        DurationMs(500),
    )
    .unwrap();
    assert_eq!(counts(&slot), [10, 10, 10, 10]);
    assert_eq!((slot.dropped_before, slot.dropped_after), (10, 20));
}

#[test]
fn what_is_left_of_the_window_joins_the_last_cell() {
    let slot = SlotCells::from_series(
        &[series("r1", 1, 1, &[100, 1100, 2200])],
        window(0, 2300),
        DurationMs(1000),
    )
    .unwrap();
    assert_eq!(counts(&slot), [1, 2]);
}

#[test]
fn runners_are_merged_before_any_quantile_is_taken() {
    let two = [
        series("fast", -80, 100, &[500]),
        series("slow", 0, 100, &[600]),
    ];
    let slot = SlotCells::from_series(&two, window(0, 1000), DurationMs(1000)).unwrap();
    let merged = quantile(&slot.cells[0], Quantile::P90).unwrap();
    // Averaging the quantiles of the two runners would give about half of this.
    assert!(merged.value.get() > 0.9, "{merged:?}");
}

#[test]
fn silent_runners_make_cells_coarser_in_all_slots() {
    let patchy = SlotCells::from_series(
        &[series("r1", 1, 1, &[100, 2100, 4100, 6100])],
        window(0, 8000),
        DurationMs(1000),
    );
    let dense: Vec<i64> = (0..8).map(|cell| cell * 1000 + 1).collect();
    let dense = SlotCells::from_series(
        &[series("r1", 1, 1, &dense)],
        window(0, 8000),
        DurationMs(1000),
    );
    let mut slots = [patchy.unwrap(), dense.unwrap()];
    assert_eq!(coarsen(&mut slots).unwrap(), 1);
    assert_eq!(
        (counts(&slots[0]), counts(&slots[1])),
        (vec![1; 4], vec![2; 4])
    );
    assert!(
        slots
            .iter()
            .all(|slot| slot.flags.contains(&DataFlag::CoarseCells)
                && slot.width == DurationMs(2000))
    );
}

#[test]
fn a_runner_that_never_reports_ends_in_one_cell() {
    let mut slots = [SlotCells::from_series(
        &[series("r1", 1, 1, &[9000])],
        window(0, 5000),
        DurationMs(1000),
    )
    .unwrap()];
    coarsen(&mut slots).unwrap();
    assert_eq!(slots[0].cells.len(), 1);
}

#[test]
fn an_odd_last_cell_joins_the_last_pair() {
    let moments = [1, 1001, 2001, 3001, 4001];
    let mut slot = SlotCells::from_series(
        &[series("r1", 1, 1, &moments)],
        window(0, 5000),
        DurationMs(1000),
    )
    .unwrap();
    slot.halve().unwrap();
    assert_eq!(counts(&slot), [2, 3]);
}

#[test]
fn a_colliding_series_makes_the_slot_invalid() {
    let mut colliding = series("r1", 1, 1, &[100, 200, 300]);
    colliding
        .samples
        .extend(series("r1", 1, 7, &[150, 250]).samples);
    let slot = SlotCells::from_series(&[colliding], window(0, 1000), DurationMs(500)).unwrap();
    assert!(!slot.is_valid());
}

#[test]
fn bad_windows_have_named_errors() {
    let empty = Window::try_new(TimestampMs(5), TimestampMs(5)).unwrap_err();
    assert_eq!(empty.to_string(), "the window from 5 ms to 5 ms is empty");
    let wide = SlotCells::from_series(&[], window(0, 10), DurationMs(11)).unwrap_err();
    assert_eq!(
        wide.to_string(),
        "cells of 11 ms do not fit a window of 10 ms"
    );
    assert!(SlotCells::from_series(&[], window(0, 10), DurationMs(0)).is_err());
}

proptest! {
    #[test]
    fn disjoint_windows_share_and_lose_nothing(
        moments in prop::collection::btree_set(1..10_000_i64, 1..60),
        cut in 1..9_999_i64,
    ) {
        let moments: Vec<i64> = moments.into_iter().collect();
        let one = [series("r1", 1, 3, &moments)];
        let total = |from: i64, to: i64| {
            let slot = SlotCells::from_series(&one, window(from, to), DurationMs((to - from).min(700))).unwrap();
            counts(&slot).iter().sum::<u64>()
        };
        prop_assert_eq!(total(0, cut) + total(cut, 10_000), 3 * moments.len() as u64);
    }
}
