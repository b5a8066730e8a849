//! How each slot proved its data path.

use meshdelta_run::manifest::{Proof, ProofStage as StoredStage};

use super::RunEvaluation;
use super::convert::phase_id;
use crate::model::{ProofCheck, ProofStage, Severity, SlotProof};

/// Returns the proofs of every slot, in the order of execution.
pub(super) fn proofs(evaluation: &RunEvaluation<'_>) -> Vec<SlotProof> {
    let records = evaluation.slots.iter().map(|slot| slot.series.record);
    records
        .map(|record| SlotProof {
            round: record.id.round + 1,
            slot: record.id.slot + 1,
            phase: phase_id(&record.phase),
            checks: record.proofs.iter().map(check).collect(),
        })
        .collect()
}

fn check(proof: &Proof) -> ProofCheck {
    ProofCheck {
        name: proof.subject.clone(),
        stage: match proof.stage {
            StoredStage::Before => ProofStage::BeforeLoad,
            StoredStage::After => ProofStage::AfterLoad,
        },
        expected: proof.expected.clone(),
        observed: proof.observed.clone(),
        outcome: if proof.passed {
            Severity::Pass
        } else {
            Severity::Fail
        },
    }
}
