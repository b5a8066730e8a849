//! Exact oracles and properties of comparisons.

use proptest::prelude::*;

use super::join::{Joint, RunPoint};
use super::*;
use crate::experiment::fixtures::{Plan, rounds};
use crate::experiment::{AnalysisSettings, Experiment, SlotMeasurement, Statistic, analyse};
use crate::histogram::{NativeHistogram, Schema};
use crate::interval::Precision;
use crate::units::{Quantile, Relative, Round, SlotPosition};

fn run(plan: &Plan<'_>) -> Analysis {
    analyse(&plan.experiment(), &AnalysisSettings::default()).unwrap()
}

/// The same rounds on a machine `speed` times as slow, with sidecars that cost `sidecar` times as much.
fn changed(count: usize, speed: f64, sidecar: f64) -> Plan<'static> {
    let mut plan = rounds(count);
    for slot in plan.rounds.iter_mut().flatten() {
        slot.1 *= if slot.0 == "sidecar" {
            speed * sidecar
        } else {
            speed
        };
    }
    plan
}

fn median_of<'a>(comparison: &'a Comparison, phase: &str) -> &'a OverheadChange {
    comparison
        .change(&PhaseName::new(phase), &Metric::from(Quantile::P50))
        .unwrap()
}

fn default_margins() -> BTreeMap<Metric, ChangeMargin> {
    BTreeMap::new()
}

#[test]
fn a_run_against_itself_has_changed_by_nothing() {
    let first = run(&rounds(5));
    let comparison = compare(&[&first], &[&first], &default_margins());
    assert_eq!(comparison.changes.len(), first.overheads.len());
    for change in comparison.changes {
        assert_eq!(change.change.absolute, Amount(0.0));
        assert!(!change.verdict_alone.claims_direction(), "{change:?}");
        assert_eq!(change.added.unwrap().change, Amount(0.0));
    }
}

#[test]
fn what_machines_differ_in_is_no_change_of_an_overhead() {
    let comparison = compare(
        &[&run(&rounds(5))],
        &[&run(&changed(5, 2.0, 1.5))],
        &default_margins(),
    );
    let near = |actual: Relative, expected: f64| {
        assert!(
            (actual.get() - expected).abs() < 0.02,
            "{actual:?} {expected}"
        );
    };
    let sidecar = median_of(&comparison, "sidecar");
    assert_eq!(sidecar.verdict, ChangeVerdict::Regressed);
    near(sidecar.change.relative.unwrap(), 0.5);
    let ambient = median_of(&comparison, "ambient");
    assert_eq!(ambient.verdict, ChangeVerdict::Equivalent);
    // Every plain value doubled, and what ambient adds with them.
    let p50 = Metric::from(Quantile::P50);
    for phase in ["baseline", "ambient"] {
        let value = comparison.value(&PhaseName::new(phase), &p50).unwrap();
        near(value.change.relative.unwrap(), 1.0);
    }
    let before = ambient.before.point.absolute.get();
    let added = ambient.added.unwrap().change.get();
    assert!((added / before - 1.0).abs() < 0.1, "{added} {before}");
}

#[test]
fn with_equal_baselines_the_change_is_the_difference_of_the_overheads() {
    let comparison = compare(
        &[&run(&rounds(5))],
        &[&run(&changed(5, 1.0, 1.5))],
        &default_margins(),
    );
    let sidecar = median_of(&comparison, "sidecar");
    let difference = sidecar.after.point.absolute.get() - sidecar.before.point.absolute.get();
    let change = sidecar.change.absolute.get();
    assert!(
        (change / difference - 1.0).abs() < 1e-9,
        "{change} {difference}"
    );
    let added = sidecar.added.unwrap();
    assert!((added.change.get() / difference - 1.0).abs() < 1e-3);
    let (lower, upper) = added.interval.unwrap();
    assert!(lower.get() < difference && difference < upper.get());
}

