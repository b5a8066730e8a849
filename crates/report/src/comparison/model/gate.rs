//! What a pipeline asked of a comparison.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What makes a comparison fail.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// An overhead that rose by more than what matters.
    Regression,
    /// An overhead that changed at all.
    AnyChange,
    /// A regression, and a change that cannot be told.
    Inconclusive,
}

impl FailOn {
    /// The name on the command line.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::AnyChange => "any-change",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// What became of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// Nothing that it forbids was found.
    Passed,
    /// What it forbids was found.
    Failed,
    /// It asked for certainty, and there is none.
    Inconclusive,
}

impl GateState {
    /// The state in a word.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// A gate and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateSummary {
    /// What it forbids.
    pub fail_on: FailOn,
    /// What became of it.
    pub state: GateState,
    /// Why, in one line.
    pub reason: String,
}
