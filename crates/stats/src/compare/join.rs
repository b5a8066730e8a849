//! One overhead of several runs on two sides, joined to a change with its precision.
//!
//! One run on either side: `SE² = SE_A² + SE_B²` with the degrees of freedom of Welch and Satterthwaite. With more runs, runs are the upper
//! level: how far the runs of a side lie apart (pooled over both sides, `k_A + k_B - 2` degrees of freedom) holds what rounds within a run
//! cannot show. Whichever of the two standard errors makes the wider interval is used, level by level (`docs/statistics.md`, "Several runs on a
//! side").

use serde::Serialize;

use super::SideOverhead;
use super::verdict::NoInference;
use crate::experiment::{EffectScale, Overhead, Scale};
use crate::interval::{Precision, Span, Widest, mean, welch};

/// What the standard error of a change rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeMethod {
    /// How far rounds lie apart within runs.
    Rounds,
    /// How far runs of one side lie apart.
    Runs,
}

/// One overhead of one run, on the scale of the analysis.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunPoint {
    pub(super) delta: f64,
    pub(super) resolution_error: f64,
    /// In the unit of the metric.
    pub(super) baseline: f64,
    /// Of several rounds; absent with one.
    pub(super) precision: Option<Precision>,
}

impl RunPoint {
    pub(super) fn of_overhead(overhead: &Overhead) -> Self {
        let run = overhead.inference.run_level();
        Self {
            delta: overhead.kernel.point,
            resolution_error: overhead.kernel.resolution_error,
            baseline: overhead.kernel.baseline,
            precision: run.map(|run| Precision {
                standard_error: run.standard_error,
                degrees_of_freedom: run.degrees_of_freedom,
            }),
        }
    }
}

/// The precision by rounds and by runs, as far as there are replicates of each.
#[derive(Clone, Copy, Debug)]
pub(super) struct JointPrecision {
    pub(super) widest: Widest,
    runs: Option<Precision>,
}

impl JointPrecision {
    fn of(runs: Option<Precision>, rounds: Option<Precision>) -> Option<Self> {
        let widest = Widest::of(rounds, runs)?;
        Some(Self { widest, runs })
    }

    /// Returns what the interval of a level rests on.
    pub(super) fn method(&self, level: f64) -> ChangeMethod {
        if self.runs == Some(self.widest.at(level)) {
            ChangeMethod::Runs
        } else {
            ChangeMethod::Rounds
        }
    }
}

/// The mean of one side.
#[derive(Clone, Debug)]
pub(super) struct Side {
    delta: f64,
    resolution_error: f64,
    baseline: f64,
    precision: Option<Widest>,
}

impl Side {
    fn new(runs: &[RunPoint], scale: Scale, spread: Option<f64>) -> Self {
        let mean_of =
            |value: fn(&RunPoint) -> f64| mean(&runs.iter().map(value).collect::<Vec<_>>());
        let baseline = match scale {
            Scale::Log => mean_of(|run| run.baseline.ln()).exp(),
            Scale::Difference => mean_of(|run| run.baseline),
        };
        let between = spread.and_then(|variance| {
            of_variance(variance / runs.len() as f64, runs.len() as f64 - 1.0)
        });
        Self {
            delta: mean_of(|run| run.delta),
            resolution_error: mean_of(|run| run.resolution_error),
            baseline,
            precision: Widest::of(within(runs), between),
        }
    }

    /// Returns the overhead for people; of a single run with the run's own interval.
    pub(super) fn shown(&self, scale: Scale, runs: &[Overhead]) -> SideOverhead {
        if let [only] = runs {
            return SideOverhead {
                point: only.point,
                interval: only.inference.run_level().map(|run| run.interval),
            };
        }
        let scale = EffectScale {
            scale,
            baseline: self.baseline,
        };
        let interval = self.precision.map(|precision| {
            let half = precision.half_width(0.95) + self.resolution_error;
            scale.interval(0.95, Span::around(self.delta, half))
        });
        SideOverhead {
            point: scale.effect(self.delta),
            interval,
        }
    }
}

