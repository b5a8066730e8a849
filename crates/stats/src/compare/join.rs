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
    rounds: Option<Precision>,
    runs: Option<Precision>,
}

/// A standard error of a change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ChangeError {
    /// What it rests on.
    pub method: ChangeMethod,
    /// The standard error on the scale of the analysis.
    pub standard_error: f64,
    /// Degrees of freedom.
    pub degrees_of_freedom: f64,
}

impl JointPrecision {
    fn of(runs: Option<Precision>, rounds: Option<Precision>) -> Option<Self> {
        let widest = Widest::of(rounds, runs)?;
        Some(Self {
            widest,
            rounds,
            runs,
        })
    }

    /// Returns what the interval of a level rests on.
    pub(super) fn method(&self, level: f64) -> ChangeMethod {
        if self.runs == Some(self.widest.at(level)) {
            ChangeMethod::Runs
        } else {
            ChangeMethod::Rounds
        }
    }

    /// Returns all standard errors that there are.
    pub(super) fn errors(&self) -> Vec<ChangeError> {
        let error = |method, precision: Precision| ChangeError {
            method,
            standard_error: precision.standard_error,
            degrees_of_freedom: precision.degrees_of_freedom,
        };
        let rounds = self.rounds.map(|found| error(ChangeMethod::Rounds, found));
        let runs = self.runs.map(|found| error(ChangeMethod::Runs, found));
        rounds.into_iter().chain(runs).collect()
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
    /// `spread` is how far the runs of a side lie apart, on both sides together.
    fn new(runs: &[RunPoint], scale: Scale, spread: Option<Spread>) -> Self {
        let mean_of =
            |value: fn(&RunPoint) -> f64| mean(&runs.iter().map(value).collect::<Vec<_>>());
        let baseline = match scale {
            Scale::Log => mean_of(|run| run.baseline.ln()).exp(),
            Scale::Difference => mean_of(|run| run.baseline),
        };
        let between = spread.and_then(|spread| spread.precision((runs.len() as f64).recip()));
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
        let spread = Spread::of(before, after);
        let sides = [before, after].map(|runs| Side::new(runs, scale, spread));
        let [first, second] = sides;
        Self {
            delta: second.delta - first.delta,
            resolution_error: first.resolution_error + second.resolution_error,
            precision: joint_precision(before, after, spread),
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

fn joint_precision(
    before: &[RunPoint],
    after: &[RunPoint],
    spread: Option<Spread>,
) -> Result<JointPrecision, NoInference> {
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
    let share = (before.len() as f64).recip() + (after.len() as f64).recip();
    let between = spread.and_then(|spread| spread.precision(share));
    JointPrecision::of(between, within_parts).ok_or(NoInference::NoVariation)
}

/// The variance between the runs of one side, pooled over both sides.
#[derive(Clone, Copy, Debug)]
struct Spread {
    variance: f64,
    degrees_of_freedom: f64,
}

impl Spread {
    /// `None` where no side has two runs.
    fn of(before: &[RunPoint], after: &[RunPoint]) -> Option<Self> {
        let degrees = (before.len() + after.len())
            .checked_sub(2)
            .filter(|&degrees| degrees > 0)?;
        let squares = |runs: &[RunPoint]| {
            sample_variance(runs).map_or(0.0, |variance| variance * (runs.len() as f64 - 1.0))
        };
        Some(Self {
            variance: (squares(before) + squares(after)) / degrees as f64,
            degrees_of_freedom: degrees as f64,
        })
    }

    /// Returns the precision of something whose variance is `share` of that of a run; `None` where nothing varies, which says nothing of
    /// the error.
    fn precision(self, share: f64) -> Option<Precision> {
        (self.variance > 0.0).then(|| Precision {
            standard_error: (self.variance * share).sqrt(),
            degrees_of_freedom: self.degrees_of_freedom,
        })
    }
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
