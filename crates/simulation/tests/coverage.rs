//! Small simulations that fail when the intervals or verdicts of `meshdelta-stats` no longer do what they promise.
//!
//! Every expected coverage is the measured one of `docs/statistics.md`. With `n` independent runs the count of covering
//! intervals is binomial, and a test fails when it is outside the central `1 - ALPHA` of that distribution. The seed is
//! fixed, so a test that passes keeps passing until the code or the model changes; `ALPHA` is the chance that a harmless change
//! of the random numbers fails one comparison.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use meshdelta_simulation::run::Baselines;
use meshdelta_simulation::scenario::ScenarioName;
use meshdelta_simulation::study::{
    CoverageRow, Rate, StudySettings, VerdictRow, coverage, drift, verdicts,
};
use statrs::distribution::{Binomial, DiscreteCDF};

/// The chance that one comparison fails although nothing is wrong.
const ALPHA: f64 = 1e-3;

/// Series of each study; the longest has ten rounds.
const REPLICATIONS: u64 = 60;

fn settings(rounds: &[u32]) -> StudySettings {
    StudySettings {
        rounds: rounds.to_vec(),
        replications: REPLICATIONS,
        seed: 20_261_123,
    }
}

/// Checks a count against the band that its number of trials allows if the true percentage lies in a range.
fn assert_in_band(what: &str, rate: Rate, lowest: f64, highest: f64) {
    let band = |percent: f64| Binomial::new(percent / 100.0, rate.trials).unwrap();
    let fewest = band(lowest).inverse_cdf(ALPHA / 2.0);
    let most = band(highest).inverse_cdf(1.0 - ALPHA / 2.0);
    assert!(
        (fewest..=most).contains(&rate.count),
        "{what}: {} of {} are outside {fewest}..={most} ({lowest} to {highest} %)",
        rate.count,
        rate.trials,
    );
}

fn rows(scenario: ScenarioName, rounds: &[u32]) -> Vec<CoverageRow> {
    coverage(&scenario.scenario(), &settings(rounds)).unwrap()
}

fn name(row: &CoverageRow) -> String {
    format!(
        "{} {}, {:?} baselines, {} rounds, {}",
        row.scenario, row.phase, row.baselines, row.rounds, row.statistic
    )
}

/// Coverage of the population overhead away from the cliff: nominal for the paired t, above it for the hybrid t.
#[test]
fn intervals_of_two_rounds_and_more_cover_in_scenario_d() {
    let rows = rows(ScenarioName::D, &[2, 3, 5, 10]);
    let smooth = |row: &&CoverageRow| row.statistic != "p95";
    for row in rows.iter().filter(smooth) {
        let (lowest, highest) = if row.rounds < 5 {
            (95.0, 99.5)
        } else {
            (93.0, 97.0)
        };
        assert_in_band(&name(row), row.coverage, lowest, highest);
    }
    assert_eq!(rows.len(), 4 * 2 * 6);
}

/// The widths are those of the specification: a rule that covers by being wide would not pass.
#[test]
fn intervals_are_as_wide_as_specified() {
    let rows = rows(ScenarioName::D, &[2, 3, 5]);
    for (rounds, statistic, expected) in [
        (2, "p50", 13.1),
        (2, "p99", 86.3),
        (3, "p50", 10.4),
        (3, "p99", 67.2),
        (5, "p50", 7.3),
        (5, "p99", 50.7),
    ] {
        let found = rows.iter().find(|row| {
            row.baselines == Baselines::One && row.rounds == rounds && row.statistic == statistic
        });
        let row = found.unwrap();
        let ratio = row.width / expected;
        assert!(
            (ratio - 1.0).abs() < 0.15,
            "{}: {} instead of {expected}",
            name(row),
            row.width
        );
    }
}

/// One round covers its own overhead, and must not be believed about a rerun.
#[test]
fn one_round_covers_itself_and_not_the_population() {
    for scenario in [ScenarioName::B, ScenarioName::D, ScenarioName::F] {
        for row in rows(scenario, &[1]) {
            assert_in_band(&name(&row), row.own_coverage.unwrap(), 93.0, 98.0);
            if scenario == ScenarioName::F {
                assert!(row.coverage.percent() < 85.0, "{}", name(&row));
            }
        }
    }
}

/// The cliff: what is not promised is at least measured, and marked.
#[test]
fn where_the_tail_begins_coverage_is_lower_and_marked() {
    for row in rows(ScenarioName::F, &[3, 5]) {
        if row.statistic == "p95" {
            assert_in_band(&name(&row), row.coverage, 80.0, 92.0);
            assert!(row.skewed.percent() > 70.0, "{}", name(&row));
        }
        if row.statistic == "p50" && row.rounds == 3 {
            assert!(row.skewed.percent() < 10.0, "{}", name(&row));
        }
    }
}

fn verdict_rows(effect: f64, rounds: &[u32]) -> Vec<VerdictRow> {
    verdicts(&ScenarioName::D.scenario(), effect, &settings(rounds)).unwrap()
}

/// A phase that equals the baseline is rarely called different, and never by more than what matters at the median.
#[test]
fn a_phase_without_overhead_is_rarely_accused() {
    for row in verdict_rows(0.0, &[2, 3, 5, 10]) {
        let what = format!("{row:?}");
        assert_in_band(&what, row.claimed, 0.0, 5.5);
        assert_in_band(&what, row.beyond, 0.0, 2.0);
        if row.statistic == "p50" && row.rounds == 10 {
            assert_in_band(&what, row.equivalent, 95.0, 100.0);
        }
    }
}

/// An overhead of 10 % at the median is found in five rounds.
#[test]
fn an_overhead_is_found() {
    for row in verdict_rows(0.10, &[3, 5, 10]) {
        if row.statistic == "p50" {
            let what = format!("{row:?}");
            let (claimed, equivalent) = (row.claimed, row.equivalent);
            assert_in_band(&what, claimed, 92.0, 100.0);
            assert_in_band(&what, equivalent, 0.0, 0.5);
        }
    }
}

/// Tests of drift and order raise a false alarm in one run of twenty, and find 2 % per slot.
#[test]
fn drift_is_found_when_there_is_some() {
    let scenario = ScenarioName::D.scenario();
    for row in drift(&scenario, 0.0, &settings(&[5, 10])).unwrap() {
        let what = format!("{row:?}");
        for rate in [
            row.baseline_over_rounds,
            row.order_within_round,
            row.baseline_repeat,
        ] {
            assert_in_band(&what, rate, 4.0, 6.0);
        }
        assert_in_band(&what, row.within_slot, 3.0, 7.0);
    }
    for row in drift(&scenario, 0.02, &settings(&[5, 10])).unwrap() {
        if row.statistic == "p50" {
            let what = format!("{row:?}");
            assert_in_band(&what, row.baseline_over_rounds, 90.0, 100.0);
            assert_in_band(&what, row.order_within_round, 90.0, 100.0);
            assert_in_band(&what, row.baseline_repeat, 90.0, 100.0);
        }
    }
}

/// The same seed gives the same results on one thread and on several.
#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let how = StudySettings {
        replications: 4,
        ..settings(&[1, 2])
    };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap()
            .install(|| coverage(&ScenarioName::E.scenario(), &how).unwrap())
    };
    assert_eq!(on(1), on(3));
}
