//! What must have happened during a load, by what the mesh's own proxies counted: raw counters at two moments, never a rate.

mod counted;
mod custom;
#[cfg(test)]
mod exposed;
mod growth;
mod paths;
mod pods;

pub(super) use counted::judge;
pub(super) use custom::custom_proof;
pub(super) use growth::{growth, of_living};
pub(super) use paths::counters;
pub(super) use pods::{Lives, lives, same_pods};

use meshdelta_run::manifest::{Proof, ProofStage};

/// What k6 counted, warm-up and proofs included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// Requests that were answered as expected.
    pub(super) succeeded: u64,
    /// All requests. Those that failed may not have reached every hop.
    pub(super) all: u64,
}

fn proof(
    subject: impl Into<String>,
    expected: impl Into<String>,
    observed: impl Into<String>,
    passed: bool,
) -> Proof {
    Proof {
        stage: ProofStage::After,
        subject: subject.into(),
        expected: expected.into(),
        observed: observed.into(),
        passed,
    }
}
