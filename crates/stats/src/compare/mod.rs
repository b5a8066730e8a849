//! Two runs against each other, or two groups of runs: the change of an overhead, a difference of differences.
//!
//! `docs/statistics.md`, "compare A B". Machines and days that differ cancel within each run, so the ratio of ratios is the
//! question; the change of a phase's plain value is secondary, because it contains them.

mod family;
mod join;
mod plain;
mod shift;
mod verdict;

use std::collections::BTreeMap;

use serde::Serialize;

pub use family::ChangeFamily;
pub use join::{ChangeError, ChangeMethod};
pub use plain::{AddedChange, ValueChange};
pub use shift::shift_changes;
pub use verdict::{ChangeVerdict, NoInference};

use crate::experiment::{
    Analysis, Badge, Effect, EffectInterval, EffectScale, Metric, Overhead, Scale,
};
use crate::interval::{Span, Widest};
use crate::multiplicity::bonferroni_level;
use crate::units::{Amount, PhaseName};
use crate::verdict::{MinimumEffect, Verdict};
use join::{Joint, RunPoint};

/// What matters in a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangeMargin {
    /// A change beyond this has regressed or improved.
    pub threshold: MinimumEffect,
    /// A change that is certainly within this is none.
    pub equivalence: MinimumEffect,
}

impl From<MinimumEffect> for ChangeMargin {
    fn from(effect: MinimumEffect) -> Self {
        Self {
            threshold: effect,
            equivalence: effect,
        }
    }
}

/// The precision of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangePrecision {
    /// What the 95 % interval rests on.
    pub method: ChangeMethod,
    /// The standard error of the 95 % interval, on the scale of the analysis.
    pub standard_error: f64,
    /// Its degrees of freedom.
    pub degrees_of_freedom: f64,
    /// All standard errors that there are; at every level the one that makes the wider interval counts.
    pub errors: Vec<ChangeError>,
    /// The 95 % interval.
    pub interval: EffectInterval,
    /// The 90 % interval, for two one-sided tests at 5 %.
    pub interval90: EffectInterval,
    /// The interval that holds for all phases at once with 95 %.
    pub simultaneous: EffectInterval,
    /// The change that two such groups of runs would find with a probability of 80 %, with the number of changes in its family counted.
    pub smallest_detectable: Effect,
    /// What intervals of other levels and p-values are made of.
    #[serde(skip)]
    pub(crate) widest: Widest,
}

/// An overhead on one side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SideOverhead {
    /// The mean over the runs of the side, on the scale of the analysis.
    pub point: Effect,
    /// Its 95 % interval.
    pub interval: Option<EffectInterval>,
}

/// The change of one overhead from the first side to the second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverheadChange {
    /// The phase.
    pub phase: PhaseName,
    /// The metric.
    pub metric: Metric,
    /// The scale.
    pub scale: Scale,
    /// Which changes it is judged together with.
    pub family: ChangeFamily,
    /// The overhead before.
    pub before: SideOverhead,
    /// The overhead after.
    pub after: SideOverhead,
    /// The change: the ratio of both ratios; in the unit of the metric, both overheads on the baseline of the first side.
    pub change: Effect,
    /// Its precision, or why there is none.
    pub precision: Result<ChangePrecision, NoInference>,
    /// What the finite width of buckets may add on either side; it is part of every interval here.
    pub resolution_error: Effect,
    /// The change beyond which it has regressed or improved.
    pub margin: Effect,
    /// The change within which it is equivalent.
    pub equivalence_margin: Effect,
    /// The verdict, with the number of changes in its family counted.
    pub verdict: ChangeVerdict,
    /// The verdict as if this were the only change looked at.
    pub verdict_alone: ChangeVerdict,
    /// The difference of the two overheads as each was measured, in the unit of the metric.
    pub added: Option<AddedChange>,
    /// The marks of the overheads of all runs.
    pub badges: Vec<Badge>,
    #[serde(skip)]
    pub(crate) kernel: ChangeKernel,
}

impl OverheadChange {
    /// The scale on which the change has its form for people.
    fn effect_scale(&self) -> EffectScale {
        EffectScale {
            scale: self.scale,
            baseline: self.kernel.reference,
        }
    }
}

/// The bare numbers of a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChangeKernel {
    pub(crate) delta: f64,
    pub(crate) resolution_error: f64,
    /// What relative limits and limits in the unit of the metric refer to.
    pub(crate) reference: f64,
    margin: f64,
    equivalence_margin: f64,
}

/// Two groups of runs against each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Changes of overheads: metric by metric, phase by phase.
    pub changes: Vec<OverheadChange>,
    /// Changes of plain values, the baseline's too; they include what machines and days differ in.
    pub values: Vec<ValueChange>,
}

impl Comparison {
    /// Returns the change of a phase in a metric.
    pub fn change(&self, phase: &PhaseName, metric: &Metric) -> Option<&OverheadChange> {
        self.changes
            .iter()
            .find(|change| change.phase == *phase && change.metric == *metric)
    }

    /// Returns the change of a plain value.
    pub fn value(&self, phase: &PhaseName, metric: &Metric) -> Option<&ValueChange> {
        self.values
            .iter()
            .find(|change| change.phase == *phase && change.metric == *metric)
    }
}

