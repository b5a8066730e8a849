//! The change of the overhead over the whole distribution.

use super::join::{Joint, RunPoint};
use crate::experiment::{
    EffectScale, Experiment, ExperimentError, Metric, Pair, Prepared, RoundInputs, Statistic,
    Table, complete_pairs, fit, resolution_error, run_level_precision,
};
use crate::interval::{Span, mean};
use crate::shift::{ShiftFunction, ShiftPoint, fewest_observations, quantile_grid};
use crate::units::{PhaseName, Quantile};

/// Returns the change of every phase's overhead at every quantile that all slots of all runs can estimate; intervals are pointwise.
///
/// Phases are those of the last run, in its order; a phase that a run lacks has no points.
pub fn shift_changes(
    before: &[&Experiment],
    after: &[&Experiment],
) -> Result<Vec<ShiftFunction>, ExperimentError> {
    let (before, after) = (prepare(before)?, prepare(after)?);
    let fewest = before.iter().chain(&after).map(fewest_observations).min();
    let grid = quantile_grid(fewest.flatten().unwrap_or(0));
    let Some(last) = after.last() else {
        return Ok(Vec::new());
    };
    let mut functions: Vec<ShiftFunction> = last.phases[1..]
        .iter()
        .map(|phase| ShiftFunction {
            phase: phase.clone(),
            points: Vec::new(),
            run_level: false,
        })
        .collect();
    for quantile in grid {
        let (before, after) = (fitted(&before, quantile), fitted(&after, quantile));
        for function in &mut functions {
            if let Some(point) = point(&before, &after, &function.phase, quantile) {
                function.run_level |= point.interval.is_some();
                function.points.push(point);
            }
        }
    }
    Ok(functions)
}

fn prepare<'a>(runs: &[&'a Experiment]) -> Result<Vec<Prepared<'a>>, ExperimentError> {
    runs.iter().map(|run| Prepared::new(run)).collect()
}

fn fitted<'a>(runs: &'a [Prepared<'a>], quantile: Quantile) -> Vec<Fitted<'a>> {
    runs.iter().map(|run| Fitted::new(run, quantile)).collect()
}

/// One quantile of one run.
struct Fitted<'a> {
    run: &'a Prepared<'a>,
    table: Table,
    fit: crate::interval::TwoWayFit,
    phases: usize,
}

impl<'a> Fitted<'a> {
    fn new(run: &'a Prepared<'a>, quantile: Quantile) -> Self {
        let table = Table::new(run, &Metric::Latency(Statistic::Quantile(quantile)));
        let (fit, phases) = fit(&table);
        Self {
            run,
            table,
            fit,
            phases,
        }
    }

    fn point(&self, phase: &PhaseName) -> Option<RunPoint> {
        let place = self.run.phases.iter().position(|own| own == phase)?;
        let pairs = complete_pairs(&self.table, place).ok()?;
        let differences: Vec<f64> = pairs.iter().map(Pair::difference).collect();
        let baseline: Vec<f64> = pairs.iter().map(Pair::baseline_value).collect();
        let inputs = RoundInputs {
            fit: &self.fit,
            phases: self.phases,
        };
        Some(RunPoint {
            delta: mean(&differences),
            resolution_error: resolution_error(&pairs),
            baseline: EffectScale::new(self.table.scale, mean(&baseline)).baseline,
            precision: run_level_precision(&pairs, &inputs),
        })
    }
}

fn point(
    before: &[Fitted<'_>],
    after: &[Fitted<'_>],
    phase: &PhaseName,
    quantile: Quantile,
) -> Option<ShiftPoint> {
    let scale = after.first()?.table.scale;
    if before
        .iter()
        .chain(after)
        .any(|run| run.table.scale != scale)
    {
        return None;
    }
    let points = |runs: &[Fitted<'_>]| {
        runs.iter()
            .map(|run| run.point(phase))
            .collect::<Option<Vec<_>>>()
    };
    let joint = Joint::new(&points(before)?, &points(after)?, scale);
    let reference = joint.reference();
    let interval = joint.precision.ok().map(|found| {
        let half = found.widest.half_width(0.95) + joint.resolution_error;
        reference.interval(0.95, Span::around(joint.delta, half))
    });
    Some(ShiftPoint {
        quantile,
        effect: reference.effect(joint.delta),
        interval,
    })
}
