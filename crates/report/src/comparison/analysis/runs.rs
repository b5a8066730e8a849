//! Each run by itself, before it is compared.

use std::path::Path;

use meshdelta_run::folder::SavedRun;

use crate::analysis::{RunEvaluation, evaluate};
use crate::comparison::error::ComparisonError;
use crate::comparison::model::SideRun;
use crate::findings;
use crate::model::ReportModel;

/// A run with all that is known about it.
pub(in crate::comparison) struct AnalysedRun<'a> {
    pub(in crate::comparison) folder: &'a Path,
    pub(in crate::comparison) evaluation: RunEvaluation<'a>,
    pub(in crate::comparison) report: ReportModel,
}

/// Analyses the runs of a side.
pub(super) fn analyse_side(runs: &[SavedRun]) -> Result<Vec<AnalysedRun<'_>>, ComparisonError> {
    runs.iter()
        .map(|run| {
            let failed = |source| ComparisonError::Run {
                folder: run.folder.clone(),
                source,
            };
            let evaluation = evaluate(run).map_err(failed)?;
            let report = evaluation.model().map_err(failed)?;
            Ok(AnalysedRun {
                folder: &run.folder,
                evaluation,
                report,
            })
        })
        .collect()
}

impl AnalysedRun<'_> {
    /// The run in brief.
    pub(super) fn in_brief(&self) -> SideRun {
        let run = &self.report.run;
        SideRun {
            id: run.id.clone(),
            title: run.title.clone(),
            environment: run.environment,
            caveat: run.caveat.clone(),
            started_at: run.started_at,
            rounds: run.rounds,
            duration_seconds: run.duration_seconds,
            rate: run.rate,
            requests: self.report.load.iter().map(|load| load.requests).sum(),
            versions: run.versions.clone(),
            completion: run.completion.clone(),
            quality: self.report.findings.quality.clone(),
            findings: findings::not_passed(&self.report)
                .into_iter()
                .cloned()
                .collect(),
        }
    }
}