/// A run of three rounds in which all requests of a phase take about as long, so that they lie in one bucket.
fn in_one_bucket(sidecar_seconds: f64) -> Analysis {
    let slot = |round: u32, place: u32, phase: &str, seconds: f64| {
        let mut slot = SlotMeasurement::new(
            Round(round),
            SlotPosition(place),
            phase.into(),
            phase == "baseline",
        );
        let values = (0..100 + round).map(|_| seconds);
        slot.cells = vec![NativeHistogram::from_values(Schema::K6, values); 12];
        slot
    };
    let slots = (0..3).flat_map(|round| {
        let baseline = 0.001 * (1.0 + 0.1 * f64::from(round));
        [
            slot(round, 0, "baseline", baseline),
            slot(round, 1, "sidecar", sidecar_seconds),
            slot(round, 2, "baseline", baseline),
        ]
    });
    analyse(
        &Experiment::new(slots.collect()),
        &AnalysisSettings::default(),
    )
    .unwrap()
}

#[test]
fn what_is_added_contains_a_delay_that_a_bucket_hides() {
    let (before, after) = (in_one_bucket(0.002), in_one_bucket(0.022));
    let comparison = compare(&[&before], &[&after], &default_margins());
    let added = median_of(&comparison, "sidecar").added.unwrap();
    // The median is read off the middle of its bucket, 0.8 ms too low.
    assert!((added.change.get() - 0.0191).abs() < 1e-4, "{added:?}");
    let (lower, upper) = added.interval.unwrap();
    assert!(
        lower.get() < 0.020 && 0.020 < upper.get(),
        "{lower:?} {upper:?}"
    );
    assert!(upper.get() - lower.get() < 0.004, "{lower:?} {upper:?}");
}

#[test]
fn one_round_on_a_side_gives_numbers_and_no_inference() {
    let comparison = compare(&[&run(&rounds(5))], &[&run(&rounds(1))], &default_margins());
    assert!(!comparison.changes.is_empty());
    for change in comparison.changes {
        assert_eq!(change.precision, Err(NoInference::OneRound));
        assert_eq!(change.verdict, ChangeVerdict::NotComparable);
    }
}

#[test]
fn runs_of_one_round_are_replicates_of_each_other() {
    let single = |factor: f64| run(&changed(1, factor, factor));
    let (first, second, third, fourth) = (single(1.0), single(1.01), single(1.02), single(0.99));
    let comparison = compare(&[&first, &second], &[&third, &fourth], &default_margins());
    let sidecar = median_of(&comparison, "sidecar");
    let precision = sidecar.precision.as_ref().unwrap();
    assert_eq!(precision.method, ChangeMethod::Runs);
    assert_eq!(precision.degrees_of_freedom, 2.0);
}

#[test]
fn a_phase_that_one_run_lacks_is_left_out() {
    let mut plan = rounds(3);
    for round in &mut plan.rounds {
        round.retain(|slot| slot.0 != "ambient");
    }
    let comparison = compare(&[&run(&plan)], &[&run(&rounds(3))], &default_margins());
    assert!(
        comparison
            .changes
            .iter()
            .all(|change| change.phase == PhaseName::new("sidecar"))
    );
}

#[test]
fn a_threshold_decides_what_is_a_regression() {
    let (first, second) = (run(&rounds(5)), run(&changed(5, 1.0, 1.10)));
    let verdict = |relative: f64| {
        let margin = MinimumEffect {
            relative: Relative(relative),
            absolute: Amount(0.0),
        };
        let margins = BTreeMap::from([(Metric::from(Quantile::P50), margin.into())]);
        median_of(&compare(&[&first], &[&second], &margins), "sidecar").verdict
    };
    assert_eq!(verdict(0.05), ChangeVerdict::Regressed);
    assert_eq!(verdict(0.25), ChangeVerdict::Equivalent);
}

