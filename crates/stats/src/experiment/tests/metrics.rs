//! Scalars and error rates.

use super::*;

#[test]
fn scalars_have_intervals_from_two_rounds_only() {
    let value = |slot: &SlotMeasurement| {
        let own = if slot.is_baseline { 0.20 } else { 0.29 };
        own + 0.001 * f64::from(slot.round.0 * 3 + slot.position.0)
    };
    let mut one = rounds(1).experiment();
    set_scalars(&mut one, value);
    let analysis = run(&one);
    let result = overhead(&analysis, "ambient", cpu());
    assert_eq!(
        result.inference,
        Inference::ValueOnly {
            cause: NoInterval::OneRound
        }
    );
    assert!(result.badges.contains(&Badge::NoInterval));
    let mut three = rounds(3).experiment();
    set_scalars(&mut three, value);
    let analysis = run(&three);
    let result = overhead(&analysis, "ambient", cpu());
    assert_eq!(
        (result.scale, result.verdict),
        (Scale::Log, Verdict::Higher)
    );
    assert_eq!(result.inference.run_level().unwrap().parts.within, None);
}

#[test]
fn a_metric_that_is_zero_in_the_baseline_is_compared_by_differences() {
    let mut experiment = rounds(3).experiment();
    set_scalars(&mut experiment, |slot| {
        if slot.is_baseline {
            0.0
        } else {
            0.05 + 0.001 * f64::from(slot.round.0)
        }
    });
    let analysis = run(&experiment);
    let result = overhead(&analysis, "ambient", cpu());
    assert_eq!(
        (result.scale, result.point.relative, result.point.log_ratio),
        (Scale::Difference, None, None)
    );
    assert_near(result.point.absolute.get(), 0.052, 1e-12);
    assert_eq!(result.margin.absolute, Amount(0.005));
    assert_eq!(result.verdict, Verdict::Higher);
}

#[test]
fn error_rates_are_compared_with_the_baseline() {
    let mut experiment = rounds(3).experiment();
    for slot in &mut experiment.slots {
        let errors = if slot.phase.as_str() == "ambient" {
            10
        } else {
            0
        };
        slot.error_cells = vec![
            ErrorCell {
                errors,
                requests: 1000
            };
            24
        ];
    }
    let analysis = run(&experiment);
    let names: Vec<&str> = analysis
        .errors
        .iter()
        .map(|error| error.phase.as_str())
        .collect();
    assert_eq!(names, ["baseline", "ambient", "sidecar"]);
    assert_eq!(analysis.errors[0].comparison, None);
    assert_eq!(
        analysis.errors[1].comparison.as_ref().unwrap().verdict,
        Verdict::Higher
    );
    assert_eq!(
        analysis.errors[2].comparison.as_ref().unwrap().verdict,
        Verdict::Equivalent
    );
}
