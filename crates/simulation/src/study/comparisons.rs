//! What `compare` finds between runs whose true change is known: nothing, or one phase that became slower.

use std::collections::BTreeMap;

use meshdelta_stats::compare::{ChangeFamily, ChangeVerdict, Comparison, OverheadChange, compare};
use meshdelta_stats::experiment::{Analysis, Effect, EffectInterval, Metric, analyse};
use meshdelta_stats::{LogRatio, PhaseName};
use rayon::prelude::*;
use serde::Serialize;

use super::{Rate, STATISTICS, StudySettings, median, settings};
use crate::SimulationError;
use crate::run::{Baselines, simulate};
use crate::scenario::{Scenario, ScenarioName};
use crate::world::{Side, World};

/// The phase that is changed, and whose intervals are counted.
const PHASE: &str = "sidecar";

/// Runs on either side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Sides {
    /// Before.
    pub before: usize,
    /// After.
    pub after: usize,
}

impl Sides {
    const fn new(before: usize, after: usize) -> Self {
        Self { before, after }
    }

    /// The designs that are studied.
    pub const ALL: [Self; 4] = [
        Self::new(1, 1),
        Self::new(2, 2),
        Self::new(3, 1),
        Self::new(3, 3),
    ];
}

/// The most runs on a side.
const MOST_RUNS: u64 = 3;

/// What comparisons of one design say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonRow {
    /// The scenario.
    pub scenario: ScenarioName,
    /// What differs between runs.
    pub world: World,
    /// Runs on either side.
    pub sides: Sides,
    /// Rounds in a run.
    pub rounds: u32,
    /// The intervals of the changed phase.
    pub intervals: Vec<IntervalRow>,
    /// Comparisons that claim a direction for the median or p99 of a phase that did not change.
    pub false_primary: Rate,
    /// Those that say "regressed" or "improved" there.
    pub false_beyond_primary: Rate,
    /// Comparisons that claim a direction for another latency of a phase that did not change.
    pub false_exploratory: Rate,
    /// Those that say "regressed" or "improved" there.
    pub false_beyond_exploratory: Rate,
    /// Comparisons that claim the right direction for the median of the changed phase; of no trials without a change.
    pub found: Rate,
    /// Those that say "regressed" there.
    pub regressed: Rate,
}

/// The intervals of one statistic of the changed phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IntervalRow {
    /// The statistic.
    pub statistic: String,
    /// How often the interval of the change of the overhead contains the true change.
    pub coverage: Rate,
    /// Its median full width, `100 ln`.
    pub width: f64,
    /// How often the interval of the change of the plain value contains it, which has machines and days in it.
    pub plain_coverage: Rate,
}

type Design = (u32, Sides);

/// What one comparison says.
struct Observation {
    /// By statistic.
    intervals: Vec<Contained>,
    primary: FalseClaims,
    exploratory: FalseClaims,
    found: Option<ChangeVerdict>,
}

/// Whether the intervals of one statistic contain the truth.
#[derive(Clone, Copy)]
struct Contained {
    /// Of the change, with the width of the interval.
    change: Option<(bool, f64)>,
    /// Of the plain value.
    plain: Option<bool>,
}

/// What is said of phases that did not change, in one family.
struct FalseClaims {
    /// A direction.
    any: bool,
    /// More than matters.
    beyond: bool,
}

/// Compares simulated runs of a world. Both sides are of the same scenario, but for the change; runs have two baselines in a round.
pub fn comparisons(
    scenario: &Scenario,
    world: World,
    how: &StudySettings,
) -> Result<Vec<ComparisonRow>, SimulationError> {
    let replicates: Vec<Vec<(Design, Observation)>> = (0..how.replications)
        .into_par_iter()
        .map(|replicate| observe_replicate(scenario, world, how, replicate))
        .collect::<Result<_, SimulationError>>()?;
    let mut found: BTreeMap<Design, Vec<Observation>> = BTreeMap::new();
    for (design, observation) in replicates.into_iter().flatten() {
        found.entry(design).or_default().push(observation);
    }
    Ok(found
        .into_iter()
        .map(|(design, observations)| row(scenario.name, world, design, &observations))
        .collect())
}