#[test]
fn the_shift_at_the_median_is_the_change_of_the_median() {
    let (first, second) = (rounds(5).experiment(), changed(5, 2.0, 1.5).experiment());
    let shifts = shift_changes(&[&first], &[&second]).unwrap();
    assert_eq!(shifts.len(), 2);
    let sidecar = &shifts[1];
    assert!(sidecar.run_level);
    let middle = sidecar
        .points
        .iter()
        .min_by(|one, other| {
            let off = |quantile: Quantile| (quantile.get() - 0.5).abs();
            off(one.quantile).total_cmp(&off(other.quantile))
        })
        .unwrap();
    assert!((middle.effect.relative.unwrap().get() - 0.5).abs() < 0.02);
    let interval = middle.interval.unwrap();
    assert!(interval.lower.absolute <= middle.effect.absolute);
    assert!(middle.effect.absolute <= interval.upper.absolute);
}

fn point(delta: f64, standard_error: f64, degrees_of_freedom: f64) -> RunPoint {
    RunPoint {
        delta,
        resolution_error: 0.0,
        baseline: 1.0,
        precision: Some(Precision {
            standard_error,
            degrees_of_freedom,
        }),
    }
}

#[test]
fn one_run_on_each_side_is_welch() {
    let joint = Joint::new(
        &[point(0.1, 0.03, 4.0)],
        &[point(0.3, 0.04, 4.0)],
        Scale::Log,
    );
    let found = joint.precision.unwrap();
    assert_eq!(found.method(0.95), ChangeMethod::Rounds);
    assert!((joint.delta - 0.2).abs() < 1e-15);
    let precision = found.widest.at(0.95);
    assert!((precision.standard_error - 0.05).abs() < 1e-15);
    // 0.0025² / (0.0009²/4 + 0.0016²/4)
    assert!((precision.degrees_of_freedom - 7.418_397_626).abs() < 1e-6);
}

#[test]
fn several_runs_use_the_wider_of_two_intervals() {
    // Runs that agree: the rounds within them decide. Per side SE² = 2 · 0.02²/4.
    let agreeing = [point(0.10, 0.02, 4.0), point(0.10, 0.02, 4.0)];
    let joint = Joint::new(&agreeing, &agreeing, Scale::Log);
    let found = joint.precision.unwrap();
    assert_eq!(found.method(0.95), ChangeMethod::Rounds);
    let precision = found.widest.at(0.95);
    assert!((precision.standard_error - 0.02).abs() < 1e-15);
    assert!((precision.degrees_of_freedom - 16.0).abs() < 1e-9);
    // Runs that disagree: their distance decides. s² = 0.08 on 2 degrees, times (1/2 + 1/2).
    let disagreeing = [point(0.1, 0.02, 4.0), point(0.5, 0.02, 4.0)];
    let joint = Joint::new(&disagreeing, &disagreeing, Scale::Log);
    let found = joint.precision.unwrap();
    assert_eq!(found.method(0.95), ChangeMethod::Runs);
    let precision = found.widest.at(0.95);
    assert!((precision.standard_error - 0.08_f64.sqrt()).abs() < 1e-12);
    assert_eq!(precision.degrees_of_freedom, 2.0);
    // Runs that lie a little less apart than their rounds say, s² = 0.00018: their two degrees of freedom make the wider interval.
    let close = [point(0.100, 0.02, 4.0), point(0.119, 0.02, 4.0)];
    let joint = Joint::new(&close, &close, Scale::Log);
    let found = joint.precision.unwrap();
    let precision = found.widest.at(0.95);
    assert!(precision.standard_error < 0.02);
    assert_eq!(found.method(0.95), ChangeMethod::Runs);
    assert_eq!(precision.degrees_of_freedom, 2.0);
}

#[test]
fn a_side_knows_how_far_runs_lie_apart_from_both_sides() {
    let runs = [run(&changed(1, 1.0, 1.0)), run(&changed(1, 1.0, 1.2))];
    let comparison = compare(
        &[&runs[0], &runs[1]],
        &[&runs[0], &runs[1]],
        &default_margins(),
    );
    let sidecar = median_of(&comparison, "sidecar");
    let log = |effect: Effect| effect.relative.unwrap().get().ln_1p();
    let interval = sidecar.before.interval.unwrap();
    let half = (log(interval.upper) - log(interval.lower)) / 2.0;
    // Both sides have s = 0.1823/√2, pooled on 2 degrees of freedom: t = 4.303 and s/√2 of the mean, and what buckets add.
    let expected = 4.303 * 1.2_f64.ln() / 2.0;
    assert!((half / expected - 1.0).abs() < 0.15, "{half} {expected}");
}

