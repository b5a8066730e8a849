//! Any input has a defined result or a named error: no panic, no NaN, no interval without its point.

use proptest::prelude::*;

use super::*;
use crate::histogram::{NativeHistogram, strategies};
use crate::interval::ErrorCell;
use crate::quantile::OmittedRequests;
use crate::units::{Amount, MetricName, Round, SlotPosition};
use crate::verdict::MinimumEffect;

const PHASES: [&str; 3] = ["baseline", "ambient", "sidecar"];

/// Histograms as they should be and as they should not: empty, of zeros, infinite, with NaN, and huge.
fn any_cell() -> impl Strategy<Value = NativeHistogram> {
    let schema = crate::histogram::Schema::K6;
    let built = move |zero: u64, count: u64, sum: f64, buckets: Vec<(i32, u64)>| {
        NativeHistogram::try_new(Some(schema), 1e-9, zero, count, sum, buckets).unwrap()
    };
    prop_oneof![
        6 => strategies::histogram(),
        1 => Just(NativeHistogram::empty()),
        1 => Just(built(50, 50, 0.0, vec![])),
        1 => Just(built(0, 40, f64::INFINITY, vec![(8193, 40)])),
        1 => Just(built(0, 45, f64::NAN, vec![(-60, 40)])),
        1 => Just(built(0, 1 << 54, 1e15, vec![(-60, (1 << 54) - 5), (-58, 5)])),
        1 => Just(built(0, 40, -1.0, vec![(-60, 40)])),
    ]
}

/// (round, position, phase, cells, excluded, scalar, failed requests)
type RawSlot = (
    u32,
    u32,
    usize,
    Vec<NativeHistogram>,
    bool,
    Option<f64>,
    u64,
);

fn any_slot() -> impl Strategy<Value = RawSlot> {
    (
        0..4_u32,
        0..6_u32,
        0..PHASES.len(),
        prop::collection::vec(any_cell(), 0..13),
        prop::bool::weighted(0.1),
        prop::option::of(prop_oneof![Just(0.0), -5.0..5.0, 1e8..1e9_f64]),
        0..3000_u64,
    )
}

fn experiment(slots: Vec<RawSlot>) -> Experiment {
    let build = |(round, position, phase, cells, excluded, scalar, failed): RawSlot| {
        let mut slot = SlotMeasurement::new(
            Round(round),
            SlotPosition(position),
            PHASES[phase].into(),
            phase == 0,
        );
        slot.error_cells = cells
            .iter()
            .map(|cell| ErrorCell {
                errors: failed,
                requests: cell.count(),
            })
            .collect();
        slot.cells = cells;
        slot.exclusion = excluded.then(|| Exclusion::Invalid {
            reason: "proof".to_owned(),
        });
        slot.scalars = scalar
            .map(|value| (MetricName::new("cpu"), Amount(value)))
            .into_iter()
            .collect();
        slot.omitted = OmittedRequests {
            failed,
            dropped: failed / 2,
        };
        slot
    };
    let mut slots: Vec<SlotMeasurement> = slots.into_iter().map(build).collect();
    slots.sort_by_key(|slot| (slot.round, slot.position));
    slots.dedup_by_key(|slot| (slot.round, slot.position));
    Experiment::new(slots)
}

fn settings() -> AnalysisSettings {
    let cpu = ScalarMetric {
        name: "cpu".into(),
        minimum_effect: MinimumEffect::cpu_seconds_per_1000_requests(),
    };
    AnalysisSettings {
        scalars: vec![cpu],
        switch_cost_in_cells: Some(6.0),
        ..AnalysisSettings::default()
    }
}

/// Returns what stands before the first number that is not finite; debug output shows what JSON would hide as null.
fn not_finite(analysis: &Analysis) -> Option<String> {
    let text = format!("{analysis:?}");
    let words: Vec<&str> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .collect();
    let place = words
        .iter()
        .position(|word| *word == "NaN" || *word == "inf")?;
    Some(words[place.saturating_sub(60)..=place].join(" "))
}

proptest! {
    #[test]
    fn anything_has_a_result_or_a_named_error(slots in prop::collection::vec(any_slot(), 0..16)) {
        let experiment = experiment(slots);
        match analyse(&experiment, &settings()) {
            Err(error) => prop_assert!(matches!(error, ExperimentError::NoSlots | ExperimentError::NoBaseline), "{error}"),
            Ok(analysis) => {
                prop_assert_eq!(not_finite(&analysis), None);
                for overhead in analysis.overheads.iter().filter_map(OverheadEstimate::estimated) {
                    check(overhead)?;
                }
            }
        }
    }
}

fn check(overhead: &Overhead) -> Result<(), TestCaseError> {
    let one_round = overhead.rounds.len() == 1;
    prop_assert!(
        !(one_round && overhead.inference.run_level().is_some()),
        "one round is no run"
    );
    prop_assert!(one_round || !matches!(overhead.inference, Inference::WithinRun(_)));
    if let Some(interval) = overhead.inference.interval() {
        prop_assert!(interval.lower.absolute <= overhead.point.absolute);
        prop_assert!(overhead.point.absolute <= interval.upper.absolute);
    }
    if overhead.verdict.claims_direction() {
        prop_assert!(overhead.inference.interval().is_some());
    }
    Ok(())
}
