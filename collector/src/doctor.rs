//! What this machine has and lacks for an environment.

use crate::environment::local::{Program, REQUIREMENTS, Requirement};
use crate::error::CollectorError;

/// The finding about one program.
#[derive(Debug)]
pub struct ProgramFinding {
    /// What is needed.
    pub requirement: Requirement,
    /// What was found, or why it does not serve.
    pub found: Result<Program, CollectorError>,
}

/// Looks for every program of the local environment.
pub async fn examine_local() -> Vec<ProgramFinding> {
    let mut findings = Vec::new();
    for requirement in REQUIREMENTS {
        findings.push(ProgramFinding {
            requirement,
            found: requirement.find().await,
        });
    }
    findings
}
