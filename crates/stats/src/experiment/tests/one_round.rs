//! One round.

use super::*;

#[test]
fn one_round_only_observes_within_the_run() {
    let analysis = run(&rounds(1).experiment());
    let overhead = overhead(&analysis, "sidecar", Quantile::P50);
    assert!(matches!(overhead.inference, Inference::WithinRun(_)));
    assert_eq!(overhead.inference.run_level(), None);
    assert_eq!(overhead.verdict, Verdict::ObservedHigher);
    assert!(overhead.badges.contains(&Badge::WithinRun));
    assert_eq!(
        (&overhead.resolution, &overhead.rounds_needed),
        (&None, &None)
    );
    assert_eq!(crate::gate::GateSubject::of_overhead(overhead), None);
    assert_eq!(overhead.noise_floor.as_ref().unwrap().rounds.len(), 1);
    let json = serde_json::to_string(overhead).unwrap();
    assert!(
        json.contains("\"within_run\"") && !json.contains("run_level"),
        "{json}"
    );
    assert_finite(&analysis);
}

#[test]
fn few_cells_leave_one_round_without_an_interval_but_not_three() {
    for cells in [1, 7] {
        let plan = |count| Plan {
            cells,
            requests_per_cell: 20_000,
            ..rounds(count)
        };
        let one = run(&plan(1).experiment());
        let inference = &overhead(&one, "ambient", Quantile::P50).inference;
        assert_eq!(
            *inference,
            Inference::ValueOnly {
                cause: NoInterval::TooFewCells { cells }
            }
        );
        assert_eq!(
            overhead(&one, "ambient", Quantile::P50).verdict,
            Verdict::Unclear
        );
        let three = run(&plan(3).experiment());
        assert!(
            overhead(&three, "ambient", Quantile::P50)
                .inference
                .run_level()
                .is_some()
        );
        assert_finite(&three);
    }
}

#[test]
fn within_errors_agree_with_a_slow_computation() {
    let experiment = rounds(1).experiment();
    let cells = &experiment.slots[1].cells;
    let grid = CellGrid::new(cells, Schema::K6, NativeHistogram::DEFAULT_ZERO_THRESHOLD).unwrap();
    let whole = NativeHistogram::merge_all(cells).unwrap();
    for q in [Quantile::P50, Quantile::P90, Quantile::P99] {
        let reading = reading::Reading::latency(&grid, Statistic::Quantile(q)).unwrap();
        let value = quantile(&whole, q).unwrap().value.get();
        assert_near(reading.value, value, 1e-15);
        let share = |cell: &NativeHistogram| {
            compat_fraction(CompatRule::Prom3, 0.0, value, &cell.into()).unwrap()
        };
        let above: Vec<f64> = cells.iter().map(|cell| 1.0 - share(cell)).collect();
        let center = above.iter().sum::<f64>() / 24.0;
        let deviations: Vec<f64> = above.iter().map(|share| share - center).collect();
        let squares: f64 = deviations.iter().map(|e| e * e).sum();
        let rho = deviations
            .windows(2)
            .map(|pair| pair[0] * pair[1])
            .sum::<f64>()
            / squares;
        let rho = (rho + (1.0 + 3.0 * rho) / 24.0).clamp(0.0, 0.95);
        let inflation = (1.0 + rho) / (1.0 - rho);
        let independent = q.get() * (1.0 - q.get()) / whole.count() as f64;
        let half = 0.35 * q.get().min(1.0 - q.get());
        let at = |q: f64| {
            quantile(&whole, Quantile::try_new(q).unwrap())
                .unwrap()
                .value
                .get()
                .ln()
        };
        let slope = (at(q.get() + half) - at(q.get() - half)) / (2.0 * half);
        let expected = slope * (squares / 23.0 * inflation / 24.0).max(independent).sqrt();
        assert_near(
            reading.within.unwrap().standard_error,
            expected,
            1e-9 * expected,
        );
        let part = |place: usize| {
            let part = NativeHistogram::merge_all(&cells[place * 6..place * 6 + 6]).unwrap();
            quantile(&part, q).unwrap().value.get().ln()
        };
        let sectioning = (0..4)
            .map(|place| (part(place) - value.ln()).powi(2))
            .sum::<f64>()
            / 12.0;
        assert_near(reading.section_variance.unwrap(), sectioning, 1e-12);
    }
}
