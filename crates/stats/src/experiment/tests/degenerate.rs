//! Inputs at the edge of what can be estimated.

use super::*;

#[test]
fn a_thin_tail_in_one_slot_makes_its_phase_not_estimable_and_says_where() {
    let mut experiment = rounds(3).experiment();
    let thin = experiment
        .slots
        .iter_mut()
        .find(|slot| slot.round == Round(2) && slot.phase.as_str() == "ambient");
    thin.unwrap().cells.truncate(4);
    let analysis = run(&experiment);
    let OverheadResult::NotEstimable { cause } =
        &estimate(&analysis, "ambient", Quantile::P999).result
    else {
        panic!("estimated")
    };
    let text =
        "phase in round 2: 2.0 observations beyond the quantile; needs 5000 observations or more";
    assert_eq!(cause.to_string(), text);
    assert!(
        overhead(&analysis, "ambient", Quantile::P99)
            .inference
            .run_level()
            .is_some()
    );
    assert!(
        overhead(&analysis, "sidecar", Quantile::P999)
            .inference
            .run_level()
            .is_some()
    );
}

#[test]
fn unequal_resolutions_meet_at_the_coarsest() {
    let mut experiment = rounds(2).experiment();
    let coarse = Schema::try_new(1).unwrap();
    for cell in &mut experiment.slots[1].cells {
        *cell = cell.reduce_to(coarse).unwrap();
    }
    let analysis = run(&experiment);
    let bounds = overhead(&analysis, "sidecar", Quantile::P50)
        .baseline_bounds
        .unwrap();
    assert_near(bounds.upper.get() / bounds.lower.get(), 2_f64.sqrt(), 1e-9);
}

#[test]
fn latencies_in_one_bucket_are_limited_by_it() {
    let mut experiment = rounds(3).experiment();
    for slot in &mut experiment.slots {
        slot.cells = vec![NativeHistogram::from_values(Schema::K6, vec![0.002; 500]); 24];
    }
    let analysis = run(&experiment);
    let result = overhead(&analysis, "ambient", Quantile::P50);
    assert!(result.badges.contains(&Badge::BucketLimited));
    assert_near(
        result.resolution_error.log_ratio.unwrap().get(),
        Schema::K6.log_width() / 2.0,
        1e-15,
    );
    assert_eq!(
        result.rounds_needed,
        Some(crate::planning::RoundsNeeded::About { rounds: 2 })
    );
    assert_finite(&analysis);
}

#[test]
fn zero_and_overflow_buckets_have_reasons() {
    for (value, expected) in [
        (0.0, "in the zero bucket"),
        (f64::INFINITY, "above the greatest finite number"),
    ] {
        let mut experiment = rounds(2).experiment();
        for slot in experiment
            .slots
            .iter_mut()
            .filter(|slot| slot.phase.as_str() == "ambient")
        {
            slot.cells = vec![NativeHistogram::from_values(Schema::K6, vec![value; 500]); 24];
        }
        let analysis = run(&experiment);
        let OverheadResult::NotEstimable { cause } =
            &estimate(&analysis, "ambient", Quantile::P50).result
        else {
            panic!("estimated")
        };
        assert_eq!(cause.to_string(), format!("phase in round 1: {expected}"));
        assert_finite(&analysis);
    }
}

#[test]
fn bad_experiments_have_named_errors() {
    let error = |experiment: &Experiment| analyse(experiment, &settings()).unwrap_err();
    assert_eq!(error(&Experiment::default()), ExperimentError::NoSlots);
    let good = rounds(1).experiment();
    let mut none = good.clone();
    none.slots.retain(|slot| !slot.is_baseline);
    assert_eq!(error(&none), ExperimentError::NoBaseline);
    let mut ambiguous = good.clone();
    ambiguous.slots[1].is_baseline = true;
    assert!(matches!(
        error(&ambiguous),
        ExperimentError::AmbiguousBaseline { .. }
    ));
    let mut twice = good.clone();
    twice.slots[1].position = SlotPosition(0);
    let text = "round 1 has two measurements at position 0";
    assert_eq!(error(&twice).to_string(), text);
    let mut nan = good.clone();
    set_scalars(&mut nan, |_| f64::NAN);
    assert!(matches!(
        error(&nan),
        ExperimentError::ScalarNotMeasurable { .. }
    ));
    let mut overflow = good;
    let full =
        NativeHistogram::try_new(Some(Schema::K6), 0.0, 0, u64::MAX, 1.0, vec![(1, u64::MAX)])
            .unwrap();
    overflow.slots[1].cells = vec![full.clone(), full];
    assert_eq!(
        error(&overflow),
        ExperimentError::Histogram(HistogramError::CountOverflow)
    );
}

#[test]
fn scalars_that_never_vary_have_a_value_without_an_interval() {
    let mut experiment = rounds(5).experiment();
    set_scalars(
        &mut experiment,
        |slot| if slot.is_baseline { 0.3 } else { 0.4 },
    );
    let analysis = run(&experiment);
    let inference = &overhead(&analysis, "ambient", cpu()).inference;
    assert_eq!(
        *inference,
        Inference::ValueOnly {
            cause: NoInterval::NoVariation
        }
    );
}
