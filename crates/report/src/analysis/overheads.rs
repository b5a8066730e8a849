//! Overheads over the baseline, and the noise floor of the two baselines.

mod estimate;
mod floor;

use meshdelta_stats::experiment::{AbsoluteResult, OverheadEstimate, OverheadResult};
use meshdelta_stats::{Amount, MinimumEffect, Verdict as StatsVerdict};

pub(super) use floor::noise_floors;

use super::RunEvaluation;
use super::convert::{
    badges, effect, latency_metric, not_estimable_reason, phase_id, stats_name, stats_statistic,
    verdict,
};
use super::quality::phase_badges;
use crate::model::{
    Badge, Effect, Family, Margin, Measured, Overhead, PhaseId, Ratio, Seconds, Statistic,
};

/// Returns the overhead of every phase at every statistic.
pub(super) fn overheads(evaluation: &RunEvaluation<'_>) -> Vec<Overhead> {
    evaluation
        .treatments()
        .flat_map(|phase| Statistic::ALL.map(|statistic| overhead(evaluation, phase, statistic)))
        .collect()
}

fn overhead(
    evaluation: &RunEvaluation<'_>,
    phase: &meshdelta_run::Phase,
    statistic: Statistic,
) -> Overhead {
    let id = phase_id(&phase.id);
    let found = evaluation
        .analysis
        .overhead(&stats_name(&phase.id), &latency_metric(statistic));
    let estimate = match found.map(|found| &found.result) {
        None => Measured::unknown("not measured"),
        Some(OverheadResult::NotEstimable { cause }) => {
            Measured::unknown(not_estimable_reason(cause))
        }
        Some(OverheadResult::Estimated(overhead)) => estimate::estimate(evaluation, &id, overhead),
    };
    Overhead {
        family: family(statistic),
        verdict: verdict(found.map_or(StatsVerdict::NotEstimable, OverheadEstimate::verdict)),
        badges: all_badges(evaluation, &id, found),
        margin: margin(evaluation, statistic, found),
        phase: id,
        statistic,
        estimate,
    }
}

fn family(statistic: Statistic) -> Family {
    if Statistic::PRIMARY.contains(&statistic) {
        Family::Primary
    } else {
        Family::Exploratory
    }
}

fn all_badges(
    evaluation: &RunEvaluation<'_>,
    phase: &PhaseId,
    found: Option<&OverheadEstimate>,
) -> Vec<Badge> {
    let Some(overhead) = found.and_then(OverheadEstimate::estimated) else {
        return Vec::new();
    };
    let mut badges = badges(overhead);
    badges.extend(phase_badges(evaluation, phase));
    badges.sort();
    badges.dedup();
    badges
}

/// The smallest difference that matters, as an effect at this baseline.
fn margin(
    evaluation: &RunEvaluation<'_>,
    statistic: Statistic,
    found: Option<&OverheadEstimate>,
) -> Margin {
    let configured = evaluation
        .settings
        .minimum_effects
        .get(&stats_statistic(statistic))
        .copied()
        .unwrap_or_else(|| stats_statistic(statistic).default_minimum_effect());
    let estimated = found
        .and_then(OverheadEstimate::estimated)
        .and_then(|overhead| effect(&overhead.margin));
    Margin {
        configured_relative: Ratio::new(configured.relative.get()),
        configured_absolute_seconds: Seconds::new(configured.absolute.get()),
        effect: estimated
            .or_else(|| margin_at(configured, baseline(evaluation, statistic)?))
            .unwrap_or_else(|| Effect::new(configured.relative.get(), configured.absolute.get())),
    }
}

fn baseline(evaluation: &RunEvaluation<'_>, statistic: Statistic) -> Option<Amount> {
    let analysis = &evaluation.analysis;
    let found = analysis.absolute(&analysis.baseline, &latency_metric(statistic))?;
    match &found.result {
        AbsoluteResult::Estimated(absolute) => Some(absolute.value),
        AbsoluteResult::NotEstimable { .. } => None,
    }
}

fn margin_at(configured: MinimumEffect, baseline: Amount) -> Option<Effect> {
    let relative = configured.log_margin(baseline).relative().get();
    relative
        .is_finite()
        .then(|| Effect::new(relative, relative * baseline.get()))
}
