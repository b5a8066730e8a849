//! Latencies as such.

use std::collections::BTreeMap;

use meshdelta_stats::experiment::{
    Absolute as StatsAbsolute, AbsoluteInference, AbsoluteResult, Analysis, NoInterval, SlotValue,
};
use meshdelta_stats::quantile::{
    LOW_COUNT_TAIL, PessimisticQuantile as StatsPessimistic, tail_count,
};
use meshdelta_stats::{PhaseName, Quantile};

use super::RunEvaluation;
use super::convert::{
    latency_metric, no_interval_reason, not_estimable_reason, phase_id, stats_name,
};
use crate::model::{
    Absolute, AbsoluteValue, Badge, Interval, Measured, PessimisticQuantile, RoundValue, Seconds,
    Statistic,
};

/// Returns the latency of every phase at every statistic.
pub(super) fn absolutes(evaluation: &RunEvaluation<'_>) -> Vec<Absolute> {
    let phases = evaluation.manifest.plan.phases.iter();
    phases
        .flat_map(|phase| Statistic::ALL.map(|statistic| absolute(evaluation, phase, statistic)))
        .collect()
}

fn absolute(
    evaluation: &RunEvaluation<'_>,
    phase: &meshdelta_run::Phase,
    statistic: Statistic,
) -> Absolute {
    let name = stats_name(&phase.id);
    let found = find(&evaluation.analysis, &name, statistic);
    // When no request failed, all requests are the successful ones.
    let analysis_of_all = evaluation
        .all_requests
        .as_ref()
        .unwrap_or(&evaluation.analysis);
    let all = find(analysis_of_all, &name, statistic).ok();
    Absolute {
        phase: phase_id(&phase.id),
        statistic,
        badges: found
            .as_ref()
            .map(|found| badges(found))
            .unwrap_or_default(),
        value: match found {
            Err(reason) => Measured::unknown(reason),
            Ok(found) => Measured::known(value(statistic, found, all)),
        },
    }
}

fn find<'a>(
    analysis: &'a Analysis,
    phase: &PhaseName,
    statistic: Statistic,
) -> Result<&'a StatsAbsolute, String> {
    match analysis.absolute(phase, &latency_metric(statistic)) {
        None => Err("not measured".to_owned()),
        Some(found) => match &found.result {
            AbsoluteResult::Estimated(absolute) => Ok(absolute),
            AbsoluteResult::NotEstimable { cause } => Err(not_estimable_reason(cause)),
        },
    }
}

fn value(
    statistic: Statistic,
    absolute: &StatsAbsolute,
    all: Option<&StatsAbsolute>,
) -> AbsoluteValue {
    let sample_count = absolute.count.unwrap_or(0);
    AbsoluteValue {
        point_seconds: Seconds::new(absolute.value.get()),
        interval_seconds: interval(&absolute.inference),
        bucket_bounds_seconds: absolute
            .bounds
            .map(|bounds| Interval::new(bounds.lower.get(), bounds.upper.get())),
        prometheus_seconds: absolute.prometheus.map(|value| Seconds::new(value.get())),
        all_requests_seconds: all.map(|all| Seconds::new(all.value.get())),
        sample_count,
        tail_count: beyond(statistic, sample_count),
        pessimistic: pessimistic(absolute),
        rounds: rounds(&absolute.slots),
    }
}

fn interval(inference: &AbsoluteInference) -> Measured<Interval<Seconds>> {
    match inference {
        AbsoluteInference::RunLevel { interval, .. }
        | AbsoluteInference::WithinRun { interval } => {
            Measured::known(Interval::new(interval.lower.get(), interval.upper.get()))
        }
        AbsoluteInference::ValueOnly { cause } => Measured::unknown(no_interval_reason(*cause)),
    }
}

/// The observations beyond a quantile, over all slots.
fn beyond(statistic: Statistic, sample_count: u64) -> Option<u64> {
    let quantile = Quantile::try_new(statistic.quantile()?).ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a count"
    )]
    Some(tail_count(sample_count, quantile).round() as u64)
}

fn pessimistic(absolute: &StatsAbsolute) -> Option<PessimisticQuantile> {
    let found = absolute.pessimistic?;
    Some(match found {
        _ if !absolute.show_pessimistic => PessimisticQuantile::SameBucket,
        StatsPessimistic::Within { value, .. } => PessimisticQuantile::Value {
            seconds: Seconds::new(value.get()),
        },
        StatsPessimistic::Beyond { largest } => PessimisticQuantile::BeyondObserved {
            largest_seconds: Seconds::new(largest.get()),
        },
    })
}

/// The geometric mean of the slots of each round.
fn rounds(slots: &[SlotValue]) -> Vec<RoundValue> {
    let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for slot in slots {
        rounds
            .entry(slot.round.0)
            .or_default()
            .push(slot.value.get());
    }
    let mean = |values: &[f64]| {
        let logs: f64 = values.iter().map(|value| value.ln()).sum();
        (logs / values.len() as f64).exp()
    };
    rounds
        .into_iter()
        .map(|(round, values)| RoundValue {
            round,
            seconds: Seconds::new(mean(&values)),
        })
        .collect()
}

fn badges(absolute: &StatsAbsolute) -> Vec<Badge> {
    let of_interval = match &absolute.inference {
        AbsoluteInference::RunLevel { .. } => None,
        AbsoluteInference::WithinRun { .. } => Some(Badge::WithinRunOnly),
        AbsoluteInference::ValueOnly {
            cause: NoInterval::TooFewCells { .. },
        } => Some(Badge::TooFewIntervals),
        AbsoluteInference::ValueOnly { .. } => Some(Badge::NoInterval),
    };
    let low = absolute
        .tail
        .is_some_and(|tail| tail < LOW_COUNT_TAIL * (1.0 - 1e-9));
    of_interval
        .into_iter()
        .chain(low.then_some(Badge::LowCount))
        .collect()
}
