//! What would make the next run more precise (`docs/statistics.md`, "Planning numbers").

use meshdelta_run::{Manifest, Plan};
use meshdelta_stats::Quantile;
use meshdelta_stats::experiment::OverheadEstimate;
use meshdelta_stats::planning::RoundsNeeded;
use meshdelta_stats::quantile::LOW_COUNT_TAIL;

use super::RunEvaluation;
use super::convert::latency_metric;
use super::slots::cell_width;
use super::text::counted;
use crate::model::{Measured, Planning, Seconds, Statistic};
use crate::number_format::{THIN_SPACE, fixed_text};

/// A better duration is worth a word when it is this many times shorter or longer.
const WORTH_CHANGING: f64 = 1.5;

/// Returns the planning numbers.
pub(super) fn planning(evaluation: &RunEvaluation<'_>) -> Planning {
    let better = better_duration_seconds(evaluation);
    let mut advice = Vec::new();
    if runs_level(evaluation) {
        advice.extend(Statistic::PRIMARY.map(|statistic| rounds_advice(evaluation, statistic)));
    } else {
        advice.push(
            "Run two rounds or more, better five: one round says nothing about a rerun.".to_owned(),
        );
    }
    advice.extend(better.and_then(|better| duration_advice(evaluation, better)));
    Planning {
        better_duration_seconds: better.map_or_else(
            || Measured::unknown("the rounds do not vary beyond what their own noise explains"),
            |seconds| Measured::known(Seconds::new(seconds)),
        ),
        advice,
    }
}

fn estimates<'a>(
    evaluation: &'a RunEvaluation<'_>,
    statistic: Statistic,
) -> impl Iterator<Item = &'a OverheadEstimate> {
    let metric = latency_metric(statistic);
    let overheads = evaluation.analysis.overheads.iter();
    overheads.filter(move |estimate| estimate.metric == metric)
}

fn runs_level(evaluation: &RunEvaluation<'_>) -> bool {
    estimates(evaluation, Statistic::P50)
        .filter_map(OverheadEstimate::estimated)
        .any(|overhead| overhead.inference.run_level().is_some())
}

/// What the phase that needs the most rounds needs.
fn rounds_advice(evaluation: &RunEvaluation<'_>, statistic: Statistic) -> String {
    let needed: Vec<RoundsNeeded> = estimates(evaluation, statistic)
        .filter_map(|estimate| estimate.estimated()?.rounds_needed)
        .collect();
    let label = statistic.label();
    if needed.contains(&RoundsNeeded::LimitedByBuckets) {
        return format!(
            "At {label}, the width of histogram buckets keeps a phase from being judged, however many rounds are run."
        );
    }
    let most = needed.into_iter().map(|needed| match needed {
        RoundsNeeded::About { rounds } => rounds,
        _ => u32::MAX,
    });
    match most.max() {
        None => format!(
            "At {label}, nothing can be estimated; a higher rate or a longer duration would help."
        ),
        Some(u32::MAX) => format!(
            "At {label}, no practical number of rounds would bring every interval down to the smallest difference that matters; a longer duration or a quieter machine would help more."
        ),
        Some(rounds) => format!(
            "At {label}, about {} would bring the interval of every phase down to the smallest difference that matters.",
            counted(u64::from(rounds), "round")
        ),
    }
}

/// The middle of what the phases ask for at the median, of two the shorter.
fn better_duration_seconds(evaluation: &RunEvaluation<'_>) -> Option<f64> {
    let cells = estimates(evaluation, Statistic::P50)
        .filter_map(|estimate| estimate.estimated()?.better_phase_cells);
    let mut cells: Vec<f64> = cells.filter(|cells| cells.is_finite()).collect();
    cells.sort_by(f64::total_cmp);
    let middle = cells.get(cells.len().checked_sub(1)? / 2)?;
    let seconds = middle * cell_width(&evaluation.manifest.plan).0 as f64 / 1000.0;
    Some(seconds.max(shortest_seconds(&evaluation.manifest.plan)))
}

/// A slot that is shorter has too few intervals, or too few requests beyond p99, for what is reported of it.
fn shortest_seconds(plan: &Plan) -> f64 {
    let intervals = 8.0 * cell_width(plan).0 as f64 / 1000.0;
    let requests = LOW_COUNT_TAIL / (1.0 - Quantile::P99.get());
    intervals.max(requests / f64::from(plan.rate_per_second))
}

fn duration_advice(evaluation: &RunEvaluation<'_>, better_seconds: f64) -> Option<String> {
    let planned = f64::from(evaluation.manifest.plan.duration_seconds);
    let text = format!("{}{THIN_SPACE}s", fixed_text(better_seconds, 0));
    if better_seconds * WORTH_CHANGING < planned {
        Some(format!(
            "Shorter slots of about {text} and more rounds would be more precise in the same time."
        ))
    } else if better_seconds > planned * WORTH_CHANGING {
        Some(format!(
            "Longer slots of about {text} would be more precise in the same time than more rounds."
        ))
    } else {
        None
    }
}

/// Returns what a slot costs beside its measured load, in cells: the time that was not measured, over all slots.
pub(super) fn switch_cost_in_cells(manifest: &Manifest) -> Option<f64> {
    let measured: i64 = manifest
        .slots
        .iter()
        .map(|slot| slot.window.end.ms_since(slot.window.start))
        .sum();
    let all = manifest.finished_at.ms_since(manifest.started_at);
    let cost =
        (all - measured) as f64 / manifest.slots.len() as f64 / cell_width(&manifest.plan).0 as f64;
    (cost.is_finite() && cost > 0.0).then_some(cost)
}
