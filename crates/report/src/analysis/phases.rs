//! The phases, and whether their numbers may be judged.

use std::collections::BTreeSet;

use super::RunEvaluation;
use super::convert::phase_id;
use super::quality;
use super::slots::SlotReading;
use crate::model::{ColourSlot, Phase, PhaseId, Validity};

/// The number of built-in phases, whose colours are fixed.
const BUILT_IN: [&str; 5] = ["baseline", "sidecar", "sidecar-l7", "ambient", "ambient-l7"];

/// Returns the phases in the order of the plan.
pub(super) fn phases(evaluation: &RunEvaluation<'_>) -> Vec<Phase> {
    let mut own_phases = 0;
    let phases = evaluation.manifest.plan.phases.iter();
    phases
        .map(|phase| {
            let id = phase_id(&phase.id);
            let colour = ColourSlot::for_phase(&id, own_phases);
            if !BUILT_IN.contains(&id.as_str()) {
                own_phases += 1;
            }
            let rounds: BTreeSet<u32> = evaluation
                .valid_slots_of(&phase.id)
                .map(|slot| slot.series.record.id.round)
                .collect();
            Phase {
                title: phase.title.clone(),
                data_path: phase.data_path.clone(),
                is_baseline: phase.is_baseline(),
                validity: validity(evaluation, phase, &id, rounds.is_empty()),
                colour,
                valid_rounds: u32::try_from(rounds.len()).unwrap_or(u32::MAX),
                id,
            }
        })
        .collect()
}

fn validity(
    evaluation: &RunEvaluation<'_>,
    phase: &meshdelta_run::Phase,
    id: &PhaseId,
    has_no_valid_slot: bool,
) -> Validity {
    let mut reasons: Vec<String> = quality::failures(&evaluation.quality)
        .filter(|(failed, _)| *failed == Some(id))
        .map(|(_, reason)| reason)
        .collect();
    if has_no_valid_slot && reasons.is_empty() {
        let failed: Vec<String> = evaluation.slots_of(&phase.id).map(describe).collect();
        reasons.push(if failed.is_empty() {
            "not measured".to_owned()
        } else {
            failed.join("; ")
        });
    }
    if reasons.is_empty() {
        Validity::Valid
    } else {
        Validity::Invalid { reasons }
    }
}

fn describe(slot: &SlotReading<'_>) -> String {
    let reason = slot
        .failure()
        .unwrap_or_else(|| "two processes wrote to one series".to_owned());
    format!("{}: {reason}", slot.series.record.id)
}
