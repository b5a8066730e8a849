//! What was run, and what the intervals mean.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::{RequestsPerSecond, Seconds, Share};

/// The run in brief.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSummary {
    /// The id of the run.
    pub id: String,
    /// A title for people; the id when the plan gives none.
    pub title: String,
    /// Where the run took place.
    pub environment: EnvironmentKind,
    /// What this environment cannot tell, in one sentence; shown beside the title. Always there for local runs.
    pub caveat: Option<String>,
    /// The number of rounds.
    pub rounds: u32,
    /// The planned request rate.
    pub rate: RequestsPerSecond,
    /// The measured time of each slot.
    pub duration_seconds: Seconds,
    /// The warm-up of each slot, which is not in the numbers.
    pub warm_up_seconds: Seconds,
    /// The seed of the order of phases.
    pub seed: u64,
    /// The realised order: for each round, the titles or ids of the phases in their slots.
    pub order: Vec<Vec<String>>,
    /// The version of this program.
    pub tool_version: String,
    /// Versions of the programs and images that took part.
    pub versions: Vec<ProgramVersion>,
    /// When the run started.
    pub started_at: DateTime<Utc>,
    /// When the run ended, if it did.
    pub finished_at: Option<DateTime<Utc>>,
    /// The command that repeats the run.
    pub reproduce_command: String,
    /// The command that makes this report again from the saved run.
    pub report_command: String,
    /// Whether all planned slots were measured.
    pub completion: Completion,
}

/// The kind of environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentKind {
    /// Processes on one machine.
    Local,
    /// A cluster that was there.
    Kubernetes,
    /// A cluster made for the run.
    Kind,
}

impl EnvironmentKind {
    /// The name shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Kubernetes => "Kubernetes",
            Self::Kind => "kind",
        }
    }
}

/// A program or image and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgramVersion {
    /// The program.
    pub program: String,
    /// Its version, or image digest.
    pub version: String,
}

/// How much of the plan was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Completion {
    /// All of it.
    Complete,
    /// A part of it.
    Partial {
        /// Slots that were measured.
        measured_slots: u32,
        /// Slots that were planned.
        planned_slots: u32,
        /// Why it ended early.
        reason: String,
    },
}

/// What the intervals of a report mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntervalDescription {
    /// The level of an interval, usually 0.95.
    pub level: Share,
    /// The level of the equivalence interval, usually 0.90.
    pub equivalence_level: Share,
    /// How many comparisons the simultaneous intervals cover together.
    pub simultaneous_comparisons: u32,
    /// The method in a few words, e.g. "paired t over 5 rounds".
    pub method: String,
    /// What the intervals generalise to.
    pub scope: IntervalScope,
}

/// What an interval generalises to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntervalScope {
    /// Another run under the same conditions: rounds were the unit of replication.
    BetweenRounds,
    /// This run only: there was one round.
    WithinRunOnly,
}
