//! From the types of the statistics to those of the model.

use meshdelta_stats::compare::{
    AddedChange as StatsAdded, ChangeFamily as StatsFamily, ChangeMethod, ChangePrecision,
    ChangeVerdict as StatsVerdict, Comparison, NoInference, OverheadChange,
    SideOverhead as StatsSide, ValueChange as StatsValue,
};
use meshdelta_stats::experiment::{Effect, EffectInterval, Metric};

use super::{stats_metric, stats_phase};
use crate::analysis::badges_of;
use crate::comparison::model::{
    AddedChange, Change, ChangeError, ChangeEstimate, ChangeFamily, ChangeMetric, ChangeVerdict,
    Difference, DifferenceInterval, SideOverhead, ValueChange,
};
use crate::model::{Measured, Phase, Ratio};

/// The metric of the model, if the model has it.
pub(in crate::comparison) fn metric_of(metric: &Metric) -> Option<ChangeMetric> {
    ChangeMetric::ALL
        .into_iter()
        .find(|known| stats_metric(*known) == *metric)
}

/// Returns the change of every overhead of every phase.
pub(super) fn changes(comparison: &Comparison, phases: &[Phase]) -> Vec<Change> {
    let treatments = phases.iter().filter(|phase| !phase.is_baseline);
    treatments
        .flat_map(|phase| ChangeMetric::ALL.map(|metric| change(comparison, phase, metric)))
        .collect()
}

fn change(comparison: &Comparison, phase: &Phase, metric: ChangeMetric) -> Change {
    let found = comparison.change(&stats_phase(&phase.id), &stats_metric(metric));
    let verdict = |pick: fn(&OverheadChange) -> StatsVerdict| {
        found.map_or(ChangeVerdict::NotComparable, |found| verdict(pick(found)))
    };
    Change {
        phase: phase.id.clone(),
        metric,
        unit: metric.unit(),
        family: found.map_or_else(|| family_of(metric), |found| family(found.family)),
        estimate: found.map_or_else(
            || Measured::unknown("a run has no estimate"),
            |found| Measured::known(estimate(found)),
        ),
        verdict: verdict(|found| found.verdict),
        verdict_alone: verdict(|found| found.verdict_alone),
        badges: found.map_or_else(Vec::new, |found| badges_of(&found.badges)),
    }
}

const fn family_of(metric: ChangeMetric) -> ChangeFamily {
    match metric {
        ChangeMetric::P50 | ChangeMetric::P99 => ChangeFamily::Primary,
        ChangeMetric::Cpu | ChangeMetric::Memory => ChangeFamily::Resources,
        _ => ChangeFamily::Exploratory,
    }
}

const fn family(family: StatsFamily) -> ChangeFamily {
    match family {
        StatsFamily::Primary => ChangeFamily::Primary,
        StatsFamily::Resources => ChangeFamily::Resources,
        StatsFamily::Exploratory => ChangeFamily::Exploratory,
    }
}

const fn verdict(verdict: StatsVerdict) -> ChangeVerdict {
    match verdict {
        StatsVerdict::Regressed => ChangeVerdict::Regressed,
        StatsVerdict::Improved => ChangeVerdict::Improved,
        StatsVerdict::Equivalent => ChangeVerdict::Equivalent,
        StatsVerdict::WorseSizeUnclear => ChangeVerdict::WorseSizeUnclear,
        StatsVerdict::BetterSizeUnclear => ChangeVerdict::BetterSizeUnclear,
        StatsVerdict::Inconclusive => ChangeVerdict::Inconclusive,
        StatsVerdict::NotComparable => ChangeVerdict::NotComparable,
    }
}

fn estimate(found: &OverheadChange) -> ChangeEstimate {
    let precision = found.precision.as_ref().ok();
    let measured = |pick: &dyn Fn(&ChangePrecision) -> DifferenceInterval| match &found.precision {
        Ok(precision) => Measured::known(pick(precision)),
        Err(reason) => Measured::unknown(reason.words()),
    };
    let reason = |reason: &NoInference| reason.words();
    ChangeEstimate {
        before: side(&found.before),
        after: side(&found.after),
        change: difference(&found.change),
        interval: measured(&|precision| interval(&precision.interval)),
        equivalence_interval: precision.map(|precision| interval(&precision.interval90)),
        simultaneous_interval: precision.map(|precision| interval(&precision.simultaneous)),
        method: precision.map(|precision| method(precision.method)),
        standard_error: precision.map(|precision| precision.standard_error),
        degrees_of_freedom: precision.map(|precision| precision.degrees_of_freedom),
        standard_errors: precision
            .into_iter()
            .flat_map(|precision| &precision.errors)
            .map(|error| ChangeError {
                method: method(error.method),
                standard_error: error.standard_error,
                degrees_of_freedom: error.degrees_of_freedom,
            })
            .collect(),
        resolution_error: difference(&found.resolution_error),
        smallest_detectable: match &found.precision {
            Ok(precision) => Measured::known(difference(&precision.smallest_detectable)),
            Err(error) => Measured::unknown(reason(error)),
        },
        margin: difference(&found.margin),
        equivalence_margin: difference(&found.equivalence_margin),
        added: found.added.map(added),
    }
}

fn method(method: ChangeMethod) -> String {
    let words = match method {
        ChangeMethod::Rounds => "rounds within runs",
        ChangeMethod::Runs => "runs of a side",
    };
    words.to_owned()
}

fn side(side: &StatsSide) -> SideOverhead {
    SideOverhead {
        point: difference(&side.point),
        interval: side.interval.as_ref().map(interval),
    }
}

fn added(added: StatsAdded) -> AddedChange {
    AddedChange {
        point: added.change.get(),
        interval: added
            .interval
            .map(|(lower, upper)| (lower.get(), upper.get())),
    }
}

fn difference(effect: &Effect) -> Difference {
    Difference {
        relative: effect.relative.map(|relative| Ratio::new(relative.get())),
        absolute: effect.absolute.get(),
    }
}

fn interval(interval: &EffectInterval) -> DifferenceInterval {
    DifferenceInterval {
        lower: difference(&interval.lower),
        upper: difference(&interval.upper),
    }
}

/// Returns the change of every plain value of every phase.
pub(super) fn values(comparison: &Comparison, phases: &[Phase]) -> Vec<ValueChange> {
    let value = |phase: &Phase, metric: ChangeMetric, found: &StatsValue| ValueChange {
        phase: phase.id.clone(),
        metric,
        unit: metric.unit(),
        before: found.before.get(),
        after: found.after.get(),
        change: difference(&found.change),
        interval: found.interval.as_ref().map(interval),
    };
    phases
        .iter()
        .flat_map(|phase| ChangeMetric::ALL.map(|metric| (phase, metric)))
        .filter_map(|(phase, metric)| {
            let found = comparison.value(&stats_phase(&phase.id), &stats_metric(metric))?;
            Some(value(phase, metric, found))
        })
        .collect()
}
