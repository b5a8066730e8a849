//! Slots, rounds and values that are missing.

use super::*;

#[test]
fn an_excluded_slot_drops_its_round_for_its_phase_only() {
    let mut experiment = rounds(3).experiment();
    let failed = experiment
        .slots
        .iter_mut()
        .find(|slot| slot.round == Round(2) && slot.phase.as_str() == "ambient");
    failed.unwrap().exclusion = Some(Exclusion::Invalid {
        reason: "not meshed".into(),
    });
    let analysis = run(&experiment);
    let ambient = overhead(&analysis, "ambient", Quantile::P50);
    assert_eq!(
        ambient
            .rounds
            .iter()
            .map(|round| round.round.0)
            .collect::<Vec<_>>(),
        [1, 3]
    );
    assert!(
        ambient.badges.contains(&Badge::RoundsDropped)
            && ambient.badges.contains(&Badge::TwoRounds)
    );
    let sidecar = overhead(&analysis, "sidecar", Quantile::P50);
    assert_eq!(sidecar.rounds.len(), 3);
    assert!(!sidecar.badges.contains(&Badge::RoundsDropped));
}

#[test]
fn one_of_two_baselines_is_enough() {
    let mut experiment = rounds(3).experiment();
    experiment
        .slots
        .retain(|slot| !(slot.round == Round(2) && slot.position == SlotPosition(3)));
    let analysis = run(&experiment);
    let overhead = overhead(&analysis, "ambient", Quantile::P50);
    assert_eq!(overhead.rounds.len(), 3);
    assert_eq!(overhead.noise_floor.as_ref().unwrap().rounds.len(), 2);
}

#[test]
fn a_round_without_baseline_is_dropped_and_no_baseline_at_all_is_said() {
    let mut experiment = rounds(3).experiment();
    for slot in experiment
        .slots
        .iter_mut()
        .filter(|slot| slot.is_baseline && slot.round == Round(1))
    {
        slot.cells.clear();
    }
    assert_eq!(
        overhead(&run(&experiment), "ambient", Quantile::P50)
            .rounds
            .len(),
        2
    );
    for slot in experiment.slots.iter_mut().filter(|slot| slot.is_baseline) {
        slot.cells.clear();
    }
    let analysis = run(&experiment);
    let result = &estimate(&analysis, "ambient", Quantile::P50).result;
    assert_eq!(
        *result,
        OverheadResult::NotEstimable {
            cause: NotEstimable::NoBaseline
        }
    );
    assert_eq!(
        estimate(&analysis, "ambient", Quantile::P50).verdict(),
        Verdict::NotEstimable
    );
}

#[test]
fn a_phase_without_any_observation_is_not_estimable() {
    let mut experiment = rounds(3).experiment();
    for slot in experiment
        .slots
        .iter_mut()
        .filter(|slot| slot.phase.as_str() == "ambient")
    {
        slot.cells = vec![NativeHistogram::empty(); 24];
    }
    let analysis = run(&experiment);
    let result = &estimate(&analysis, "ambient", Quantile::P50).result;
    assert_eq!(
        *result,
        OverheadResult::NotEstimable {
            cause: NotEstimable::NoCompleteRound
        }
    );
    assert!(
        overhead(&analysis, "sidecar", Quantile::P50)
            .inference
            .run_level()
            .is_some()
    );
    assert_finite(&analysis);
}

#[test]
fn a_missing_scalar_drops_the_round_for_that_metric_only() {
    let mut experiment = rounds(3).experiment();
    set_scalars(&mut experiment, |slot| {
        0.2 + 0.01 * f64::from(slot.round.0 + slot.position.0)
    });
    experiment.slots[1].scalars.clear();
    let analysis = run(&experiment);
    assert_eq!(overhead(&analysis, "ambient", cpu()).rounds.len(), 2);
    assert_eq!(
        overhead(&analysis, "ambient", Quantile::P50).rounds.len(),
        3
    );
}

#[test]
fn a_suppressed_phase_keeps_its_numbers_and_loses_its_verdict() {
    let mut experiment = rounds(3).experiment();
    experiment
        .suppressed
        .insert("ambient".into(), "load mismatch".into());
    let analysis = run(&experiment);
    assert_eq!(
        overhead(&analysis, "ambient", Quantile::P50).verdict,
        Verdict::Invalid
    );
    assert!(
        overhead(&analysis, "ambient", Quantile::P50)
            .inference
            .interval()
            .is_some()
    );
    assert_eq!(
        overhead(&analysis, "sidecar", Quantile::P50).verdict,
        Verdict::Higher
    );
}

#[test]
fn missing_requests_show_in_the_pessimistic_quantile() {
    let mut experiment = rounds(2).experiment();
    for slot in experiment
        .slots
        .iter_mut()
        .filter(|slot| slot.phase.as_str() == "ambient")
    {
        slot.omitted = OmittedRequests {
            failed: 100,
            dropped: 400,
        };
    }
    let analysis = run(&experiment);
    let absolute = |q: Quantile| match &analysis
        .absolute(&"ambient".into(), &q.into())
        .unwrap()
        .result
    {
        AbsoluteResult::Estimated(absolute) => absolute.clone(),
        AbsoluteResult::NotEstimable { cause } => panic!("{cause}"),
    };
    assert!(!absolute(Quantile::P50).show_pessimistic);
    assert!(absolute(Quantile::P99).show_pessimistic);
    assert!(matches!(
        absolute(Quantile::P99).pessimistic,
        Some(PessimisticQuantile::Beyond { .. })
    ));
}
