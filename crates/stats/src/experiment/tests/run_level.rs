//! Two rounds and more.

use super::*;

#[test]
fn three_rounds_have_a_hybrid_interval_around_the_true_effect() {
    let analysis = run(&rounds(3).experiment());
    let overhead = overhead(&analysis, "sidecar", Quantile::P50);
    let run_level = overhead.inference.run_level().unwrap();
    assert_eq!(run_level.method, RunMethod::HybridT);
    // min(R + 2, (R - 1)(P - 1)) = min(5, 4).
    assert_eq!(run_level.degrees_of_freedom, 4.0);
    let (lower, upper) = (
        run_level.interval.lower.relative.unwrap(),
        run_level.interval.upper.relative.unwrap(),
    );
    assert!(lower.get() < 0.30 && 0.30 < upper.get(), "{run_level:?}");
    assert_eq!(overhead.verdict, Verdict::Higher);
    assert_eq!(overhead.rounds.len(), 3);
    assert_finite(&analysis);
}

#[test]
fn five_rounds_have_a_paired_interval_and_the_hybrid_as_alternative() {
    let analysis = run(&rounds(5).experiment());
    let run_level = overhead(&analysis, "ambient", Quantile::P99)
        .inference
        .run_level()
        .unwrap();
    assert_eq!(
        (run_level.method, run_level.degrees_of_freedom),
        (RunMethod::PairedT, 4.0)
    );
    assert_eq!(
        run_level.alternative.as_ref().unwrap().method,
        RunMethod::HybridT
    );
    assert_eq!(run_level.signed_rank, None);
    let six = run(&rounds(6).experiment());
    let run_level = overhead(&six, "ambient", Quantile::P99)
        .inference
        .run_level()
        .unwrap();
    assert!(run_level.signed_rank.is_some());
}

#[test]
fn simultaneous_intervals_are_wider_and_ninety_percent_ones_narrower() {
    let analysis = run(&rounds(3).experiment());
    let run_level = overhead(&analysis, "ambient", Quantile::P90)
        .inference
        .run_level()
        .unwrap();
    let width =
        |interval: EffectInterval| interval.upper.absolute.get() - interval.lower.absolute.get();
    assert!(width(run_level.interval90) < width(run_level.interval));
    assert!(width(run_level.interval) < width(run_level.simultaneous));
}

#[test]
fn relative_and_absolute_effects_agree_with_the_displayed_values() {
    let analysis = run(&rounds(3).experiment());
    let effect = overhead(&analysis, "ambient", Quantile::P50).point;
    let value = |phase: &str| match &analysis
        .absolute(&phase.into(), &Quantile::P50.into())
        .unwrap()
        .result
    {
        AbsoluteResult::Estimated(absolute) => absolute.value.get(),
        AbsoluteResult::NotEstimable { cause } => panic!("{cause}"),
    };
    assert_near(
        effect.absolute.get(),
        value("ambient") - value("baseline"),
        1e-15,
    );
    assert_near(
        effect.relative.unwrap().get(),
        value("ambient") / value("baseline") - 1.0,
        1e-12,
    );
}

#[test]
fn a_phase_against_itself_has_no_effect() {
    for count in [1, 2, 3, 5, 6] {
        let mut plan = rounds(count);
        for round in &mut plan.rounds {
            *round = vec![("baseline", round[0].1), ("same", round[0].1)];
        }
        let mut experiment = plan.experiment();
        let copies: Vec<_> = experiment
            .slots
            .chunks(2)
            .map(|pair| pair[0].cells.clone())
            .collect();
        for (pair, cells) in experiment.slots.chunks_mut(2).zip(copies) {
            pair[1].cells = cells;
        }
        let analysis = run(&experiment);
        for estimate in analysis
            .overheads
            .iter()
            .filter(|estimate| matches!(estimate.metric, Metric::Latency(_)))
        {
            let overhead = estimate.estimated().unwrap();
            assert_eq!(overhead.point.absolute, Amount(0.0));
            assert!(
                !overhead.verdict.claims_direction(),
                "{count} rounds: {:?}",
                overhead.verdict
            );
            let interval = overhead.inference.interval().unwrap();
            assert!(interval.upper.absolute.get() > 0.0, "never ±0");
        }
    }
}

#[test]
fn exchanging_phase_and_baseline_mirrors_the_interval() {
    let plan = |first, second| {
        let round = |round: usize| {
            vec![
                (first, [0.0020, 0.0021, 0.0019][round]),
                (second, [0.0023, 0.0024, 0.0021][round]),
            ]
        };
        Plan {
            rounds: (0..3).map(round).collect(),
            cells: 24,
            requests_per_cell: 500,
        }
        .experiment()
    };
    let forward = run(&plan("baseline", "other"));
    let backward = run(&plan("other", "baseline"));
    for q in Quantile::STANDARD {
        let ends = |analysis: &Analysis| {
            let interval = overhead(analysis, "other", q).inference.interval().unwrap();
            [interval.lower, interval.upper].map(|effect| effect.log_ratio.unwrap().get())
        };
        let ([lower, upper], [mirrored_lower, mirrored_upper]) = (ends(&forward), ends(&backward));
        assert_near(lower, -mirrored_upper, 1e-12);
        assert_near(upper, -mirrored_lower, 1e-12);
    }
}

#[test]
fn the_mean_is_exact_and_its_resolution_error_zero() {
    let experiment = rounds(3).experiment();
    let analysis = run(&experiment);
    let mean = overhead(&analysis, "sidecar", Metric::Latency(Statistic::Mean));
    assert_eq!(mean.resolution_error.absolute, Amount(0.0));
    let whole = NativeHistogram::merge_all(&experiment.slots[2].cells).unwrap();
    let slots = match &analysis
        .absolute(&"sidecar".into(), &Metric::Latency(Statistic::Mean))
        .unwrap()
        .result
    {
        AbsoluteResult::Estimated(absolute) => absolute.slots.clone(),
        AbsoluteResult::NotEstimable { cause } => panic!("{cause}"),
    };
    assert_near(slots[0].value.get(), whole.mean().unwrap(), 1e-15);
}

#[test]
fn margins_can_be_set() {
    let statistic = Statistic::Quantile(Quantile::P50);
    let generous = MinimumEffect {
        relative: Relative(0.5),
        absolute: Amount(0.0),
    };
    let settings = AnalysisSettings {
        minimum_effects: BTreeMap::from([(statistic, generous)]),
        ..settings()
    };
    let analysis = analyse(&rounds(3).experiment(), &settings).unwrap();
    assert_eq!(
        overhead(&analysis, "sidecar", Quantile::P50).verdict,
        Verdict::EquivalentMeasurable
    );
}

#[test]
fn the_order_of_slots_does_not_change_a_byte() {
    let experiment = rounds(3).experiment();
    let mut shuffled = experiment.clone();
    shuffled.slots.reverse();
    shuffled.slots.swap(1, 7);
    let json = |experiment: &Experiment| serde_json::to_string(&run(experiment)).unwrap();
    assert_eq!(json(&experiment), json(&shuffled));
}
