//! The proofs of a phase of the user's own.

use meshdelta_run::manifest::Proof;
use meshdelta_run::plan::{Growth as Wanted, PhaseProof};

use super::Sent;
use super::counted::{judge, judged};
use super::growth::Growth;
use super::paths::Movement;

/// Judges a counter of the user's own by how much it grew.
pub(in super::super) fn custom_proof(proof: &PhaseProof, grown: &Growth, sent: Sent) -> Proof {
    match proof.grows {
        Wanted::ByRequests => judge(&proof.name, Movement::ByRequests, grown, sent),
        Wanted::None => judge(&proof.name, Movement::None, grown, sent),
        Wanted::Some => judged(&proof.name, "more than 0".to_owned(), grown, |total| {
            total > 0.0
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_must_grow_as_the_plan_says() {
        let passes = |grows: Wanted, total: Option<f64>| {
            let proof = PhaseProof {
                name: "it".to_owned(),
                query: "request_total".to_owned(),
                grows,
            };
            let grown = Growth {
                total,
                broken: Vec::new(),
            };
            let sent = Sent {
                succeeded: 100,
                all: 100,
            };
            custom_proof(&proof, &grown, sent).passed
        };
        assert!(passes(Wanted::ByRequests, Some(100.0)) && !passes(Wanted::ByRequests, Some(50.0)));
        assert!(
            passes(Wanted::Some, Some(1.0))
                && !passes(Wanted::Some, Some(0.0))
                && !passes(Wanted::Some, None)
        );
        assert!(
            passes(Wanted::None, Some(0.0))
                && passes(Wanted::None, None)
                && !passes(Wanted::None, Some(1.0))
        );
    }
}
