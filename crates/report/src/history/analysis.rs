//! From a folder of runs to the model of its history.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use meshdelta_run::difference::{Grade, RunFacts, differences_of};
use meshdelta_run::folder::{self, MANIFEST_FILE};
use meshdelta_run::{Manifest, RunError};
use rayon::prelude::*;

use super::error::HistoryError;
use super::model::{
    HISTORY_SCHEMA_VERSION, HistoryModel, HistoryOverhead, HistoryRun, LeftOut, RunComparability,
};
use crate::analysis::analyse_run;
use crate::comparison::{ChangeMetric, Difference, DifferenceInterval, SideOverhead};
use crate::model::{Badge, Measured, Overhead, Phase, ReportModel, ResourceMetric, ResourceValue};

/// What is to be shown.
#[derive(Debug, Clone)]
pub struct HistorySettings {
    /// The metric of tables and chart.
    pub metric: ChangeMetric,
    /// The ids of the phases that they show; all when empty.
    pub phases: Vec<String>,
    /// The command that lists the runs again.
    pub command: String,
}

/// A run as it was read.
struct ReadRun {
    folder: String,
    manifest: Manifest,
    facts: RunFacts,
    report: ReportModel,
}

/// Reads every run of a folder. What is unfinished or damaged is left out, with the reason; folders that are no runs are not looked at.
pub fn read_history(path: &Path, settings: &HistorySettings) -> Result<HistoryModel, HistoryError> {
    let folders = folders_of(path)?;
    // Each run is dropped as soon as it is analysed: its tables are large.
    let read: Vec<(String, Result<ReadRun, String>)> = folders
        .into_par_iter()
        .filter_map(|folder| read(&folder))
        .collect();
    let (mut runs, mut left_out) = (Vec::new(), Vec::new());
    for (folder, result) in read {
        match result {
            Ok(run) => runs.push(run),
            Err(reason) => left_out.push(LeftOut { folder, reason }),
        }
    }
    runs.sort_by_key(|run| (run.manifest.started_at, run.folder.clone()));
    leave_out_copies(&mut runs, &mut left_out);
    let Some(newest) = runs.last() else {
        return Err(no_runs(path, &left_out));
    };
    let phases = phases(&runs, &settings.phases)?;
    let briefs = runs.iter().map(|run| brief(run, &newest.facts));
    Ok(HistoryModel {
        schema_version: HISTORY_SCHEMA_VERSION,
        folder: path.display().to_string(),
        metric: settings.metric,
        phases,
        runs: briefs.collect(),
        left_out,
        command: settings.command.clone(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// The folders within a folder, by name.
fn folders_of(path: &Path) -> Result<Vec<PathBuf>, HistoryError> {
    if path.join(MANIFEST_FILE).is_file() {
        return Err(HistoryError::IsARun {
            path: path.to_owned(),
        });
    }
    let failed = |source| HistoryError::List { source };
    let mut folders = Vec::new();
    for entry in fs_err::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}

/// Reads and analyses a run; nothing when the folder is none.
fn read(path: &Path) -> Option<(String, Result<ReadRun, String>)> {
    let name = path.file_name().unwrap_or_default();
    let folder = name.to_string_lossy().into_owned();
    let run = match folder::read(path) {
        Err(RunError::NotARun { .. }) => return None,
        Err(error) => return Some((folder, Err(error.to_string()))),
        Ok(run) => run,
    };
    let result = analyse_run(&run).map_err(|error| error.to_string());
    let read = result.map(|report| ReadRun {
        folder: folder.clone(),
        facts: RunFacts::of(&run),
        manifest: run.manifest,
        report,
    });
    Some((folder, read))
}

/// A run counts once, however often it was copied.
fn leave_out_copies(runs: &mut Vec<ReadRun>, left_out: &mut Vec<LeftOut>) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    runs.retain(|run| {
        let id = run.report.run.id.clone();
        let Some(first) = seen.get(&id) else {
            seen.insert(id, run.folder.clone());
            return true;
        };
        left_out.push(LeftOut {
            folder: run.folder.clone(),
            reason: format!("it is run {id} again, which is in `{first}` too"),
        });
        false
    });
}

fn no_runs(path: &Path, left_out: &[LeftOut]) -> HistoryError {
    let reasons = left_out
        .iter()
        .map(|run| format!("{}: {}", run.folder, run.reason));
    HistoryError::NoRuns {
        path: path.to_owned(),
        left_out: reasons.collect(),
    }
}

/// The phases of all runs but baselines, those of the newest first; of them the wanted ones.
fn phases(runs: &[ReadRun], wanted: &[String]) -> Result<Vec<Phase>, HistoryError> {
    let mut phases: Vec<Phase> = Vec::new();
    for phase in runs.iter().rev().flat_map(|run| run.report.treatments()) {
        if phases.iter().all(|known| known.id != phase.id) {
            // What is invalid in one run is not so in others.
            phases.push(Phase {
                validity: crate::model::Validity::Valid,
                ..phase.clone()
            });
        }
    }
    let unknown = |id: &&String| phases.iter().all(|phase| phase.id.as_str() != id.as_str());
    if let Some(phase) = wanted.iter().find(unknown) {
        return Err(HistoryError::UnknownPhase {
            phase: phase.clone(),
            known: phases.iter().map(|phase| phase.id.to_string()).collect(),
        });
    }
    phases.retain(|phase| wanted.is_empty() || wanted.iter().any(|id| id == phase.id.as_str()));
    Ok(phases)
}

fn brief(run: &ReadRun, newest: &RunFacts) -> HistoryRun {
    let report = &run.report;
    let summary = &report.run;
    let facts: Vec<String> = differences_of(
        std::slice::from_ref(&run.facts),
        std::slice::from_ref(newest),
    )
    .into_iter()
    .filter(|difference| difference.grade == Grade::NotComparable)
    .map(|difference| difference.fact)
    .collect();
    HistoryRun {
        id: summary.id.clone(),
        folder: run.folder.clone(),
        title: summary.title.clone(),
        environment: summary.environment,
        started_at: summary.started_at,
        rounds: summary.rounds,
        duration_seconds: summary.duration_seconds,
        rate: summary.rate,
        requests: report.load.iter().map(|load| load.requests).sum(),
        versions: summary.versions.clone(),
        completion: summary.completion.clone(),
        quality: report.findings.quality.clone(),
        comparability: if facts.is_empty() {
            RunComparability::Comparable
        } else {
            RunComparability::NotComparable { facts }
        },
        overheads: report
            .treatments()
            .flat_map(|phase| ChangeMetric::ALL.map(|metric| overhead(report, phase, metric)))
            .collect(),
    }
}

fn overhead(report: &ReportModel, phase: &Phase, metric: ChangeMetric) -> HistoryOverhead {
    let found = if let Some(statistic) = metric.statistic() {
        report.overhead(&phase.id, statistic).map(of_latency)
    } else {
        let metric = match metric {
            ChangeMetric::Cpu => ResourceMetric::CpuPerThousandRequests,
            _ => ResourceMetric::MemoryMean,
        };
        let found = report.resource_difference(&phase.id, metric);
        found.map(|found| match &found.difference {
            Measured::Known { value } => Measured::known(of_resource(value)),
            Measured::Unknown { reason } => Measured::unknown(reason.as_str()),
        })
    };
    HistoryOverhead {
        phase: phase.id.clone(),
        metric,
        unit: metric.unit(),
        overhead: found.unwrap_or_else(|| Measured::unknown("not measured")),
        invalid: phase.validity.reasons().to_vec(),
    }
}

fn of_latency(overhead: &Overhead) -> Measured<SideOverhead> {
    let difference = |effect: &crate::model::Effect| Difference {
        relative: Some(effect.relative),
        absolute: effect.absolute_seconds.get(),
    };
    let Some(point) = overhead.point() else {
        return Measured::unknown(overhead.estimate.reason().unwrap_or_default());
    };
    // An interval within one round is of another kind, and would look more precise than those of several rounds.
    let of_rounds = overhead
        .interval()
        .filter(|_| !overhead.badges.contains(&Badge::WithinRunOnly));
    let interval = of_rounds.map(|interval| DifferenceInterval {
        lower: Difference {
            relative: Some(interval.relative.lower),
            absolute: interval.absolute_seconds.lower.get(),
        },
        upper: Difference {
            relative: Some(interval.relative.upper),
            absolute: interval.absolute_seconds.upper.get(),
        },
    });
    Measured::known(SideOverhead {
        point: difference(&point),
        interval,
    })
}

/// CPU and memory have no ratio: the baseline may have none of either.
fn of_resource(value: &ResourceValue) -> SideOverhead {
    let difference = |absolute: f64| Difference {
        relative: None,
        absolute,
    };
    SideOverhead {
        point: difference(value.point()),
        interval: value.ends().map(|(lower, upper)| DifferenceInterval {
            lower: difference(lower),
            upper: difference(upper),
        }),
    }
}
