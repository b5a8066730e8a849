//! The numbers of one overhead.

use meshdelta_stats::experiment::{
    Inference, NoInterval, Overhead as StatsOverhead, RunLevelInterval,
};
use meshdelta_stats::planning::RoundsNeeded;

use crate::analysis::RunEvaluation;
use crate::analysis::convert::{effect, effect_interval, method, no_interval_reason, verdict};
use crate::model::{
    AlternativeEstimate, Effect, EffectInterval, EstimateMethod, Measured, OverheadEstimate,
    PhaseId, RoundDifference, StandardError,
};

/// Turns an estimated overhead into that of the model.
pub(super) fn estimate(
    evaluation: &RunEvaluation<'_>,
    phase: &PhaseId,
    overhead: &StatsOverhead,
) -> Measured<OverheadEstimate> {
    let (Some(point), Some(log_difference)) = (effect(&overhead.point), overhead.point.log_ratio)
    else {
        return Measured::unknown("a value is zero, so there is no ratio");
    };
    let precision = Precision::new(&overhead.inference);
    Measured::known(OverheadEstimate {
        point,
        interval: precision.interval,
        equivalence_interval: precision.equivalence_interval,
        simultaneous_interval: precision.simultaneous_interval,
        round_differences: round_differences(evaluation, phase, overhead),
        method: precision.method,
        rounds: u32::try_from(overhead.rounds.len()).unwrap_or(u32::MAX),
        degrees_of_freedom: precision.degrees_of_freedom,
        log_difference: log_difference.get(),
        standard_error: precision.standard_error,
        resolution_error_log: overhead
            .resolution_error
            .log_ratio
            .map_or(0.0, meshdelta_stats::LogRatio::get),
        resolution: resolution(overhead),
        rounds_needed: rounds_needed(overhead),
        alternatives: overhead
            .inference
            .run_level()
            .map(|run| alternatives(run, point))
            .unwrap_or_default(),
    })
}

/// What an inference says about precision.
struct Precision {
    interval: Measured<EffectInterval>,
    equivalence_interval: Option<EffectInterval>,
    simultaneous_interval: Option<EffectInterval>,
    method: EstimateMethod,
    degrees_of_freedom: Option<f64>,
    standard_error: Option<StandardError>,
}

impl Precision {
    fn new(inference: &Inference) -> Self {
        match inference {
            Inference::RunLevel(run) => Self {
                interval: known(effect_interval(&run.interval)),
                equivalence_interval: effect_interval(&run.interval90),
                simultaneous_interval: effect_interval(&run.simultaneous),
                method: method(run.method),
                degrees_of_freedom: Some(run.degrees_of_freedom),
                standard_error: Some(StandardError {
                    log: run.standard_error,
                    paired: Some(run.parts.paired),
                    pooled: run.parts.two_way,
                    within_run: run.parts.within,
                }),
            },
            Inference::WithinRun(within) => Self {
                interval: known(effect_interval(&within.interval)),
                equivalence_interval: effect_interval(&within.interval90),
                simultaneous_interval: None,
                method: EstimateMethod::WithinRun,
                degrees_of_freedom: Some(within.degrees_of_freedom),
                standard_error: Some(StandardError {
                    log: within.standard_error,
                    paired: None,
                    pooled: None,
                    within_run: Some(within.standard_error),
                }),
            },
            Inference::ValueOnly { cause } => Self {
                interval: Measured::unknown(no_interval_reason(*cause)),
                equivalence_interval: None,
                simultaneous_interval: None,
                method: EstimateMethod::PointOnly,
                degrees_of_freedom: None,
                standard_error: None,
            },
        }
    }
}

fn known(interval: Option<EffectInterval>) -> Measured<EffectInterval> {
    interval.map_or_else(
        || Measured::unknown("a value is zero, so there is no ratio"),
        Measured::known,
    )
}

fn round_differences(
    evaluation: &RunEvaluation<'_>,
    phase: &PhaseId,
    overhead: &StatsOverhead,
) -> Vec<RoundDifference> {
    let slot_in = |round: u32| {
        evaluation
            .slots
            .iter()
            .map(|slot| slot.series.record)
            .find(|record| record.phase.as_str() == phase.as_str() && record.id.round + 1 == round)
            .map_or(0, |record| record.id.slot + 1)
    };
    overhead
        .rounds
        .iter()
        .filter_map(|round| {
            Some(RoundDifference {
                round: round.round.0,
                slot: slot_in(round.round.0),
                effect: effect(&round.effect)?,
            })
        })
        .collect()
}

fn resolution(overhead: &StatsOverhead) -> Measured<Effect> {
    let known = overhead.resolution.as_ref().and_then(effect);
    known.map_or_else(|| Measured::unknown(no_spread(overhead)), Measured::known)
}

/// Why nothing is known about the spread of rounds.
fn no_spread(overhead: &StatsOverhead) -> String {
    let cause = if overhead.rounds.len() > 1 {
        NoInterval::NoVariation
    } else {
        NoInterval::OneRound
    };
    no_interval_reason(cause)
}

fn rounds_needed(overhead: &StatsOverhead) -> Measured<u32> {
    match overhead.rounds_needed {
        Some(RoundsNeeded::About { rounds }) => Measured::known(rounds),
        Some(RoundsNeeded::MoreThan { rounds }) => {
            Measured::unknown(format!("more than {rounds} rounds"))
        }
        Some(RoundsNeeded::LimitedByBuckets) => {
            Measured::unknown("the buckets are too wide for any number of rounds")
        }
        None => Measured::unknown(no_spread(overhead)),
    }
}

fn alternatives(run: &RunLevelInterval, point: Effect) -> Vec<AlternativeEstimate> {
    let other_rule = run.alternative.as_ref().map(|other| AlternativeEstimate {
        method: method(other.method),
        point,
        interval: known(effect_interval(&other.interval)),
        verdict: verdict(other.verdict),
    });
    let signed_rank = run.signed_rank.as_ref().and_then(|other| {
        Some(AlternativeEstimate {
            method: EstimateMethod::HodgesLehmann,
            point: effect(&other.estimate)?,
            interval: known(effect_interval(&other.interval)),
            verdict: verdict(other.verdict),
        })
    });
    other_rule.into_iter().chain(signed_rank).collect()
}
