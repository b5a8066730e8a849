//! The model of a history: one serialisable struct of which every output is a view.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::comparison::{ChangeMetric, ChangeUnit, SideOverhead};
use crate::model::{
    Completion, EnvironmentKind, Measured, Phase, PhaseId, ProgramVersion, RequestsPerSecond,
    Seconds,
};

/// The version of the JSON form of [`HistoryModel`]; raised when a field changes its meaning or goes away.
pub const HISTORY_SCHEMA_VERSION: u32 = 1;

/// The runs of a folder in the order of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryModel {
    /// [`HISTORY_SCHEMA_VERSION`] of the program that made the model.
    pub schema_version: u32,
    /// The folder as the user named it.
    pub folder: String,
    /// The metric that tables and chart show.
    pub metric: ChangeMetric,
    /// The phases that they show, in order; each is in one run at least.
    pub phases: Vec<Phase>,
    /// The runs, the oldest first.
    pub runs: Vec<HistoryRun>,
    /// Runs that cannot be shown.
    pub left_out: Vec<LeftOut>,
    /// The command that lists them again.
    pub command: String,
    /// The version of this program.
    pub tool_version: String,
}

/// A run in brief, with what each of its phases adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryRun {
    /// Its id.
    pub id: String,
    /// Its folder within the folder of runs.
    pub folder: String,
    /// Its title.
    pub title: String,
    /// Where it took place.
    pub environment: EnvironmentKind,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// The rounds on which its numbers rest.
    pub rounds: u32,
    /// The measured time of each slot.
    pub duration_seconds: Seconds,
    /// The planned request rate.
    pub rate: RequestsPerSecond,
    /// Requests in all measured slots.
    pub requests: u64,
    /// Versions of the programs that took part.
    pub versions: Vec<ProgramVersion>,
    /// Whether all planned slots were measured.
    pub completion: Completion,
    /// What its quality checks say, in a sentence.
    pub quality: String,
    /// Whether it measured the same thing as the newest run.
    pub comparability: RunComparability,
    /// What each phase adds to the baseline: by phase, then by metric.
    pub overheads: Vec<HistoryOverhead>,
}

/// Whether a run measured the same thing as the newest one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RunComparability {
    /// It did, or it is the newest.
    Comparable,
    /// It did not.
    NotComparable {
        /// The facts that differ, by their places in `run.json`.
        facts: Vec<String>,
    },
}

/// What a phase adds to the baseline of its run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryOverhead {
    /// The phase.
    pub phase: PhaseId,
    /// The metric.
    pub metric: ChangeMetric,
    /// The unit of the absolute numbers.
    pub unit: ChangeUnit,
    /// The overhead, with an interval where the run has one.
    pub overhead: Measured<SideOverhead>,
    /// Why the phase is invalid in this run; empty when it is not.
    pub invalid: Vec<String>,
}

/// A run that cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Its folder within the folder of runs.
    pub folder: String,
    /// Why.
    pub reason: String,
}

impl HistoryRun {
    /// Whether it measured the same thing as the newest run.
    pub fn is_comparable(&self) -> bool {
        self.comparability == RunComparability::Comparable
    }

    /// What a phase adds.
    pub fn overhead(&self, phase: &PhaseId, metric: ChangeMetric) -> Option<&HistoryOverhead> {
        self.overheads
            .iter()
            .find(|overhead| &overhead.phase == phase && overhead.metric == metric)
    }
}

impl HistoryModel {
    /// What the phases add in a metric, run by run.
    pub fn shown(&self) -> impl Iterator<Item = (&Phase, &HistoryRun, &HistoryOverhead)> {
        self.phases.iter().flat_map(move |phase| {
            self.runs.iter().filter_map(move |run| {
                let overhead = run.overhead(&phase.id, self.metric)?;
                Some((phase, run, overhead))
            })
        })
    }
}
