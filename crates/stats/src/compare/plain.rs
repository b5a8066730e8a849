//! Plain differences between two sides. They include what machines and days differ in, so they are shown beside the change of the overhead.

use std::collections::BTreeMap;

use serde::Serialize;

use super::OverheadPair;
use crate::experiment::{
    Absolute, AbsoluteResult, Analysis, Effect, EffectInterval, EffectScale, Metric, Overhead,
    Scale, finite_exp,
};
use crate::interval::{Precision, Span, mean, sample_sd, welch};
use crate::units::{Amount, PhaseName, Round};

/// The change of a plain value; includes machine and day differences.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueChange {
    /// The phase, which may be the baseline.
    pub phase: PhaseName,
    /// The metric.
    pub metric: Metric,
    /// The value before: the geometric mean (of differences the arithmetic one).
    pub before: Amount,
    /// The value after.
    pub after: Amount,
    /// The change.
    pub change: Effect,
    /// The 95 % interval of Welch's t, over rounds with one run on each side, else over runs; absent without replication.
    pub interval: Option<EffectInterval>,
}

/// The difference of what a phase adds, (new phase - new baseline) - (old phase - old baseline), each run as it was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AddedChange {
    /// The difference, in the unit of the metric.
    pub change: Amount,
    /// The ends of its 95 % interval, by Welch's t over rounds or runs, with what the width of buckets may add.
    pub interval: Option<(Amount, Amount)>,
}

/// Returns the change of every value that all runs have, the baseline first.
pub(super) fn value_changes(before: &[&Analysis], after: &[&Analysis]) -> Vec<ValueChange> {
    let Some(last) = after.last() else {
        return Vec::new();
    };
    last.absolutes
        .iter()
        .filter_map(|estimate| value_change(before, after, &estimate.phase, &estimate.metric))
        .collect()
}

fn value_change(
    before: &[&Analysis],
    after: &[&Analysis],
    phase: &PhaseName,
    metric: &Metric,
) -> Option<ValueChange> {
    let (old, new) = (found(before, phase, metric)?, found(after, phase, metric)?);
    let scale = old.first()?.scale?;
    if old
        .iter()
        .chain(&new)
        .any(|value| value.scale != Some(scale))
    {
        return None;
    }
    let rounds = |side: &[Absolute]| side.iter().map(|run| run.by_round.clone()).collect();
    let (old, new): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (rounds(&old), rounds(&new));
    let (old_mean, new_mean) = (mean_of_runs(&old), mean_of_runs(&new));
    let in_unit = |value: f64| Amount(EffectScale::new(scale, value).baseline);
    let scale = EffectScale::new(scale, old_mean);
    let delta = new_mean - old_mean;
    Some(ValueChange {
        phase: phase.clone(),
        metric: metric.clone(),
        before: in_unit(old_mean),
        after: in_unit(new_mean),
        change: scale.effect(delta),
        interval: precision(&old, &new)
            .map(|precision| scale.interval(0.95, Span::around(delta, precision.half_width(0.95)))),
    })
}

/// Returns the difference of the two differences; `None` where a run has no round with both phase and baseline.
pub(super) fn added_change(
    before: &[&Analysis],
    after: &[&Analysis],
    overhead: &OverheadPair<'_>,
) -> Option<AddedChange> {
    let (phase, metric) = (overhead.phase, overhead.metric);
    let (old, new) = (added(before, phase, metric)?, added(after, phase, metric)?);
    let delta = mean_of_runs(&new) - mean_of_runs(&old);
    let resolution_error = resolution_error(overhead.before) + resolution_error(overhead.after);
    let interval = precision(&old, &new).map(|precision| {
        let span = Span::around(delta, precision.half_width(0.95) + resolution_error);
        (Amount(span.lower), Amount(span.upper))
    });
    Some(AddedChange {
        change: Amount(delta),
        interval,
    })
}

/// What the width of buckets may add to what the phase adds, in the unit of the metric: the error of its ratio to the baseline, at its value.
fn resolution_error(runs: &[Overhead]) -> f64 {
    let of_run = |run: &Overhead| match run.scale {
        Scale::Log => {
            let value = run.kernel.baseline * finite_exp(run.kernel.point);
            run.kernel.resolution_error * value
        }
        Scale::Difference => run.kernel.resolution_error,
    };
    mean(&runs.iter().map(of_run).collect::<Vec<_>>())
}

/// What the phase adds in each round of each run, in the unit of the metric.
fn added(analyses: &[&Analysis], phase: &PhaseName, metric: &Metric) -> Option<Vec<Vec<f64>>> {
    let of_run = |analysis: &&Analysis| {
        let runs = std::slice::from_ref(analysis);
        let [phase, baseline] = [
            found(runs, phase, metric)?.pop()?,
            found(runs, &analysis.baseline, metric)?.pop()?,
        ];
        let baseline: BTreeMap<Round, f64> = in_unit(&baseline).collect();
        let pairs = in_unit(&phase)
            .filter_map(|(round, phase)| Some(phase - baseline.get(&round)?))
            .collect::<Vec<_>>();
        (!pairs.is_empty()).then_some(pairs)
    };
    analyses.iter().map(of_run).collect()
}

/// The value of each round that the phase has.
fn in_unit(value: &Absolute) -> impl Iterator<Item = (Round, f64)> + '_ {
    let is_log = value.scale == Some(Scale::Log);
    let mut rounds: Vec<Round> = value.slots.iter().map(|slot| slot.round).collect();
    rounds.dedup();
    let values = value.by_round.iter();
    rounds
        .into_iter()
        .zip(values.map(move |round| if is_log { round.exp() } else { *round }))
}

fn found(analyses: &[&Analysis], phase: &PhaseName, metric: &Metric) -> Option<Vec<Absolute>> {
    let of_run = |analysis: &&Analysis| match &analysis.absolute(phase, metric)?.result {
        AbsoluteResult::Estimated(absolute) => Some(absolute.as_ref().clone()),
        AbsoluteResult::NotEstimable { .. } => None,
    };
    analyses.iter().map(of_run).collect()
}

fn mean_of_runs(runs: &[Vec<f64>]) -> f64 {
    mean(&runs.iter().map(|rounds| mean(rounds)).collect::<Vec<_>>())
}

/// By Welch's t: over rounds with one run on each side, else over runs.
fn precision(old: &[Vec<f64>], new: &[Vec<f64>]) -> Option<Precision> {
    let units = |runs: &[Vec<f64>]| match runs {
        [only] if old.len() == 1 && new.len() == 1 => only.clone(),
        runs => runs.iter().map(|rounds| mean(rounds)).collect(),
    };
    let part = |values: Vec<f64>| {
        (values.len() > 1).then(|| {
            let count = values.len() as f64;
            (sample_sd(&values).powi(2) / count, count - 1.0)
        })
    };
    welch([part(units(old))?, part(units(new))?])
}
