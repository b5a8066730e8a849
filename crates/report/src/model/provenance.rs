//! Where the numbers come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::Measured;
use super::unit::Seconds;

/// A fact about the machine, the cluster or the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentFact {
    /// The group under which it is shown: `machine`, `cluster`, `load`, ...
    pub group: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What would make the next run more precise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Planning {
    /// A better measured time for each slot at the same total time.
    pub better_duration_seconds: Measured<Seconds>,
    /// Advice in sentences, most useful first.
    pub advice: Vec<String>,
}

/// A part of the description of the method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MethodNote {
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
}

/// The digest of a file of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileDigest {
    /// The path within the run.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}
