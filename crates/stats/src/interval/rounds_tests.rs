use super::super::{TwoWaySlot, fit_two_way};
use super::*;

/// The worked example of `docs/statistics.md`, "Golden vectors".
const GOLDEN: [[f64; 5]; 3] = [
    [0.0, 0.131, 0.20, 0.04, 0.09],
    [0.05, 0.202, 0.27, 0.10, 0.13],
    [-0.03, 0.088, 0.19, 0.03, 0.08],
];

fn slots(rows: &[[f64; 5]]) -> Vec<TwoWaySlot> {
    rows.iter()
        .enumerate()
        .flat_map(|(round, row)| {
            row.iter()
                .enumerate()
                .map(move |(phase, &value)| TwoWaySlot {
                    round,
                    phase,
                    value,
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

fn summary<'a>(differences: &'a [f64], fit: &'a TwoWayFit) -> RoundSummary<'a> {
    RoundSummary {
        differences,
        phases: 5,
        fit,
        contrast: 2.0,
        within_variance: None,
    }
}

fn assert_near(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance,
        "{actual} instead of {expected}"
    );
}

#[test]
fn the_golden_hybrid_interval() {
    let differences = GOLDEN.map(|row| row[1] - row[0]);
    let fit = fit_two_way(&slots(&GOLDEN));
    let summary = summary(&differences, &fit);
    assert_near(mean(&differences), 0.133_666_7, 5e-8);
    let parts = summary.parts();
    assert_near(parts.paired, 0.009_905_11, 5e-9);
    assert_near(parts.two_way.unwrap(), 0.010_248_04, 5e-9);
    let (method, precision) = run_precision(&summary);
    let precision = precision.unwrap();
    assert_eq!(
        (method, precision.degrees_of_freedom),
        (RunMethod::HybridT, 5.0)
    );
    assert_near(precision.half_width(0.95), 0.026_343_41, 5e-9);
}

#[test]
fn the_within_error_is_a_floor_for_few_rounds_only() {
    let differences = GOLDEN.map(|row| row[1] - row[0]);
    let fit = fit_two_way(&slots(&GOLDEN));
    let few = RoundSummary {
        within_variance: Some(0.09),
        ..summary(&differences, &fit)
    };
    assert_near(hybrid_t(&few).unwrap().standard_error, 0.1, 1e-12);
    let many = [0.1, 0.2, 0.15, 0.12, 0.18];
    let many = RoundSummary {
        within_variance: Some(100.0),
        ..summary(&many, &fit)
    };
    let (method, precision) = run_precision(&many);
    assert_eq!(method, RunMethod::PairedT);
    assert_eq!(precision.unwrap().degrees_of_freedom, 4.0);
    assert_near(
        precision.unwrap().standard_error,
        sample_sd(many.differences) / 5.0_f64.sqrt(),
        1e-15,
    );
}

#[test]
fn two_phases_collapse_to_the_paired_t() {
    let rows = [[1.0, 1.3], [1.1, 1.5], [0.9, 1.15]];
    let slots: Vec<TwoWaySlot> = rows
        .iter()
        .enumerate()
        .flat_map(|(round, row)| {
            (0..2).map(move |phase| TwoWaySlot {
                round,
                phase,
                value: row[phase],
            })
        })
        .collect();
    let fit = fit_two_way(&slots);
    let differences = rows.map(|row| row[1] - row[0]);
    let summary = RoundSummary {
        differences: &differences,
        phases: 2,
        fit: &fit,
        contrast: 2.0,
        within_variance: None,
    };
    let (hybrid, paired) = (hybrid_t(&summary).unwrap(), paired_t(&summary).unwrap());
    assert_near(hybrid.standard_error, paired.standard_error, 1e-15);
    assert_eq!(hybrid.degrees_of_freedom, paired.degrees_of_freedom);
}

#[test]
fn identical_rounds_fall_back_to_the_within_error_and_never_to_zero() {
    let fit = TwoWayFit {
        residuals: vec![0.0; 10],
        degrees_of_freedom: 4,
    };
    // A third has no exact mean in binary, so that the standard deviation is not exactly zero.
    let same = [1.0 / 3.0; 5];
    assert_eq!(paired_t(&summary(&same, &fit)), None);
    assert_eq!(hybrid_t(&summary(&same[..3], &fit)), None);
    let known = RoundSummary {
        within_variance: Some(0.25),
        ..summary(&same, &fit)
    };
    assert_near(paired_t(&known).unwrap().standard_error, 0.1, 1e-15);
}

#[test]
fn degrees_of_freedom_follow_the_table() {
    let expected = [
        (2, 5, 4),
        (3, 5, 5),
        (4, 5, 6),
        (2, 2, 1),
        (3, 2, 2),
        (4, 3, 6),
        (2, 3, 2),
    ];
    for (rounds, phases, degrees) in expected {
        assert_eq!(
            hybrid_degrees(rounds, phases),
            degrees,
            "R {rounds}, P {phases}"
        );
    }
}

#[test]
fn missing_slots_cost_degrees_of_freedom() {
    let mut incomplete = slots(&GOLDEN);
    incomplete.retain(|slot| slot.phase < 2 || slot.round == 0);
    let fit = fit_two_way(&incomplete);
    assert_eq!(fit.degrees_of_freedom, 2);
    let differences = GOLDEN.map(|row| row[1] - row[0]);
    assert_eq!(
        hybrid_t(&summary(&differences, &fit))
            .unwrap()
            .degrees_of_freedom,
        2.0
    );
}

#[test]
fn skewness_is_signed_and_zero_for_constants() {
    assert!(skewness(&[0.0, 0.0, 0.0, 0.0, 10.0]) > 1.0);
    assert!(skewness(&[0.0, 0.0, 0.0, 0.0, -10.0]) < -1.0);
    assert_eq!(skewness(&[2.0; 5]), 0.0);
}
