//! From the differences of rounds to an inference, for one overhead or for one point of a shift function.

use std::collections::BTreeSet;

use super::run_level::{Frame, run_level};
use super::within_run::WithinRun;
use super::{Inference, NoInterval, Pair, Table, WithinRunInterval, resolution_error};
use crate::distribution::t_critical;
use crate::interval::{
    Precision, RoundSummary, Span, TwoWayFit, TwoWaySlot, fit_two_way, mean, run_precision,
};

/// Fits rounds and phases over all slots of phases that are estimable, and counts those phases.
pub(crate) fn fit(table: &Table) -> (TwoWayFit, usize) {
    let usable: Vec<_> = table
        .entries
        .iter()
        .filter(|entry| !table.failures.contains_key(&entry.phase))
        .collect();
    let rounds: Vec<_> = usable
        .iter()
        .map(|entry| entry.round)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let phases: Vec<_> = usable
        .iter()
        .map(|entry| entry.phase)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let slots: Vec<TwoWaySlot> = usable
        .iter()
        .map(|entry| TwoWaySlot {
            round: rounds.binary_search(&entry.round).unwrap_or(0),
            phase: phases.binary_search(&entry.phase).unwrap_or(0),
            value: entry.value,
        })
        .collect();
    (fit_two_way(&slots), phases.len())
}

/// Collects what the run-level rules need.
pub(crate) fn summarize<'a>(
    pairs: &[Pair],
    differences: &'a [f64],
    fit: &'a TwoWayFit,
    phases: usize,
) -> RoundSummary<'a> {
    let contrasts: Vec<f64> = pairs.iter().map(Pair::contrast).collect();
    let within_variance = pairs.iter().map(Pair::within_variance).sum();
    RoundSummary {
        differences,
        phases,
        fit,
        contrast: mean(&contrasts),
        within_variance,
    }
}

/// Returns how precise an overhead is: by its rounds, or within the one that there is.
pub(crate) fn infer(
    pairs: &[Pair],
    frame: Frame,
    summary: &RoundSummary,
    comparisons: usize,
) -> Inference {
    match pairs {
        [only] => match WithinRun::new(only.weighted()) {
            Err(cause) => Inference::ValueOnly { cause },
            Ok(rules) => Inference::WithinRun(Box::new(within_interval(&rules, frame))),
        },
        _ => run_level(frame, summary, comparisons).map_or(
            Inference::ValueOnly {
                cause: NoInterval::NoVariation,
            },
            |interval| Inference::RunLevel(Box::new(interval)),
        ),
    }
}

fn within_interval(rules: &WithinRun, frame: Frame) -> WithinRunInterval {
    let (rule, precision) = rules.wider();
    let span = |level| {
        Span::around(
            frame.point,
            rules.half_width(level) + frame.resolution_error,
        )
    };
    let (interval, interval90) = (span(0.95), span(0.90));
    WithinRunInterval {
        rule,
        degrees_of_freedom: precision.degrees_of_freedom,
        standard_error: precision.standard_error,
        interval: frame.scale.interval(0.95, interval),
        interval90: frame.scale.interval(0.90, interval90),
        spans: (interval, interval90),
    }
}

/// Returns half the width of a run-level interval at 95 %.
pub(crate) fn half_width(inference: &Inference, frame: Frame) -> Option<f64> {
    match inference {
        Inference::RunLevel(run) => Some(run.spans.0.upper - frame.point),
        _ => None,
    }
}

/// `(t_{0.975} + t_{0.8}) SE + e_res`: the effect whose interval excludes zero with a probability of about 80 %.
pub(crate) fn smallest_detectable(inference: &Inference, frame: Frame) -> Option<f64> {
    let run = inference.run_level()?;
    let critical =
        t_critical(0.95, run.degrees_of_freedom) + t_critical(0.60, run.degrees_of_freedom);
    Some(critical * run.standard_error + frame.resolution_error)
}

/// The parts of a two-way fit that a single interval needs.
pub(crate) struct RoundInputs<'a> {
    pub(crate) fit: &'a TwoWayFit,
    pub(crate) phases: usize,
}

/// Returns the point estimate over complete rounds and its 95 % interval by the default rule, on the scale of the analysis.
pub(crate) fn pointwise(pairs: &[Pair], inputs: &RoundInputs) -> (f64, Option<Span>) {
    let differences: Vec<f64> = pairs.iter().map(Pair::difference).collect();
    let point = mean(&differences);
    let half_width = if let [only] = pairs {
        WithinRun::new(only.weighted())
            .ok()
            .map(|rules| rules.half_width(0.95))
    } else {
        run_level_precision(pairs, inputs).map(|precision| precision.half_width(0.95))
    };
    (
        point,
        half_width.map(|half| Span::around(point, half + resolution_error(pairs))),
    )
}

/// Returns the precision of the mean over several complete rounds by the default rule; `None` with one round.
pub(crate) fn run_level_precision(pairs: &[Pair], inputs: &RoundInputs) -> Option<Precision> {
    if pairs.len() < 2 {
        return None;
    }
    let differences: Vec<f64> = pairs.iter().map(Pair::difference).collect();
    run_precision(&summarize(pairs, &differences, inputs.fit, inputs.phases)).1
}
