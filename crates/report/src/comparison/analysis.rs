//! From saved runs to the model of their comparison.

mod convert;
mod distributions;
mod runs;

use std::collections::BTreeMap;

use meshdelta_run::Manifest;
use meshdelta_run::difference::{Grade as FactGrade, differences_between};
use meshdelta_run::folder::SavedRun;
use meshdelta_stats::MetricName;
use meshdelta_stats::compare::{ChangeMargin, Comparison, compare, shift_changes};
use meshdelta_stats::experiment::{Analysis, Metric};

pub(super) use convert::metric_of;
pub(super) use runs::AnalysedRun;
use runs::analyse_side;

use super::error::ComparisonError;
use super::model::{
    COMPARISON_SCHEMA_VERSION, ChangeIntervals, ChangeMetric, Comparability, ComparisonAnswer,
    ComparisonHeadings, ComparisonModel, FactDifference, Grade, Side,
};
use super::settings::{ComparisonSettings, Thresholds};
use super::texts;
use crate::analysis::shift_points;
use crate::limits::LimitError;
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
    let comparability = comparability(before, after, settings.force)?;
    let before = analyse_side(before)?;
    let after = analyse_side(after)?;
    let phases = common_phases(&before, &after);
    if phases.iter().all(|phase| phase.is_baseline) {
        return Err(ComparisonError::NoCommonPhase);
    }
    let comparison = compare(
        &analyses(&before),
        &analyses(&after),
        &margins(&after, settings),
    );
    let (spectra, densities) = distributions::of_both_sides(&before, &after, &phases)?;
    let mut model = ComparisonModel {
        schema_version: COMPARISON_SCHEMA_VERSION,
        title: texts::title(&before, &after),
        intervals: intervals(&before, &after, &comparison, &phases),
        alerts: texts::alerts(&before, &after, &comparability),
        changes: convert::changes(&comparison, &phases),
        values: convert::values(&comparison, &phases),
        shifts: shifts(&before, &after, &phases)?,
        before: side(&before),
        after: side(&after),
        answer: ComparisonAnswer::default(),
        headings: ComparisonHeadings::default(),
        comparability,
        gate: None,
        phases,
        spectra,
        densities,
        method: texts::method(),
        command: settings.command.clone(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    model.answer = texts::answer(&model);
    model.headings = texts::headings(&model);
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

fn comparability(
    before: &[SavedRun],
    after: &[SavedRun],
    force: bool,
) -> Result<Comparability, ComparisonError> {
    let manifests = |runs: &'_ [SavedRun]| -> Vec<Manifest> {
        runs.iter().map(|run| run.manifest.clone()).collect()
    };
    let (before, after) = (manifests(before), manifests(after));
    let found = differences_between(
        &before.iter().collect::<Vec<_>>(),
        &after.iter().collect::<Vec<_>>(),
    );
    let facts: Vec<FactDifference> = found
        .into_iter()
        .map(|difference| FactDifference {
            fact: difference.fact,
            before: difference.first,
            after: difference.second,
            grade: match difference.grade {
                FactGrade::Irrelevant => Grade::Irrelevant,
                FactGrade::Caution => Grade::Caution,
                FactGrade::NotComparable => Grade::NotComparable,
            },
        })
        .collect();
    let grave: Vec<FactDifference> = facts
        .iter()
        .filter(|fact| fact.grade == Grade::NotComparable)
        .cloned()
        .collect();
    if !grave.is_empty() && !force {
        return Err(ComparisonError::NotComparable { facts: grave });
    }
    Ok(Comparability {
        is_forced: !grave.is_empty(),
        facts,
    })
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

/// What matters: what the user says, what the plan of the last run says, the defaults.
fn margins(
    after: &[AnalysedRun<'_>],
    settings: &ComparisonSettings,
) -> BTreeMap<Metric, ChangeMargin> {
    let Some(last) = after.last() else {
        return BTreeMap::new();
    };
    thresholds_of(last.evaluation.manifest, settings)
        // What a plan says was checked before it was run; a plan of elsewhere that says nonsense says nothing.
        .unwrap_or_else(|_| settings.thresholds.clone())
        .margins(|metric| last.evaluation.minimum_effect(metric))
}

/// What the user says, and where that is silent what the plan says.
pub(super) fn thresholds_of(
    manifest: &Manifest,
    settings: &ComparisonSettings,
) -> Result<Thresholds, LimitError> {
    let of_plan = Thresholds::of_plan(&manifest.plan.compare)?;
    Ok(settings.thresholds.clone().over(of_plan))
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
fn stats_metric(metric: ChangeMetric) -> Metric {
    use crate::analysis::{CPU_METRIC, MEMORY_METRIC, latency_metric};
    match metric.statistic() {
        Some(statistic) => latency_metric(statistic),
        None if metric == ChangeMetric::Cpu => Metric::Scalar(MetricName::new(CPU_METRIC)),
        None => Metric::Scalar(MetricName::new(MEMORY_METRIC)),
    }
}

/// The name of a phase as the statistics have it.
fn stats_phase(id: &PhaseId) -> meshdelta_stats::PhaseName {
    meshdelta_stats::PhaseName::new(id.as_str())
}
