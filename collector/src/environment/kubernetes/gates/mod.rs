//! What must hold before a load, by what the API server and ztunnel say. Each gate is a function of objects, so that it can be tried in its
//! failing form too; [`all_hold`] waits for it.

mod amount;
mod custom;
mod deployment;
mod mesh;
mod placement;
#[cfg(test)]
mod recorded;
mod runners;
mod waypoint;
pub(super) mod ztunnel;

pub(super) use custom::custom_gate;
pub(super) use deployment::rollout;
pub(super) use mesh::{membership, namespace_labels};
pub(super) use placement::{nodes, placement};
pub(super) use runners::runners;
pub(super) use waypoint::{gateway, planned_waypoint, route, waypoint_bound};
pub(super) use ztunnel::{ConfigDump, knows_pods, knows_waypoint};

use meshdelta_run::manifest::{Proof, ProofStage};

use crate::kubernetes::Poll;

/// Makes one finding of a gate.
pub(super) fn finding(
    subject: impl Into<String>,
    expected: impl Into<String>,
    observed: impl Into<String>,
    passed: bool,
) -> Proof {
    Proof {
        stage: ProofStage::Before,
        subject: subject.into(),
        expected: expected.into(),
        observed: observed.into(),
        passed,
    }
}

/// Turns the findings of one look into a step of waiting.
pub(super) fn all_hold(findings: Vec<Proof>) -> Poll<Vec<Proof>> {
    let failing: Vec<String> = findings
        .iter()
        .filter(|finding| !finding.passed)
        .map(|finding| {
            format!(
                "{}: expected {}, observed {}",
                finding.subject, finding.expected, finding.observed
            )
        })
        .collect();
    if failing.is_empty() {
        Poll::Ready(findings)
    } else {
        Poll::Waiting(failing.join("; "))
    }
}

/// Finds a condition of a status, with the generation that it was made for.
pub(super) struct Condition<'a> {
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) observed_generation: Option<i64>,
}

/// Finds a condition by its type in a list of conditions.
pub(super) fn condition<'a>(
    conditions: &'a serde_json::Value,
    type_name: &str,
) -> Option<Condition<'a>> {
    let found = conditions
        .as_array()?
        .iter()
        .find(|condition| condition["type"] == type_name)?;
    Some(Condition {
        status: found["status"].as_str().unwrap_or_default(),
        reason: found["reason"].as_str().unwrap_or_default(),
        observed_generation: found["observedGeneration"].as_i64(),
    })
}

/// Judges a condition that must be true and made for this generation of the object.
pub(super) fn is_true(
    subject: &str,
    conditions: &serde_json::Value,
    type_name: &str,
    generation: Option<i64>,
) -> Proof {
    let expected = format!("{type_name}=True");
    match condition(conditions, type_name) {
        None => finding(
            subject,
            expected,
            format!("no condition {type_name}"),
            false,
        ),
        Some(found) => {
            let is_current = match (found.observed_generation, generation) {
                (Some(observed), Some(generation)) => observed >= generation,
                _ => true,
            };
            let observed = if is_current {
                format!("{type_name}={} {}", found.status, found.reason)
            } else {
                format!("{type_name}={} of an older generation", found.status)
            };
            finding(
                subject,
                expected,
                observed.trim_end(),
                found.status == "True" && is_current,
            )
        }
    }
}
