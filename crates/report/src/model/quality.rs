//! Quality checks and proofs of the data path.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::phase::PhaseId;

/// How a check ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing to say.
    Pass,
    /// Read the numbers with care.
    Warn,
    /// The phase or the run is invalid.
    Fail,
}

impl Severity {
    /// The word shown.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    /// A small shape that goes with the word.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Warn => "!",
            Self::Fail => "×",
        }
    }
}

/// The result of one quality check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QualityFinding {
    /// The id of the check, `achieved-rate`.
    pub check: String,
    /// Its title.
    pub title: String,
    /// How it ended.
    pub severity: Severity,
    /// The phase it is about; none when it is about the run.
    pub phase: Option<PhaseId>,
    /// What was seen, with numbers.
    pub observed: String,
    /// The limits it was held against.
    pub limit: String,
    /// Why it matters.
    pub why: String,
    /// What to do; empty when it passed.
    pub advice: String,
}

/// How one slot proved its data path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlotProof {
    /// The round, from 1.
    pub round: u32,
    /// The slot in the round, from 1.
    pub slot: u32,
    /// The phase.
    pub phase: PhaseId,
    /// The checks in order.
    pub checks: Vec<ProofCheck>,
}

impl SlotProof {
    /// The worst outcome of the checks.
    pub fn outcome(&self) -> Severity {
        self.checks
            .iter()
            .map(|check| check.outcome)
            .max()
            .unwrap_or(Severity::Fail)
    }
}

/// One check of a data path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProofCheck {
    /// What was checked.
    pub name: String,
    /// When it was checked.
    pub stage: ProofStage,
    /// What was expected.
    pub expected: String,
    /// What was seen.
    pub observed: String,
    /// How it ended.
    pub outcome: Severity,
}

/// When a proof was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProofStage {
    /// Before the load.
    BeforeLoad,
    /// After the load.
    AfterLoad,
}

impl ProofStage {
    /// The words shown.
    pub const fn label(self) -> &'static str {
        match self {
            Self::BeforeLoad => "before load",
            Self::AfterLoad => "after load",
        }
    }
}
