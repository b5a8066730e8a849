//! Two runs against each other: the change of an overhead, a difference of differences.
//!
//! `docs/statistics.md`, "compare A B". Machines and days that differ cancel within each run, so the ratio of ratios is the
//! question; the change of a phase's plain value is secondary, because it contains them.

use serde::Serialize;

use crate::experiment::{
    Absolute, AbsoluteResult, Analysis, Effect, EffectInterval, EffectScale, Metric, Overhead,
    Scale,
};
use crate::interval::{Precision, Span, mean, sample_sd, welch};
use crate::units::PhaseName;
use crate::verdict::Verdict;

/// What a change of an overhead means; lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeVerdict {
    /// The overhead rose by more than what matters.
    Regressed,
    /// It fell by more than what matters.
    Improved,
    /// It changed by too little to matter, if at all.
    Equivalent,
    /// It rose, but perhaps not by what matters.
    WorseSizeUnclear,
    /// It fell, but perhaps not by what matters.
    BetterSizeUnclear,
    /// The data cannot tell.
    Inconclusive,
    /// A run has no run-level interval, or its verdict is suppressed.
    NotComparable,
}

impl ChangeVerdict {
    /// Returns the verdict in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Improved => "improved",
            Self::Equivalent => "equivalent",
            Self::WorseSizeUnclear => "worse, size unclear",
            Self::BetterSizeUnclear => "better, size unclear",
            Self::Inconclusive => "inconclusive",
            Self::NotComparable => "not comparable",
        }
    }
}

impl From<Verdict> for ChangeVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Higher => Self::Regressed,
            Verdict::Lower => Self::Improved,
            Verdict::Equivalent | Verdict::EquivalentMeasurable => Self::Equivalent,
            Verdict::HigherSizeUnclear => Self::WorseSizeUnclear,
            Verdict::LowerSizeUnclear => Self::BetterSizeUnclear,
            Verdict::Inconclusive => Self::Inconclusive,
            _ => Self::NotComparable,
        }
    }
}

/// The precision of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangePrecision {
    /// The standard error on the scale of the analysis.
    pub standard_error: f64,
    /// Degrees of freedom by Welch and Satterthwaite.
    pub degrees_of_freedom: f64,
    /// The 95 % interval.
    pub interval: EffectInterval,
    /// The 90 % interval.
    pub interval90: EffectInterval,
}

/// The change of one overhead from the first run to the second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverheadChange {
    /// The phase.
    pub phase: PhaseName,
    /// The metric.
    pub metric: Metric,
    /// The scale.
    pub scale: Scale,
    /// The overhead in the first run.
    pub before: Effect,
    /// The overhead in the second run.
    pub after: Effect,
    /// The change: the ratio of both ratios.
    pub change: Effect,
    /// Its precision; absent unless both runs have a run-level interval.
    pub precision: Option<ChangePrecision>,
    /// The verdict.
    pub verdict: ChangeVerdict,
    /// The change of the phase's plain value, which includes what machines and days differ in.
    pub absolute: Option<AbsoluteChange>,
    #[serde(skip)]
    pub(crate) delta: f64,
    #[serde(skip)]
    pub(crate) resolution_error: f64,
    #[serde(skip)]
    pub(crate) baseline: f64,
}

/// The change of a plain value; includes machine and day differences.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AbsoluteChange {
    /// The change.
    pub change: Effect,
    /// The 95 % interval of Welch's t over rounds; absent with one round on either side.
    pub interval: Option<EffectInterval>,
}

/// Compares every overhead that both runs have, in the order of the second run.
///
/// Overheads that one run cannot estimate, or that the runs measure on different scales, are left out.
pub fn compare(before: &Analysis, after: &Analysis) -> Vec<OverheadChange> {
    after
        .overheads
        .iter()
        .filter_map(|estimate| {
            let old = before
                .overhead(&estimate.phase, &estimate.metric)?
                .estimated()?;
            let new = estimate.estimated()?;
            let absolute = absolute_change(before, after, &estimate.phase, &estimate.metric);
            (old.scale == new.scale)
                .then(|| change(&estimate.phase, &estimate.metric, old, new, absolute))
        })
        .collect()
}

fn change(
    phase: &PhaseName,
    metric: &Metric,
    before: &Overhead,
    after: &Overhead,
    absolute: Option<AbsoluteChange>,
) -> OverheadChange {
    let delta = after.kernel.point - before.kernel.point;
    let resolution_error = before.kernel.resolution_error + after.kernel.resolution_error;
    let scale = EffectScale {
        scale: after.scale,
        baseline: after.kernel.baseline,
    };
    let margin = before.kernel.margin.max(after.kernel.margin);
    let span = |precision: Precision, level| {
        Span::around(delta, precision.half_width(level) + resolution_error)
    };
    let precision = joint_precision(before, after);
    let suppressed = [before, after]
        .iter()
        .any(|overhead| overhead.verdict == Verdict::Invalid);
    let verdict = match precision {
        Some(precision) if !suppressed => {
            Verdict::of_interval(span(precision, 0.95), span(precision, 0.90), margin).into()
        }
        _ => ChangeVerdict::NotComparable,
    };
    OverheadChange {
        phase: phase.clone(),
        metric: metric.clone(),
        scale: after.scale,
        before: before.point,
        after: after.point,
        change: scale.effect(delta),
        precision: precision.map(|precision| ChangePrecision {
            standard_error: precision.standard_error,
            degrees_of_freedom: precision.degrees_of_freedom,
            interval: scale.interval(0.95, span(precision, 0.95)),
            interval90: scale.interval(0.90, span(precision, 0.90)),
        }),
        verdict,
        absolute,
        delta,
        resolution_error,
        baseline: after.kernel.baseline,
    }
}

fn joint_precision(before: &Overhead, after: &Overhead) -> Option<Precision> {
    let part = |overhead: &Overhead| {
        let run = overhead.inference.run_level()?;
        Some((run.standard_error.powi(2), run.degrees_of_freedom))
    };
    welch([part(before)?, part(after)?])
}

fn absolute_change(
    before: &Analysis,
    after: &Analysis,
    phase: &PhaseName,
    metric: &Metric,
) -> Option<AbsoluteChange> {
    let find = |analysis: &Analysis| -> Option<Absolute> {
        match &analysis.absolute(phase, metric)?.result {
            AbsoluteResult::Estimated(absolute) => Some(absolute.as_ref().clone()),
            AbsoluteResult::NotEstimable { .. } => None,
        }
    };
    let (old, new) = (find(before)?, find(after)?);
    if old.scale != new.scale {
        return None;
    }
    let scale = EffectScale::new(old.scale?, mean(&old.by_round));
    let delta = mean(&new.by_round) - mean(&old.by_round);
    let part = |values: &[f64]| {
        (values.len() > 1).then(|| {
            (
                sample_sd(values).powi(2) / values.len() as f64,
                values.len() as f64 - 1.0,
            )
        })
    };
    let precision = part(&old.by_round)
        .zip(part(&new.by_round))
        .and_then(|(old, new)| welch([old, new]));
    let interval = precision
        .map(|precision| scale.interval(0.95, Span::around(delta, precision.half_width(0.95))));
    Some(AbsoluteChange {
        change: scale.effect(delta),
        interval,
    })
}
