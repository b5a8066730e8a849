//! Overheads and latencies with a known answer.

use meshdelta_report::analysis::analyse_run;
use meshdelta_report::model::{
    Badge, EstimateMethod, IntervalScope, Overhead, OverheadEstimate, PhaseId, ReportModel,
    Statistic, Validity, Verdict,
};

use crate::builder::{Recipe, constant_shift, proof, slot_of};
use crate::faults::add_failures;

/// What a shift by two buckets is.
const TWO_BUCKETS: f64 = 0.189_207_115_002_721_07;

fn model(recipe: &Recipe) -> ReportModel {
    analyse_run(&recipe.build()).unwrap()
}

fn overhead<'a>(model: &'a ReportModel, phase: &str, statistic: Statistic) -> &'a Overhead {
    model.overhead(&PhaseId::new(phase), statistic).unwrap()
}

fn estimate<'a>(model: &'a ReportModel, phase: &str, statistic: Statistic) -> &'a OverheadEstimate {
    overhead(model, phase, statistic).estimate.value().unwrap()
}

#[test]
fn a_phase_two_buckets_slower_is_slower_by_that_at_every_statistic() {
    let model = model(&Recipe::default());
    for statistic in Statistic::ALL {
        let found = estimate(&model, "sidecar", statistic);
        // Sums differ in the ninth digit, so that no two slots are the same data.
        assert!(
            (found.point.relative.get() - TWO_BUCKETS).abs() < 1e-6,
            "{statistic:?}: {found:?}"
        );
        let baseline = model
            .absolute(&PhaseId::new("baseline"), statistic)
            .unwrap();
        let baseline = baseline.value.value().unwrap().point_seconds.get();
        let absolute = found.point.absolute_seconds.get();
        assert!((absolute / baseline - found.point.relative.get()).abs() < 1e-9);
        assert_eq!((found.method, found.rounds), (EstimateMethod::HybridT, 3));
        let interval = found.interval.value().unwrap();
        assert!(interval.relative.contains(TWO_BUCKETS) && interval.relative.half_width() > 0.0);
    }
    assert_eq!(
        overhead(&model, "sidecar", Statistic::P50).verdict,
        Verdict::Higher
    );
    assert_eq!(model.intervals.method, "hybrid t over 3 paired rounds");
    assert_eq!(model.intervals.scope, IntervalScope::BetweenRounds);
}

#[test]
fn five_rounds_are_paired() {
    let recipe = Recipe {
        rounds: 5,
        shift: |phase, round| {
            constant_shift(phase, round) + i32::from(phase == "sidecar" && round == 0)
        },
        ..Recipe::default()
    };
    let run = recipe.build();
    let model = analyse_run(&run).unwrap();
    let found = estimate(&model, "sidecar", Statistic::P50);
    assert_eq!(
        (found.method, found.degrees_of_freedom),
        (EstimateMethod::PairedT, Some(4.0))
    );
    // The mean of one shift by three buckets and four by two.
    let log = 11.0 / 5.0 * std::f64::consts::LN_2 / 8.0;
    assert!((found.log_difference - log).abs() < 1e-9);
    for (round, difference) in (0..).zip(&found.round_differences) {
        let record = &run.manifest.slots[slot_of(&run, "sidecar", round)];
        assert_eq!(
            (difference.round, difference.slot),
            (round + 1, record.id.slot + 1)
        );
    }
    let first = &found.round_differences[0];
    assert_eq!((found.round_differences.len(), first.round), (5, 1));
    assert!((first.effect.relative.get() - 0.375_f64.exp2() + 1.0).abs() < 1e-9);
}

#[test]
fn the_first_sample_and_what_ends_after_the_window_count() {
    let run = Recipe::default().build();
    let model = analyse_run(&run).unwrap();
    for phase in &run.manifest.plan.phases {
        let slots = run
            .manifest
            .slots
            .iter()
            .filter(|slot| slot.phase == phase.id);
        let counted: u64 = slots.map(|slot| slot.load.succeeded_requests).sum();
        let id = PhaseId::new(phase.id.as_str());
        let absolute = model.absolute(&id, Statistic::P50).unwrap();
        // Without the first sample 250 of 10,000 requests of a slot would be lost, and as many without the last.
        assert_eq!(
            absolute.value.value().unwrap().sample_count,
            counted,
            "{id}"
        );
    }
}

