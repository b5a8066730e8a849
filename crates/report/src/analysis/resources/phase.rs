//! What each phase used, over its rounds.

use std::collections::BTreeMap;

use super::slot::RoleUse;
use crate::analysis::RunEvaluation;
use crate::analysis::convert::phase_id;
use crate::analysis::names::LOAD_GENERATOR;
use crate::analysis::slots::SlotReading;
use crate::model::{
    Bytes, Cores, CpuSeconds, Measured, PhaseResources, ResourceUse, RoleResources,
};

/// Known roles in the order of a request, with their titles.
const ROLES: [(&str, &str); 6] = [
    ("client-sidecar", "client sidecar"),
    ("client-ztunnel", "client ztunnel"),
    ("waypoint", "waypoint"),
    ("server-ztunnel", "server ztunnel"),
    ("server-sidecar", "server sidecar"),
    ("application", "application"),
];

/// Returns the resources of every phase.
pub(in crate::analysis) fn phase_resources(evaluation: &RunEvaluation<'_>) -> Vec<PhaseResources> {
    let phases = evaluation.manifest.plan.phases.iter();
    phases
        .map(|phase| {
            let slots: Vec<_> = evaluation.valid_slots_of(&phase.id).collect();
            PhaseResources {
                phase: phase_id(&phase.id),
                total: total(&slots),
                roles: roles(&slots),
            }
        })
        .collect()
}

fn total(slots: &[&SlotReading<'_>]) -> Measured<ResourceUse> {
    if slots.is_empty() {
        return Measured::unknown("no valid slot");
    }
    let totals = slots.iter().map(|slot| {
        let round = slot.series.record.id.round;
        Some((round, slot.resources.total?))
    });
    let by_round: Vec<(u32, RoleUse)> = totals.flatten().collect();
    mean_over_rounds(&by_round).map_or_else(
        || Measured::unknown("CPU and memory were not recorded"),
        Measured::known,
    )
}

fn roles(slots: &[&SlotReading<'_>]) -> Vec<RoleResources> {
    let mut uses: BTreeMap<(usize, &str), Vec<(u32, RoleUse)>> = BTreeMap::new();
    for slot in slots {
        for (role, (on_path, used)) in &slot.resources.roles {
            if *on_path || role == LOAD_GENERATOR {
                let round = slot.series.record.id.round;
                uses.entry((place(role), role))
                    .or_default()
                    .push((round, *used));
            }
        }
    }
    let resources = uses.into_iter().filter_map(|((_, role), uses)| {
        Some(RoleResources {
            role: role.to_owned(),
            title: title(role),
            is_in_total: role != LOAD_GENERATOR,
            used: mean_over_rounds(&uses)?,
        })
    });
    resources.collect()
}

/// The place in the order of a request; the load generator last.
fn place(role: &str) -> usize {
    let known = ROLES.iter().position(|(name, _)| *name == role);
    match known {
        Some(place) => place,
        None if role == LOAD_GENERATOR => usize::MAX,
        None => ROLES.len(),
    }
}

fn title(role: &str) -> String {
    ROLES
        .iter()
        .find(|(name, _)| *name == role)
        .map_or_else(|| role.replace('-', " "), |(_, title)| (*title).to_owned())
}

/// The mean over rounds of the mean over the slots of a round, so that a second baseline does not count twice.
fn mean_over_rounds(uses: &[(u32, RoleUse)]) -> Option<ResourceUse> {
    let mean = |field: fn(&RoleUse) -> Option<f64>| -> Option<f64> {
        let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (round, used) in uses {
            rounds.entry(*round).or_default().push(field(used)?);
        }
        let means: Vec<f64> = rounds.values().map(|values| average(values)).collect();
        (!means.is_empty()).then(|| average(&means))
    };
    Some(ResourceUse {
        cpu_seconds_per_thousand_requests: CpuSeconds::new(mean(|used| {
            used.cpu_seconds_per_thousand_requests
        })?),
        cpu_cores: Cores::new(mean(|used| Some(used.cpu_cores))?),
        memory_mean_bytes: Bytes::new(mean(|used| Some(used.memory_mean_bytes))?),
        memory_max_bytes: Bytes::new(mean(|used| Some(used.memory_max_bytes))?),
    })
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