#[test]
fn the_number_of_changes_is_counted() {
    let mut plan = changed(5, 1.0, 1.0);
    // A small change with an interval that by itself just excludes zero.
    for (round, slots) in plan.rounds.iter_mut().enumerate() {
        for slot in slots.iter_mut().filter(|slot| slot.0 == "sidecar") {
            slot.1 *= 1.012 + 0.002 * f64::from(u8::try_from(round).unwrap());
        }
    }
    let comparison = compare(&[&run(&rounds(5))], &[&run(&plan)], &default_margins());
    for change in &comparison.changes {
        let ranks = |verdict: ChangeVerdict| {
            verdict.claims_direction() || verdict == ChangeVerdict::Equivalent
        };
        assert!(
            ranks(change.verdict_alone) || !ranks(change.verdict),
            "correction never adds a claim: {change:?}"
        );
    }
}

proptest! {
    /// CI(A, B) = -CI(B, A), on the scale of the analysis.
    #[test]
    fn the_other_way_round_is_the_opposite(
        first in prop::collection::vec((-0.5..0.5_f64, 0.001..0.1_f64), 1..4),
        second in prop::collection::vec((-0.5..0.5_f64, 0.001..0.1_f64), 1..4),
    ) {
        let points = |side: &[(f64, f64)]| side.iter().map(|&(delta, error)| point(delta, error, 4.0)).collect::<Vec<_>>();
        let (first, second) = (points(&first), points(&second));
        let forth = Joint::new(&first, &second, Scale::Log);
        let back = Joint::new(&second, &first, Scale::Log);
        prop_assert!((forth.delta + back.delta).abs() < 1e-12);
        let (forth, back) = (forth.precision.unwrap(), back.precision.unwrap());
        for level in [0.5, 0.9, 0.95, 0.999] {
            prop_assert_eq!(forth.method(level), back.method(level));
            let relative = forth.widest.half_width(level) / back.widest.half_width(level) - 1.0;
            prop_assert!(relative.abs() < 1e-9);
        }
    }

    /// A claim of a direction never goes against the sign, and an interval always holds its point.
    #[test]
    fn verdicts_follow_the_point(factor in 0.5..2.0_f64, count in 2_usize..6) {
        let comparison = compare(
            &[&run(&rounds(count))],
            &[&run(&changed(count, 1.0, factor))],
            &default_margins(),
        );
        let change = median_of(&comparison, "sidecar");
        let absolute = change.change.absolute;
        match change.verdict {
            ChangeVerdict::Regressed | ChangeVerdict::WorseSizeUnclear => prop_assert!(absolute > Amount(0.0)),
            ChangeVerdict::Improved | ChangeVerdict::BetterSizeUnclear => prop_assert!(absolute < Amount(0.0)),
            _ => {}
        }
        let precision = change.precision.as_ref().unwrap();
        for interval in [precision.interval90, precision.interval, precision.simultaneous] {
            prop_assert!(interval.lower.absolute <= absolute && absolute <= interval.upper.absolute);
        }
        prop_assert!(precision.simultaneous.upper.absolute >= precision.interval.upper.absolute);
    }
}

#[test]
fn families_are_told_apart() {
    assert_eq!(
        ChangeFamily::of(&Metric::from(Quantile::P99)),
        ChangeFamily::Primary
    );
    assert_eq!(
        ChangeFamily::of(&Metric::Latency(Statistic::Mean)),
        ChangeFamily::Exploratory
    );
    assert_eq!(
        ChangeFamily::of(&Metric::Scalar("cpu".into())),
        ChangeFamily::Resources
    );
}
