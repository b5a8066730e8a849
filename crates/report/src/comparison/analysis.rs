//! From saved runs to the model of their comparison.

mod comparability;
mod convert;
mod distributions;
mod runs;

use std::collections::BTreeMap;

use meshdelta_run::folder::SavedRun;
use meshdelta_stats::MetricName;
use meshdelta_stats::compare::{ChangeMargin, Comparison, compare, shift_changes};
use meshdelta_stats::experiment::{Analysis, Metric};

pub(super) use convert::metric_of;
pub(super) use runs::AnalysedRun;
use runs::analyse_side;

use super::error::ComparisonError;
use super::gate;
use super::model::{
    COMPARISON_SCHEMA_VERSION, ChangeIntervals, ChangeMetric, ComparisonAnswer, ComparisonHeadings,
    ComparisonModel, Side,
};
use super::settings::{ComparisonSettings, Thresholds};
use super::texts;
use crate::analysis::shift_points;
use crate::model::{Phase, PhaseId, Share, ShiftFunction, Validity};

/// Compares runs, of which each side has one at least. Several runs of a side are runs of the same thing.
///
/// Runs that did not measure the same thing are refused, unless `settings` force it; the model then says so.
pub fn compare_runs(
    before: &[SavedRun],
    after: &[SavedRun],
    settings: &ComparisonSettings,
) -> Result<ComparisonModel, ComparisonError> {
    refuse_the_same_run(before.iter().chain(after))?;
    let comparability = comparability::of_runs(before, after, settings)?;
    let before = analyse_side(before)?;
    let after = analyse_side(after)?;
    let phases = common_phases(&before, &after);
    if phases.iter().all(|phase| phase.is_baseline) {
        return Err(ComparisonError::NoCommonPhase {
            before: texts::treatments_of(&before),
            after: texts::treatments_of(&after),
        });
    }
    let thresholds = thresholds(&after, settings)?;
    let comparison = compare(
        &analyses(&before),
        &analyses(&after),
        &margins(&after, &thresholds),
    );
    let (spectra, densities) = distributions::of_both_sides(&before, &after, &phases)?;
    let mut model = ComparisonModel {
        schema_version: COMPARISON_SCHEMA_VERSION,
        title: texts::title(&before, &after),
        intervals: intervals(&before, &after, &comparison, &phases),
        alerts: texts::alerts(&before, &after, &comparability, &phases),
        changes: convert::changes(&comparison, &phases),
        values: convert::values(&comparison, &phases),
        shifts: shifts(&before, &after, &phases)?,
        before: side(&before),
        after: side(&after),
        answer: ComparisonAnswer::default(),
        headings: ComparisonHeadings::default(),
        comparability,
        gates: Vec::new(),
        phases,
        spectra,
        densities,
        method: texts::method(),
        command: settings.command.clone(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    model.answer = texts::answer(&model);
    model.headings = texts::headings(&model);
    model.gates = gate::answers(&model, &comparison, settings, &thresholds)?;
    Ok(model)
}

fn refuse_the_same_run<'a>(
    runs: impl Iterator<Item = &'a SavedRun>,
) -> Result<(), ComparisonError> {
    let mut seen: BTreeMap<&str, &SavedRun> = BTreeMap::new();
    for run in runs {
        if let Some(first) = seen.insert(run.manifest.run_id.as_str(), run) {
            return Err(ComparisonError::SameRun {
                run_id: run.manifest.run_id.to_string(),
                first: first.folder.clone(),
                second: run.folder.clone(),
            });
        }
    }
    Ok(())
}

fn analyses<'a>(side: &'a [AnalysedRun<'_>]) -> Vec<&'a Analysis> {
    side.iter().map(|run| &run.evaluation.analysis).collect()
}

/// The phases of the last run that all runs have; one that is invalid in any run is invalid.
fn common_phases(before: &[AnalysedRun<'_>], after: &[AnalysedRun<'_>]) -> Vec<Phase> {
    let all = || before.iter().chain(after);
    let Some(last) = after.last() else {
        return Vec::new();
    };
    let of_all_runs = |phase: &Phase| -> Option<Phase> {
        let found: Option<Vec<(&AnalysedRun<'_>, &Phase)>> = all()
            .map(|run| Some((run, run.report.phase(&phase.id)?)))
            .collect();
        let reasons: Vec<String> = found?
            .into_iter()
            .flat_map(|(run, phase)| {
                let reasons = phase.validity.reasons().iter();
                reasons.map(move |reason| format!("run {}: {reason}", run.report.run.id))
            })
            .collect();
        Some(Phase {
            validity: if reasons.is_empty() {
                Validity::Valid
            } else {
                Validity::Invalid { reasons }
            },
            ..phase.clone()
        })
    };
    last.report.phases.iter().filter_map(of_all_runs).collect()
}

/// What the user says to matter, and where that is silent what the plan of the last run says.
fn thresholds(
    after: &[AnalysedRun<'_>],
    settings: &ComparisonSettings,
) -> Result<Thresholds, ComparisonError> {
    let Some(last) = after.last() else {
        return Ok(settings.thresholds.clone());
    };
    let of_plan = Thresholds::of_plan(&last.evaluation.manifest.plan.compare);
    let of_plan = of_plan.map_err(|source| ComparisonError::Plan {
        folder: last.folder.to_owned(),
        source,
    })?;
    Ok(settings.thresholds.clone().over(of_plan))
}

/// What matters: the thresholds, and for what they leave open what matters in an overhead.
fn margins(after: &[AnalysedRun<'_>], thresholds: &Thresholds) -> BTreeMap<Metric, ChangeMargin> {
    after.last().map_or_else(BTreeMap::new, |last| {
        thresholds.margins(|metric| last.evaluation.minimum_effect(metric))
    })
}

fn side(runs: &[AnalysedRun<'_>]) -> Side {
    Side {
        runs: runs.iter().map(AnalysedRun::in_brief).collect(),
    }
}

fn intervals(
    before: &[AnalysedRun<'_>],
    after: &[AnalysedRun<'_>],
    comparison: &Comparison,
    phases: &[Phase],
) -> ChangeIntervals {
    let treatments = phases.iter().filter(|phase| !phase.is_baseline).count();
    ChangeIntervals {
        level: Share::new(0.95),
        equivalence_level: Share::new(0.90),
        family_level: Share::new(0.05),
        simultaneous_comparisons: u32::try_from(treatments).unwrap_or(u32::MAX),
        method: texts::method_in_brief(before, after, comparison),
    }
}

fn shifts(
    before: &[AnalysedRun<'_>],
    after: &[AnalysedRun<'_>],
    phases: &[Phase],
) -> Result<Vec<ShiftFunction>, ComparisonError> {
    let experiments = |side: &'_ [AnalysedRun<'_>]| {
        side.iter()
            .map(|run| run.evaluation.experiment.clone())
            .collect::<Vec<_>>()
    };
    let (before, after) = (experiments(before), experiments(after));
    let functions = shift_changes(
        &before.iter().collect::<Vec<_>>(),
        &after.iter().collect::<Vec<_>>(),
    )
    .map_err(|error| ComparisonError::Together(error.into()))?;
    let treatments = phases.iter().filter(|phase| !phase.is_baseline);
    Ok(treatments
        .map(|phase| {
            let of_phase = functions
                .iter()
                .filter(|function| function.phase.as_str() == phase.id.as_str());
            ShiftFunction {
                phase: phase.id.clone(),
                points: of_phase.flat_map(shift_points).collect(),
            }
        })
        .collect())
}

/// The metric as the statistics name it.
pub(super) fn stats_metric(metric: ChangeMetric) -> Metric {
    use crate::analysis::{CPU_METRIC, MEMORY_METRIC, latency_metric};
    match metric.statistic() {
        Some(statistic) => latency_metric(statistic),
        None if metric == ChangeMetric::Cpu => Metric::Scalar(MetricName::new(CPU_METRIC)),
        None => Metric::Scalar(MetricName::new(MEMORY_METRIC)),
    }
}

/// The name of a phase as the statistics have it.
pub(super) fn stats_phase(id: &PhaseId) -> meshdelta_stats::PhaseName {
    meshdelta_stats::PhaseName::new(id.as_str())
}
