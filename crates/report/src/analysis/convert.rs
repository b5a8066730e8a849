//! From the types of the statistics to those of the model.

use meshdelta_stats::experiment::{
    self, Effect as StatsEffect, EffectInterval as StatsInterval, Inference, Metric, NoInterval,
    Overhead, Statistic as StatsStatistic,
};
use meshdelta_stats::interval::RunMethod;
use meshdelta_stats::quantile::NotEstimable;
use meshdelta_stats::{PhaseName, Quantile, Verdict as StatsVerdict};

use crate::model::{
    Badge, Effect, EffectInterval, EstimateMethod, Interval, PhaseId, Ratio, Seconds, Statistic,
    Verdict,
};

/// The id of a phase in the model.
pub(super) fn phase_id(id: &meshdelta_run::PhaseId) -> PhaseId {
    PhaseId::new(id.as_str())
}

/// The name of a phase in the statistics.
pub(super) fn stats_name(id: &meshdelta_run::PhaseId) -> PhaseName {
    PhaseName::new(id.as_str())
}

/// The statistic of the latency, as the statistics name it.
pub(super) fn stats_statistic(statistic: Statistic) -> StatsStatistic {
    match statistic {
        Statistic::P50 => StatsStatistic::Quantile(Quantile::P50),
        Statistic::P90 => StatsStatistic::Quantile(Quantile::P90),
        Statistic::P95 => StatsStatistic::Quantile(Quantile::P95),
        Statistic::P99 => StatsStatistic::Quantile(Quantile::P99),
        Statistic::P999 => StatsStatistic::Quantile(Quantile::P999),
        Statistic::Mean => StatsStatistic::Mean,
    }
}

/// The statistic of the latency as a metric.
pub(crate) fn latency_metric(statistic: Statistic) -> Metric {
    Metric::Latency(stats_statistic(statistic))
}

/// An effect; none where the baseline is zero, because then it has no relative form.
pub(super) fn effect(effect: &StatsEffect) -> Option<Effect> {
    Some(Effect::new(effect.relative?.get(), effect.absolute.get()))
}

/// An interval of effects.
pub(super) fn effect_interval(interval: &StatsInterval) -> Option<EffectInterval> {
    let (lower, upper) = (effect(&interval.lower)?, effect(&interval.upper)?);
    Some(EffectInterval {
        relative: Interval::<Ratio> {
            lower: lower.relative,
            upper: upper.relative,
        },
        absolute_seconds: Interval::<Seconds> {
            lower: lower.absolute_seconds,
            upper: upper.absolute_seconds,
        },
    })
}

/// A verdict.
pub(super) const fn verdict(verdict: StatsVerdict) -> Verdict {
    match verdict {
        StatsVerdict::Invalid => Verdict::Invalid,
        StatsVerdict::NotEstimable => Verdict::NotEstimable,
        StatsVerdict::Higher => Verdict::Higher,
        StatsVerdict::Lower => Verdict::Lower,
        StatsVerdict::Equivalent => Verdict::Equivalent,
        StatsVerdict::EquivalentMeasurable => Verdict::EquivalentMeasurable,
        StatsVerdict::HigherSizeUnclear => Verdict::HigherSizeUnclear,
        StatsVerdict::LowerSizeUnclear => Verdict::LowerSizeUnclear,
        StatsVerdict::Inconclusive => Verdict::Inconclusive,
        StatsVerdict::ObservedHigher => Verdict::ObservedHigher,
        StatsVerdict::ObservedLower => Verdict::ObservedLower,
        StatsVerdict::ObservedSimilar => Verdict::ObservedSimilar,
        StatsVerdict::Unclear => Verdict::Unclear,
    }
}

/// The rule behind a run-level interval.
pub(super) const fn method(method: RunMethod) -> EstimateMethod {
    match method {
        RunMethod::HybridT => EstimateMethod::HybridT,
        RunMethod::PairedT => EstimateMethod::PairedT,
    }
}

/// The badges of an overhead, in a fixed order.
pub(super) fn badges(overhead: &Overhead) -> Vec<Badge> {
    let too_few_cells = matches!(
        overhead.inference,
        Inference::ValueOnly {
            cause: NoInterval::TooFewCells { .. }
        }
    );
    let mut badges: Vec<Badge> = overhead
        .badges
        .iter()
        .filter_map(|found| badge(*found, too_few_cells))
        .collect();
    badges.sort();
    badges.dedup();
    badges
}

/// Badges of several overheads together, in a fixed order.
pub(crate) fn badges_of(found: &[experiment::Badge]) -> Vec<Badge> {
    let mut badges: Vec<Badge> = found
        .iter()
        .filter_map(|found| badge(*found, false))
        .collect();
    badges.sort();
    badges.dedup();
    badges
}

/// A badge. That rounds were dropped is said by the number of rounds of the estimate and of its phase.
const fn badge(badge: experiment::Badge, too_few_cells: bool) -> Option<Badge> {
    use experiment::Badge as Stats;
    Some(match badge {
        Stats::WithinRun => Badge::WithinRunOnly,
        Stats::TwoRounds => Badge::TwoRoundsWeak,
        Stats::NoInterval if too_few_cells => Badge::TooFewIntervals,
        Stats::NoInterval => Badge::NoInterval,
        Stats::LowCount => Badge::LowCount,
        Stats::BucketLimited => Badge::BucketLimited,
        Stats::Skewed => Badge::Skewed,
        Stats::MethodSensitive => Badge::MethodSensitive,
        Stats::BelowNoiseFloor => Badge::CappedByNoiseFloor,
        Stats::BaselineDrift => Badge::BaselineDrift,
        Stats::RoundsDropped => return None,
        Stats::Unanchored => Badge::Unanchored,
        Stats::Reset => Badge::Reset,
        Stats::Resolution => Badge::Resolution,
        Stats::CoarseCells => Badge::CoarseCells,
    })
}

/// Why there is a value without an interval.
pub(super) fn no_interval_reason(cause: NoInterval) -> String {
    match cause {
        NoInterval::OneRound => "one round has no replication".to_owned(),
        NoInterval::TooFewCells { cells } => {
            format!("one round with {cells} analysis intervals; 8 are needed")
        }
        NoInterval::NoVariation => "nothing varied, so nothing is known about the error".to_owned(),
    }
}

/// Why there is no value.
pub(super) fn not_estimable_reason(cause: &NotEstimable) -> String {
    cause.to_string()
}
