//! Whether the run made its own requests slower on purpose, to see whether that is found. Nothing is said of a run that did not.

use meshdelta_run::plan::EnvironmentKind;

use super::check::{Check, Evidence};
use crate::analysis::convert::phase_id;
use crate::model::{QualityFinding, Severity};

const CHECK: Check = Check {
    id: "injected-delay",
    title: "Delay injected on purpose",
    limit: "warn on every phase whose requests the plan delays (`[local.fault]`)",
    why: "The overhead of the phase contains the delay, so it is no cost of the mesh.",
    advice: "Use the run to test a comparison or a gate; leave `[local.fault]` out of the plan to measure a mesh.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let plan = &evidence.manifest.plan;
    // Only the local environment has the setting, whatever a plan holds.
    let fault = (plan.environment == EnvironmentKind::Local)
        .then_some(plan.local.fault)
        .flatten();
    let Some(fault) = fault else {
        return Vec::new();
    };
    let delayed = plan
        .phases
        .iter()
        .filter(|phase| fault.hop.is_in(&phase.id));
    let observed = format!(
        "{} ms in every request at {}",
        fault.delay_ms,
        fault.hop.as_str()
    );
    delayed
        .map(|phase| CHECK.finding(Severity::Warn, Some(phase_id(&phase.id)), observed.clone()))
        .collect()
}
