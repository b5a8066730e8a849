//! Noise floor, drift, order and the whole distribution.

use super::*;

#[test]
fn an_effect_below_the_noise_floor_claims_no_direction() {
    // The baseline falls by 20 % within every round; a phase 5 % above the middle is no finding.
    let round = |round: u32| {
        let level = 0.002 * (1.0 + 0.001 * f64::from(round));
        vec![
            ("baseline", level * 1.1),
            ("ambient", level * 1.05),
            ("baseline", level * 0.9),
        ]
    };
    let plan = Plan {
        rounds: (0..6).map(round).collect(),
        cells: 24,
        requests_per_cell: 500,
    };
    let analysis = run(&plan.experiment());
    let result = overhead(&analysis, "ambient", Quantile::P50);
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert!(
        result.badges.contains(&Badge::BelowNoiseFloor)
            && result.badges.contains(&Badge::BaselineDrift)
    );
    assert!(
        result
            .inference
            .run_level()
            .unwrap()
            .interval
            .lower
            .absolute
            .get()
            > 0.0
    );
}

#[test]
fn shift_functions_follow_a_constant_ratio() {
    let analysis = run(&rounds(3).experiment());
    let shift = analysis
        .shift_functions
        .iter()
        .find(|shift| shift.phase.as_str() == "sidecar")
        .unwrap();
    assert_eq!(
        (shift.points.len(), shift.run_level),
        (crate::shift::GRID_POINTS, true)
    );
    for point in &shift.points {
        assert_near(point.effect.relative.unwrap().get(), 0.30, 0.05);
        assert!(point.interval.unwrap().lower.absolute < point.effect.absolute);
    }
    assert_near(shift.points[0].quantile.get(), 0.05, 1e-12);
    // 12,000 requests per slot leave five beyond the last point.
    assert_near(shift.points[59].quantile.get(), 1.0 - 5.0 / 12_000.0, 1e-12);
    let spectrum = &analysis.spectra[0];
    assert_eq!(spectrum.phase.as_str(), "baseline");
    assert!(
        spectrum
            .points
            .windows(2)
            .all(|pair| pair[0].median <= pair[1].median)
    );
    assert!(
        spectrum
            .points
            .iter()
            .all(|point| point.minimum <= point.median && point.median <= point.maximum)
    );
}

#[test]
fn a_baseline_that_drifts_over_rounds_is_found() {
    let drifting = |step: f64| {
        let round = |round: u32| {
            let level = 0.002 * (step * f64::from(round)).exp();
            vec![("baseline", level), ("ambient", level * 1.1)]
        };
        let plan = Plan {
            rounds: (0..5).map(round).collect(),
            cells: 24,
            requests_per_cell: 500,
        };
        run(&plan.experiment()).drift[0]
            .baseline_over_rounds
            .unwrap()
    };
    let found = drifting(0.03);
    assert!(found.found, "{found:?}");
    assert_near(found.slope, 0.03, 0.005);
    assert!(!drifting(0.0).found);
}

#[test]
fn an_effect_of_the_place_within_a_round_is_found() {
    let place_effect = |step: f64| {
        let orders = [
            ["baseline", "a", "b"],
            ["a", "b", "baseline"],
            ["b", "baseline", "a"],
            ["b", "a", "baseline"],
        ];
        let level = |phase: &str, place: usize| {
            let own = match phase {
                "a" => 1.1,
                "b" => 1.2,
                _ => 1.0,
            };
            0.002 * own * (step * place as f64).exp()
        };
        let round = |order: &[&'static str; 3]| {
            order
                .iter()
                .enumerate()
                .map(|(place, phase)| (*phase, level(phase, place)))
                .collect()
        };
        let plan = Plan {
            rounds: orders.iter().map(round).collect(),
            cells: 24,
            requests_per_cell: 500,
        };
        run(&plan.experiment()).drift[0].order_within_round.unwrap()
    };
    let found = place_effect(0.04);
    assert!(found.found, "{found:?}");
    assert_near(found.slope, 0.04, 0.005);
    assert!(!place_effect(0.0).found);
}
