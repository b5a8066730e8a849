//! How often intervals contain the truth, and how wide they are.

use std::collections::BTreeMap;

use meshdelta_stats::experiment::{Badge, Effect, EffectInterval, Metric, Overhead, analyse};
use meshdelta_stats::{LogRatio, PhaseName};
use rayon::prelude::*;
use serde::Serialize;

use super::{Rate, STATISTICS, StudySettings, median, settings};
use crate::SimulationError;
use crate::run::{Baselines, SimulatedRun, simulate};
use crate::scenario::{Scenario, ScenarioName};
use crate::truth::Truth;

/// What the runs of one design say about one statistic of one phase. Widths and differences are `100 ln`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CoverageRow {
    /// The scenario.
    pub scenario: ScenarioName,
    /// The phase.
    pub phase: &'static str,
    /// Baselines in a round.
    pub baselines: Baselines,
    /// Rounds in a run.
    pub rounds: u32,
    /// The statistic.
    pub statistic: String,
    /// The population overhead.
    pub truth: f64,
    /// How often the default interval contains it.
    pub coverage: Rate,
    /// For one round: how often it contains the overhead of the round itself.
    pub own_coverage: Option<Rate>,
    /// How often it contains the overhead in a world without effects of rounds and slots.
    pub typical_coverage: Rate,
    /// Median full width of the default interval.
    pub width: f64,
    /// From two rounds: coverage by the other of the two rules.
    pub other_coverage: Option<Rate>,
    /// Its median full width.
    pub other_width: Option<f64>,
    /// Median resolution error, which every width contains twice.
    pub resolution_error: f64,
    /// Mean of the estimates less the truth.
    pub bias: f64,
    /// How often the overhead is marked as skewed.
    pub skewed: Rate,
    /// How often among the intervals that miss.
    pub skewed_when_missed: Rate,
}

/// What one run says.
struct Observation {
    covers: bool,
    covers_own: Option<bool>,
    covers_typical: bool,
    width: f64,
    other: Option<(bool, f64)>,
    resolution_error: f64,
    error: f64,
    skewed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Design {
    baselines: Baselines,
    phase: &'static str,
    rounds: u32,
    statistic: usize,
}

/// Measures the coverage of a scenario's reported phases.
pub fn coverage(
    scenario: &Scenario,
    how: &StudySettings,
) -> Result<Vec<CoverageRow>, SimulationError> {
    let truth = Truth::new(scenario);
    let targets: BTreeMap<(&str, usize), (f64, f64)> = scenario
        .reported()
        .flat_map(|phase| STATISTICS.iter().enumerate().map(move |one| (phase, one)))
        .map(|(phase, (place, &statistic))| {
            let values = (
                truth.population(statistic, phase),
                truth.typical(statistic, phase),
            );
            ((phase.name, place), values)
        })
        .collect();
    let series: Vec<Vec<(Design, Observation)>> = (0..how.replications)
        .into_par_iter()
        .map(|replicate| {
            let run = simulate(scenario, how.longest(), how.seed, replicate)?;
            observe_series(scenario, &run, how, &truth, &targets)
        })
        .collect::<Result<_, SimulationError>>()?;
    let mut found: BTreeMap<Design, Vec<Observation>> = BTreeMap::new();
    for (design, observation) in series.into_iter().flatten() {
        found.entry(design).or_default().push(observation);
    }
    Ok(found
        .into_iter()
        .map(|(design, observations)| {
            let (population, _) = targets[&(design.phase, design.statistic)];
            row(scenario.name, design, population, &observations)
        })
        .collect())
}

fn observe_series(
    scenario: &Scenario,
    run: &SimulatedRun,
    how: &StudySettings,
    truth: &Truth,
    targets: &BTreeMap<(&str, usize), (f64, f64)>,
) -> Result<Vec<(Design, Observation)>, SimulationError> {
    let settings = settings();
    let mut observations = Vec::new();
    for baselines in Baselines::ALL {
        for &rounds in &how.rounds {
            for part in how.runs(rounds) {
                let first = part.start;
                let analysis = analyse(&run.experiment(part, baselines), &settings)?;
                for phase in scenario.reported() {
                    for (place, &statistic) in STATISTICS.iter().enumerate() {
                        let (population, typical) = targets[&(phase.name, place)];
                        let own = (rounds == 1).then(|| {
                            run.own_target(truth, first, baselines, phase.name, statistic)
                        });
                        let metric = Metric::Latency(statistic);
                        let observed = analysis
                            .overhead(&PhaseName::new(phase.name), &metric)
                            .and_then(|estimate| estimate.estimated())
                            .and_then(|overhead| observe(overhead, population, typical, own));
                        let design = Design {
                            baselines,
                            phase: phase.name,
                            rounds,
                            statistic: place,
                        };
                        observations.extend(observed.map(|observed| (design, observed)));
                    }
                }
            }
        }
    }
    Ok(observations)
}

fn observe(
    overhead: &Overhead,
    population: f64,
    typical: f64,
    own: Option<f64>,
) -> Option<Observation> {
    let interval = span(&overhead.inference.interval()?)?;
    let covers = |(lower, upper): (f64, f64), target: f64| lower <= target && target <= upper;
    let other = overhead
        .inference
        .run_level()
        .and_then(|run| run.alternative.as_ref())
        .and_then(|other| span(&other.interval));
    Some(Observation {
        covers: covers(interval, population),
        covers_own: own.map(|own| covers(interval, own)),
        covers_typical: covers(interval, typical),
        width: interval.1 - interval.0,
        other: other.map(|other| (covers(other, population), other.1 - other.0)),
        resolution_error: log_of(&overhead.resolution_error)?,
        error: log_of(&overhead.point)? - population,
        skewed: overhead.badges.contains(&Badge::Skewed),
    })
}

fn log_of(effect: &Effect) -> Option<f64> {
    effect.log_ratio.map(LogRatio::get)
}

fn span(interval: &EffectInterval) -> Option<(f64, f64)> {
    Some((log_of(&interval.lower)?, log_of(&interval.upper)?))
}

fn row(
    scenario: ScenarioName,
    design: Design,
    truth: f64,
    observations: &[Observation],
) -> CoverageRow {
    let all = || observations.iter();
    let rate = |of: fn(&Observation) -> bool| Rate::of(all().map(of));
    let others = || all().filter_map(|one| one.other);
    let has_other = others().next().is_some();
    let metric = Metric::Latency(STATISTICS[design.statistic]);
    CoverageRow {
        scenario,
        phase: design.phase,
        baselines: design.baselines,
        rounds: design.rounds,
        statistic: metric.to_string(),
        truth: 100.0 * truth,
        coverage: rate(|one| one.covers),
        own_coverage: (design.rounds == 1)
            .then(|| Rate::of(all().filter_map(|one| one.covers_own))),
        typical_coverage: rate(|one| one.covers_typical),
        width: 100.0 * median(all().map(|one| one.width).collect()),
        other_coverage: has_other.then(|| Rate::of(others().map(|(covers, _)| covers))),
        other_width: has_other.then(|| 100.0 * median(others().map(|(_, width)| width).collect())),
        resolution_error: 100.0 * median(all().map(|one| one.resolution_error).collect()),
        bias: 100.0 * all().map(|one| one.error).sum::<f64>() / observations.len() as f64,
        skewed: rate(|one| one.skewed),
        skewed_when_missed: Rate::of(all().filter(|one| !one.covers).map(|one| one.skewed)),
    }
}