/// Two sides and their difference.
#[derive(Clone, Debug)]
pub(super) struct Joint {
    pub(super) before: Side,
    pub(super) after: Side,
    pub(super) delta: f64,
    pub(super) resolution_error: f64,
    pub(super) precision: Result<JointPrecision, NoInference>,
    scale: Scale,
}

impl Joint {
    /// Joins the runs of both sides, of which each has one at least.
    pub(super) fn new(before: &[RunPoint], after: &[RunPoint], scale: Scale) -> Self {
        let sides = [before, after].map(|runs| Side::new(runs, scale, sample_variance(runs)));
        let [first, second] = sides;
        Self {
            delta: second.delta - first.delta,
            resolution_error: first.resolution_error + second.resolution_error,
            precision: joint_precision(before, after),
            before: first,
            after: second,
            scale,
        }
    }

    /// Returns the scale on which a change has its form in the unit of the metric: the first side's phase is what changes, so that with equal
    /// baselines the change is the difference of the two overheads.
    pub(super) fn reference(&self) -> EffectScale {
        let baseline = match self.scale {
            Scale::Log => self.before.baseline * self.before.delta.exp(),
            Scale::Difference => self.before.baseline + self.before.delta,
        };
        EffectScale {
            scale: self.scale,
            baseline: baseline.clamp(f64::MIN, f64::MAX),
        }
    }
}

fn joint_precision(before: &[RunPoint], after: &[RunPoint]) -> Result<JointPrecision, NoInference> {
    let within_parts = within(before)
        .zip(within(after))
        .and_then(|(first, second)| welch([first, second].map(variance_part)));
    let is_replicated = before.len() > 1 && after.len() > 1;
    if within_parts.is_none() && !is_replicated {
        let has_rounds = before
            .iter()
            .chain(after)
            .all(|run| run.precision.is_some());
        return Err(if has_rounds {
            NoInference::NoVariation
        } else {
            NoInference::OneRound
        });
    }
    JointPrecision::of(between_runs(before, after), within_parts).ok_or(NoInference::NoVariation)
}

/// Returns the precision of the difference of both means by how far runs of one side lie apart.
fn between_runs(before: &[RunPoint], after: &[RunPoint]) -> Option<Precision> {
    let degrees = (before.len() + after.len())
        .checked_sub(2)
        .filter(|&degrees| degrees > 0)?;
    let squares = |runs: &[RunPoint]| {
        sample_variance(runs).map_or(0.0, |variance| variance * (runs.len() as f64 - 1.0))
    };
    let pooled = (squares(before) + squares(after)) / degrees as f64;
    let share = (before.len() as f64).recip() + (after.len() as f64).recip();
    of_variance(pooled * share, degrees as f64)
}

/// Returns the precision of a variance; `None` for none, which says nothing of the error.
fn of_variance(variance: f64, degrees_of_freedom: f64) -> Option<Precision> {
    (variance > 0.0 && degrees_of_freedom > 0.0).then(|| Precision {
        standard_error: variance.sqrt(),
        degrees_of_freedom,
    })
}

/// Returns the precision of the mean of runs by the rounds within them; `None` when a run has one round only.
fn within(runs: &[RunPoint]) -> Option<Precision> {
    let weight = (runs.len() as f64).powi(2).recip();
    let parts: Option<Vec<(f64, f64)>> = runs
        .iter()
        .map(|run| {
            let (variance, degrees) = variance_part(run.precision?);
            Some((variance * weight, degrees))
        })
        .collect();
    welch(parts?)
}

fn variance_part(precision: Precision) -> (f64, f64) {
    (
        precision.standard_error.powi(2),
        precision.degrees_of_freedom,
    )
}

/// Returns the variance of the runs' overheads; `None` with one run.
fn sample_variance(runs: &[RunPoint]) -> Option<f64> {
    let deltas: Vec<f64> = runs.iter().map(|run| run.delta).collect();
    (deltas.len() > 1).then(|| crate::interval::sample_sd(&deltas).powi(2))
}
