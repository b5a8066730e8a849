//! Which verdicts are given when the truth is known.

use std::collections::BTreeMap;

use meshdelta_stats::experiment::{AnalysisSettings, Badge, Metric, Overhead, Statistic, analyse};
use meshdelta_stats::{Amount, LogRatio, MinimumEffect, PhaseName, Quantile, Relative, Verdict};
use rayon::prelude::*;
use serde::Serialize;

use super::{Rate, StudySettings};
use crate::SimulationError;
use crate::run::{Baselines, simulate};
use crate::scenario::{Scenario, ScenarioName};

/// The statistics of the primary family.
const PRIMARY: [Quantile; 2] = [Quantile::P50, Quantile::P99];

/// The phase that has the effect.
const PHASE: &str = "sidecar";

/// The smallest effect that matters in this study, for both statistics.
const MARGIN: f64 = 0.05;

/// Shares of verdicts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerdictRow {
    /// The scenario.
    pub scenario: ScenarioName,
    /// The true overhead, relative.
    pub effect: f64,
    /// Baselines in a round; with two, effects below the noise floor are not claimed.
    pub baselines: Baselines,
    /// Rounds in a run.
    pub rounds: u32,
    /// The statistic.
    pub statistic: String,
    /// A direction is claimed.
    pub claimed: Rate,
    /// The whole interval lies beyond the smallest effect that matters.
    pub beyond: Rate,
    /// Equivalent; for one round "observed similar".
    pub equivalent: Rate,
    /// Inconclusive; for one round "unclear".
    pub inconclusive: Rate,
    /// A claim was taken away because the baseline differs from itself by more.
    pub capped: Rate,
}

struct Observation {
    verdict: Verdict,
    beyond: bool,
    capped: bool,
}

/// Counts the verdicts on one phase whose requests are all slower by `effect` (0 for A/A).
pub fn verdicts(
    scenario: &Scenario,
    effect: f64,
    how: &StudySettings,
) -> Result<Vec<VerdictRow>, SimulationError> {
    let scenario = scenario.with_only_effect(PHASE, 1.0 + effect);
    let minimum = MinimumEffect {
        relative: Relative(MARGIN),
        absolute: Amount(0.0),
    };
    let statistics = PRIMARY.map(Statistic::Quantile);
    let settings = AnalysisSettings {
        statistics: statistics.to_vec(),
        minimum_effects: statistics.into_iter().map(|one| (one, minimum)).collect(),
        shift_functions: false,
        ..AnalysisSettings::default()
    };
    let one_series = |replicate| {
        let run = simulate(&scenario, how.longest(), how.seed, replicate)?;
        let mut observations = Vec::new();
        for baselines in Baselines::ALL {
            for &rounds in &how.rounds {
                for part in how.runs(rounds) {
                    let analysis = analyse(&run.experiment(part, baselines), &settings)?;
                    for (place, statistic) in statistics.into_iter().enumerate() {
                        let metric = Metric::Latency(statistic);
                        let observed = analysis
                            .overhead(&PhaseName::new(PHASE), &metric)
                            .and_then(|estimate| estimate.estimated())
                            .map(|overhead| ((baselines, rounds, place), observe(overhead)));
                        observations.extend(observed);
                    }
                }
            }
        }
        Ok(observations)
    };
    let series: Vec<Vec<_>> = (0..how.replications)
        .into_par_iter()
        .map(one_series)
        .collect::<Result<_, SimulationError>>()?;
    let mut found: BTreeMap<_, Vec<Observation>> = BTreeMap::new();
    for (design, observation) in series.into_iter().flatten() {
        found.entry(design).or_default().push(observation);
    }
    Ok(found
        .into_iter()
        .map(|((baselines, rounds, place), observations)| {
            let share = |of: &dyn Fn(&Observation) -> bool| Rate::of(observations.iter().map(of));
            let is = |verdicts: [Verdict; 3]| {
                share(&move |one: &Observation| verdicts.contains(&one.verdict))
            };
            VerdictRow {
                scenario: scenario.name,
                effect,
                baselines,
                rounds,
                statistic: PRIMARY[place].to_string(),
                claimed: share(&|one| one.verdict.claims_direction()),
                beyond: share(&|one| one.beyond),
                equivalent: is([
                    Verdict::Equivalent,
                    Verdict::EquivalentMeasurable,
                    Verdict::ObservedSimilar,
                ]),
                inconclusive: is([
                    Verdict::Inconclusive,
                    Verdict::Unclear,
                    Verdict::NotEstimable,
                ]),
                capped: share(&|one| one.capped),
            }
        })
        .collect())
}

fn observe(overhead: &Overhead) -> Observation {
    let log =
        |effect: &meshdelta_stats::experiment::Effect| effect.log_ratio.map_or(0.0, LogRatio::get);
    let margin = log(&overhead.margin);
    let beyond = overhead
        .inference
        .interval()
        .is_some_and(|interval| log(&interval.lower) > margin || log(&interval.upper) < -margin);
    Observation {
        verdict: overhead.verdict,
        beyond,
        capped: overhead.badges.contains(&Badge::BelowNoiseFloor),
    }
}