fn observe_replicate(
    scenario: &Scenario,
    world: World,
    how: &StudySettings,
    replicate: u64,
) -> Result<Vec<(Design, Observation)>, SimulationError> {
    let mut before = BTreeMap::new();
    let mut after = BTreeMap::new();
    for number in 0..2 * MOST_RUNS {
        let (side, analyses) = if number < MOST_RUNS {
            (Side::Before, &mut before)
        } else {
            (Side::After, &mut after)
        };
        let stream = replicate * 2 * MOST_RUNS + number;
        let of_run = world.scenario_of_run(scenario, PHASE, side, how.seed, stream);
        let run = simulate(&of_run, how.longest(), how.seed, stream)?;
        for &rounds in &how.rounds {
            let experiment = run.experiment(0..rounds, Baselines::Two);
            let of_rounds: &mut Vec<Analysis> = analyses.entry(rounds).or_default();
            of_rounds.push(analyse(&experiment, &settings())?);
        }
    }
    let mut observations = Vec::new();
    for (rounds, before) in &before {
        let after = &after[rounds];
        for sides in Sides::ALL {
            let before: Vec<&Analysis> = before.iter().take(sides.before).collect();
            let after: Vec<&Analysis> = after.iter().take(sides.after).collect();
            let comparison = compare(&before, &after, &BTreeMap::new());
            observations.push(((*rounds, sides), observe(&comparison, world)));
        }
    }
    Ok(observations)
}

fn observe(comparison: &Comparison, world: World) -> Observation {
    let phase = PhaseName::new(PHASE);
    let truth = world.change.ln_1p();
    let intervals = STATISTICS.map(|statistic| {
        let metric = Metric::Latency(statistic);
        let change = comparison.change(&phase, &metric);
        let span = change
            .and_then(|change| change.precision.as_ref().ok())
            .and_then(|precision| log_span(&precision.interval));
        let plain = comparison.value(&phase, &metric);
        let plain = plain.and_then(|value| log_span(value.interval.as_ref()?));
        let contains = |(lower, upper): (f64, f64)| (lower..=upper).contains(&truth);
        let of_change = span.map(|span| (contains(span), span.1 - span.0));
        Contained {
            change: of_change,
            plain: plain.map(contains),
        }
    });
    let is_changed = |change: &OverheadChange| world.change != 0.0 && change.phase == phase;
    let is_said = |family: ChangeFamily, of: fn(ChangeVerdict) -> bool| {
        let unchanged = comparison.changes.iter().filter(|one| !is_changed(one));
        unchanged
            .filter(|change| change.family == family)
            .any(|change| of(change.verdict))
    };
    let beyond = |verdict| matches!(verdict, ChangeVerdict::Regressed | ChangeVerdict::Improved);
    let claims_of = |family| FalseClaims {
        any: is_said(family, ChangeVerdict::claims_direction),
        beyond: is_said(family, beyond),
    };
    let median = comparison.change(&phase, &Metric::Latency(STATISTICS[0]));
    Observation {
        intervals: intervals.to_vec(),
        primary: claims_of(ChangeFamily::Primary),
        exploratory: claims_of(ChangeFamily::Exploratory),
        found: median
            .filter(|change| is_changed(change))
            .map(|change| change.verdict),
    }
}

fn log_span(interval: &EffectInterval) -> Option<(f64, f64)> {
    let log = |effect: &Effect| effect.log_ratio.map(LogRatio::get);
    Some((log(&interval.lower)?, log(&interval.upper)?))
}

fn row(
    scenario: ScenarioName,
    world: World,
    (rounds, sides): Design,
    observations: &[Observation],
) -> ComparisonRow {
    let rate = |of: fn(&Observation) -> bool| Rate::of(observations.iter().map(of));
    let found = || observations.iter().filter_map(|one| one.found);
    let intervals = STATISTICS.iter().enumerate().map(|(place, &statistic)| {
        let of_change = || {
            observations
                .iter()
                .filter_map(move |one| one.intervals[place].change)
        };
        let plain = observations
            .iter()
            .filter_map(|one| one.intervals[place].plain);
        IntervalRow {
            statistic: Metric::Latency(statistic).to_string(),
            coverage: Rate::of(of_change().map(|(covers, _)| covers)),
            width: 100.0 * median(of_change().map(|(_, width)| width).collect()),
            plain_coverage: Rate::of(plain),
        }
    });
    let is_worse = |verdict| {
        matches!(
            verdict,
            ChangeVerdict::Regressed | ChangeVerdict::WorseSizeUnclear
        )
    };
    ComparisonRow {
        scenario,
        world,
        sides,
        rounds,
        intervals: intervals.collect(),
        false_primary: rate(|one| one.primary.any),
        false_beyond_primary: rate(|one| one.primary.beyond),
        false_exploratory: rate(|one| one.exploratory.any),
        false_beyond_exploratory: rate(|one| one.exploratory.beyond),
        found: Rate::of(found().map(is_worse)),
        regressed: Rate::of(found().map(|verdict| verdict == ChangeVerdict::Regressed)),
    }
}