/// Compares every overhead that all runs have, in the order of the last run. Each side is one run or several of one thing.
///
/// Overheads that a run cannot estimate, or that the runs measure on different scales, are left out. `margins` says what matters, where it
/// is not what mattered in the last run.
pub fn compare(
    before: &[&Analysis],
    after: &[&Analysis],
    margins: &BTreeMap<Metric, ChangeMargin>,
) -> Comparison {
    let Some(last) = after.last() else {
        return Comparison {
            changes: Vec::new(),
            values: Vec::new(),
        };
    };
    // Phases that not all runs have are not looked at, so they do not count.
    let comparisons = last
        .phases
        .iter()
        .filter(|phase| {
            let mut all = before.iter().chain(after);
            all.all(|analysis| analysis.phases.contains(phase))
        })
        .count();
    let changes = last.overheads.iter().filter_map(|estimate| {
        let find = |analyses: &[&'_ Analysis]| -> Option<Vec<Overhead>> {
            analyses
                .iter()
                .map(|analysis| {
                    let found = analysis.overhead(&estimate.phase, &estimate.metric)?;
                    found.estimated().cloned()
                })
                .collect()
        };
        let pair = OverheadPair {
            phase: &estimate.phase,
            metric: &estimate.metric,
            before: &find(before)?,
            after: &find(after)?,
        };
        let added = plain::added_change(before, after, &pair);
        pair.change(margins.get(&estimate.metric).copied(), comparisons, added)
    });
    let mut changes: Vec<OverheadChange> = changes.collect();
    family::judge(&mut changes);
    Comparison {
        changes,
        values: plain::value_changes(before, after),
    }
}

/// One overhead in every run of both sides.
struct OverheadPair<'a> {
    phase: &'a PhaseName,
    metric: &'a Metric,
    before: &'a [Overhead],
    after: &'a [Overhead],
}

impl OverheadPair<'_> {
    fn all(&self) -> impl Iterator<Item = &Overhead> {
        self.before.iter().chain(self.after)
    }

    fn change(
        &self,
        margin: Option<ChangeMargin>,
        comparisons: usize,
        added: Option<AddedChange>,
    ) -> Option<OverheadChange> {
        let last = self.after.last()?;
        let scale = last.scale;
        if self.before.is_empty() || self.all().any(|overhead| overhead.scale != scale) {
            return None;
        }
        let points = |side: &[Overhead]| side.iter().map(RunPoint::of_overhead).collect::<Vec<_>>();
        let joint = Joint::new(&points(self.before), &points(self.after), scale);
        let reference = joint.reference();
        let margin = margin.unwrap_or_else(|| last.kernel.minimum_effect.into());
        let on_scale = |effect: MinimumEffect| match scale {
            Scale::Log => effect.log_margin(Amount(reference.baseline)).get(),
            Scale::Difference => effect.absolute_margin(Amount(reference.baseline)).get(),
        };
        let kernel = ChangeKernel {
            delta: joint.delta,
            resolution_error: joint.resolution_error,
            reference: reference.baseline,
            margin: on_scale(margin.threshold),
            equivalence_margin: on_scale(margin.equivalence),
        };
        let is_suppressed = self
            .all()
            .any(|overhead| overhead.verdict == Verdict::Invalid);
        // Invalid data go before too few rounds: the one is an error, the other a doubt.
        let precision = if is_suppressed {
            Err(NoInference::Suppressed)
        } else {
            joint.precision
        };
        let mut badges: Vec<Badge> = self
            .all()
            .flat_map(|overhead| overhead.badges.iter().copied())
            .collect();
        badges.sort();
        badges.dedup();
        Some(OverheadChange {
            phase: self.phase.clone(),
            metric: self.metric.clone(),
            scale,
            family: ChangeFamily::of(self.metric),
            before: joint.before.shown(scale, self.before),
            after: joint.after.shown(scale, self.after),
            change: reference.effect(joint.delta),
            precision: precision
                .map(|precision| change_precision(precision, kernel, reference, comparisons)),
            resolution_error: reference.effect(joint.resolution_error),
            margin: reference.effect(kernel.margin),
            equivalence_margin: reference.effect(kernel.equivalence_margin),
            // Judged together with the rest of the family.
            verdict: ChangeVerdict::NotComparable,
            verdict_alone: ChangeVerdict::NotComparable,
            added,
            badges,
            kernel,
        })
    }
}

fn change_precision(
    joint: join::JointPrecision,
    kernel: ChangeKernel,
    scale: EffectScale,
    comparisons: usize,
) -> ChangePrecision {
    let span = |level: f64| {
        Span::around(
            kernel.delta,
            joint.widest.half_width(level) + kernel.resolution_error,
        )
    };
    let shown = joint.widest.at(0.95);
    ChangePrecision {
        method: joint.method(0.95),
        standard_error: shown.standard_error,
        degrees_of_freedom: shown.degrees_of_freedom,
        errors: joint.errors(),
        interval: scale.interval(0.95, span(0.95)),
        interval90: scale.interval(0.90, span(0.90)),
        simultaneous: scale.interval(0.95, span(bonferroni_level(0.95, comparisons))),
        // Filled in with the verdict: it depends on how many changes are judged together.
        smallest_detectable: scale.effect(0.0),
        widest: joint.widest,
    }
}

#[cfg(test)]
mod tests;
