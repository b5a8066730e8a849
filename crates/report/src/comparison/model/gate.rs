//! What a pipeline asked of a comparison.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gates::GateState;

/// A gate and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateSummary {
    /// What was asked, in a few words.
    pub question: String,
    /// What became of it.
    pub state: GateState,
    /// Why, in one line.
    pub reason: String,
}
