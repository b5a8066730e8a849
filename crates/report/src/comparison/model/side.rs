//! The runs of a comparison.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Completion, EnvironmentKind, ProgramVersion, QualityFinding, RequestsPerSecond, Seconds,
};

/// One run, or several runs of one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// The runs, in the order given.
    pub runs: Vec<SideRun>,
}

/// A run in brief.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SideRun {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it took place.
    pub environment: EnvironmentKind,
    /// What its environment cannot tell.
    pub caveat: Option<String>,
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
    /// The checks that did not pass, the worst first.
    pub findings: Vec<QualityFinding>,
}

impl Side {
    /// The ids of the runs, for people.
    pub fn ids(&self) -> String {
        let ids: Vec<&str> = self.runs.iter().map(|run| run.id.as_str()).collect();
        ids.join(", ")
    }

    /// The requests of all runs.
    pub fn requests(&self) -> u64 {
        self.runs.iter().map(|run| run.requests).sum()
    }
}
