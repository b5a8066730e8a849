//! How often the tests of drift and order find something, with and without drift.

use std::collections::BTreeMap;

use meshdelta_stats::Quantile;
use meshdelta_stats::drift::TrendTest;
use meshdelta_stats::experiment::{AnalysisSettings, Statistic, analyse};
use rayon::prelude::*;
use serde::Serialize;

use super::{Rate, StudySettings};
use crate::SimulationError;
use crate::run::{Baselines, simulate};
use crate::scenario::{Scenario, ScenarioName};

const PRIMARY: [Quantile; 2] = [Quantile::P50, Quantile::P99];

/// How often each test finds something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftRow {
    /// The scenario.
    pub scenario: ScenarioName,
    /// The true drift per slot, on the logarithmic scale.
    pub drift_per_slot: f64,
    /// Rounds in a run.
    pub rounds: u32,
    /// The statistic.
    pub statistic: String,
    /// The slope of the baseline over rounds; needs three rounds.
    pub baseline_over_rounds: Rate,
    /// The slope over places within rounds.
    pub order_within_round: Rate,
    /// Last baseline against first; needs two rounds.
    pub baseline_repeat: Rate,
    /// The slope of the median within a slot, over all slots; the same in the rows of all statistics.
    pub within_slot: Rate,
}

#[derive(Default)]
struct Found {
    baseline_over_rounds: Vec<bool>,
    order_within_round: Vec<bool>,
    baseline_repeat: Vec<bool>,
    within_slot: Vec<bool>,
}

/// Runs the tests on a scenario with a drift in place of its own; runs have two baselines in a round.
pub fn drift(
    scenario: &Scenario,
    drift_per_slot: f64,
    how: &StudySettings,
) -> Result<Vec<DriftRow>, SimulationError> {
    let scenario = Scenario {
        drift_per_slot,
        ..*scenario
    };
    let settings = AnalysisSettings {
        statistics: PRIMARY.map(Statistic::Quantile).to_vec(),
        shift_functions: false,
        ..AnalysisSettings::default()
    };
    let one_series = |replicate| {
        let run = simulate(&scenario, how.longest(), how.seed, replicate)?;
        let mut all = Vec::new();
        for &rounds in &how.rounds {
            for part in how.runs(rounds) {
                let analysis = analyse(&run.experiment(part, Baselines::Two), &settings)?;
                all.push((rounds, analysis.drift, analysis.stationarity));
            }
        }
        Ok(all)
    };
    let series: Vec<Vec<_>> = (0..how.replications)
        .into_par_iter()
        .map(one_series)
        .collect::<Result<_, SimulationError>>()?;
    let mut found: BTreeMap<(u32, usize), Found> = BTreeMap::new();
    for (rounds, reports, stationarity) in series.into_iter().flatten() {
        for (place, report) in reports.into_iter().enumerate() {
            let entry = found.entry((rounds, place)).or_default();
            let is_found = |test: Option<TrendTest>| test.map(|test| test.found);
            entry
                .baseline_over_rounds
                .extend(is_found(report.baseline_over_rounds));
            entry
                .order_within_round
                .extend(is_found(report.order_within_round));
            let repeat = report
                .baseline_repeat
                .filter(|floor| floor.interval.is_some());
            entry
                .baseline_repeat
                .extend(repeat.map(|floor| floor.drift_found));
            entry
                .within_slot
                .extend(stationarity.iter().map(|slot| slot.found));
        }
    }
    Ok(found
        .into_iter()
        .map(|((rounds, place), found)| DriftRow {
            scenario: scenario.name,
            drift_per_slot,
            rounds,
            statistic: PRIMARY[place].to_string(),
            baseline_over_rounds: Rate::of(found.baseline_over_rounds),
            order_within_round: Rate::of(found.order_within_round),
            baseline_repeat: Rate::of(found.baseline_repeat),
            within_slot: Rate::of(found.within_slot),
        })
        .collect())
}
