//! The noise floor: the baseline against itself.

use meshdelta_stats::experiment::{NoiseFloor as StatsFloor, NoiseRound};

use crate::analysis::RunEvaluation;
use crate::analysis::convert::{effect, effect_interval, latency_metric};
use crate::model::{Measured, NoiseFloor, RoundDifference, Statistic};

/// Returns the noise floor of every statistic that has one.
pub(in crate::analysis) fn noise_floors(evaluation: &RunEvaluation<'_>) -> Vec<NoiseFloor> {
    Statistic::ALL
        .into_iter()
        .filter_map(|statistic| {
            let metric = latency_metric(statistic);
            let drift = evaluation
                .analysis
                .drift
                .iter()
                .find(|drift| drift.metric == metric)?;
            noise_floor(evaluation, statistic, drift.baseline_repeat.as_ref()?)
        })
        .collect()
}

fn noise_floor(
    evaluation: &RunEvaluation<'_>,
    statistic: Statistic,
    floor: &StatsFloor,
) -> Option<NoiseFloor> {
    let interval = floor.interval.as_ref().and_then(effect_interval);
    let round = |found: &NoiseRound| {
        Some(RoundDifference {
            round: found.round.0,
            slot: last_baseline(evaluation, found.round.0),
            effect: effect(&found.effect)?,
        })
    };
    Some(NoiseFloor {
        statistic,
        largest: effect(&floor.largest)?,
        mean: effect(&floor.mean)?,
        interval: interval.map_or_else(
            || Measured::unknown("one round with two baselines has no replication"),
            Measured::known,
        ),
        round_differences: floor.rounds.iter().filter_map(round).collect(),
    })
}

fn last_baseline(evaluation: &RunEvaluation<'_>, round: u32) -> u32 {
    let slots = evaluation.experiment.slots.iter();
    slots
        .filter(|slot| slot.is_baseline && slot.exclusion.is_none() && slot.round.0 == round)
        .map(|slot| slot.position.0)
        .max()
        .unwrap_or(0)
}