#[test]
fn failed_requests_are_in_no_latency() {
    let clean = Recipe::default().build();
    let mut run = clean.clone();
    for round in 0..3 {
        let slot = slot_of(&run, "sidecar", round);
        add_failures(&mut run, slot, 5);
    }
    let (clean, failing) = (analyse_run(&clean).unwrap(), analyse_run(&run).unwrap());
    let value = |model: &ReportModel| {
        let id = PhaseId::new("sidecar");
        let found = model
            .absolute(&id, Statistic::P90)
            .unwrap()
            .value
            .value()
            .unwrap()
            .clone();
        (found.point_seconds, found.all_requests_seconds.unwrap())
    };
    assert_eq!(value(&clean).0, value(&clean).1);
    assert_eq!(value(&failing).0, value(&clean).0);
    assert!(
        value(&failing).1 < value(&failing).0,
        "a request without connection takes no time"
    );
    let load = failing.load(&PhaseId::new("sidecar")).unwrap();
    assert_eq!((load.failed_requests, load.requests), (15, 30_015));
    assert!(
        load.error_share
            .interval
            .value()
            .unwrap()
            .contains(15.0 / 30_015.0)
    );
}

#[test]
fn an_invalid_slot_drops_its_round_for_its_phase_only() {
    let recipe = Recipe {
        shift: |phase, round| {
            constant_shift(phase, round)
                + if phase == "sidecar" && round == 1 {
                    40
                } else {
                    0
                }
        },
        ..Recipe::default()
    };
    let mut run = recipe.build();
    let slot = slot_of(&run, "sidecar", 1);
    run.manifest.slots[slot].proofs = vec![proof(false)];
    run.manifest.slots[slot].failures =
        vec!["requests through application: expected 10, observed 3".to_owned()];
    let model = analyse_run(&run).unwrap();
    let sidecar = estimate(&model, "sidecar", Statistic::P50);
    assert_eq!(
        (
            sidecar.rounds,
            estimate(&model, "ambient", Statistic::P50).rounds
        ),
        (2, 3)
    );
    assert!(
        (sidecar.point.relative.get() - TWO_BUCKETS).abs() < 1e-6,
        "never averaged"
    );
    let phase = model.phase(&PhaseId::new("sidecar")).unwrap();
    assert_eq!((phase.valid_rounds, &phase.validity), (2, &Validity::Valid));
}

#[test]
fn a_phase_without_a_valid_slot_is_invalid_and_says_why() {
    let mut run = Recipe::default().build();
    for round in 0..3 {
        let slot = slot_of(&run, "ambient", round);
        run.manifest.slots[slot].failures = vec!["the tunnel carried nothing".to_owned()];
    }
    let model = analyse_run(&run).unwrap();
    let phase = model.phase(&PhaseId::new("ambient")).unwrap();
    assert!(
        phase.validity.reasons()[0].contains("the tunnel carried nothing"),
        "{phase:?}"
    );
    let lost = overhead(&model, "ambient", Statistic::P50);
    assert!(lost.estimate.reason().is_some() && lost.verdict == Verdict::NotEstimable);
    assert_eq!(
        overhead(&model, "sidecar", Statistic::P50).verdict,
        Verdict::Higher
    );
}

#[test]
fn one_round_has_nothing_that_looks_like_a_run_level_interval() {
    let model = model(&Recipe {
        rounds: 1,
        ..Recipe::default()
    });
    for found in &model.overheads {
        let estimate = found.estimate.value().unwrap();
        assert_eq!(estimate.method, EstimateMethod::WithinRun);
        assert!(estimate.simultaneous_interval.is_none() && estimate.alternatives.is_empty());
        assert!(
            estimate.resolution.reason().is_some() && estimate.rounds_needed.reason().is_some()
        );
        assert!(found.badges.contains(&Badge::WithinRunOnly));
        assert!(!found.verdict.is_conclusive(), "{:?}", found.verdict);
    }
    for difference in &model.resource_differences {
        assert_eq!(difference.difference.value().unwrap().ends(), None);
        assert!(difference.badges.contains(&Badge::NoInterval));
    }
    assert_eq!(model.intervals.scope, IntervalScope::WithinRunOnly);
    assert!(
        model.answer.body.starts_with("In this one round"),
        "{}",
        model.answer.body
    );
    assert!(model.planning.advice[0].contains("one round says nothing about a rerun"));
}

#[test]
fn a_failed_check_of_the_baseline_takes_every_verdict_and_no_number() {
    let mut run = Recipe::default().build();
    let slot = slot_of(&run, "baseline", 0);
    run.manifest.slots[slot].load.dropped_iterations = 5_000;
    let model = analyse_run(&run).unwrap();
    for found in &model.overheads {
        assert_eq!(found.verdict, Verdict::Invalid);
        assert!(found.estimate.value().is_some());
    }
}

#[test]
fn the_same_run_gives_the_same_bytes_in_whatever_order_it_is_stored() {
    let run = Recipe::default().build();
    let mut reversed = run.clone();
    reversed.tables.histograms.reverse();
    reversed.tables.scalars.reverse();
    let json = |run| meshdelta_report::render_json(&analyse_run(run).unwrap()).unwrap();
    assert_eq!(json(&run), json(&run));
    assert_eq!(json(&run), json(&reversed));
}
