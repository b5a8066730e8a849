//! Whether CPU and memory of everything that requests went through was seen.

use std::collections::BTreeSet;

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::slots::SlotReading;
use crate::model::{QualityFinding, Severity};

const CHECK: Check = Check {
    id: "unsampled",
    title: "Containers whose use was not seen",
    limit: "warn when CPU or memory of a container on the path is missing",
    why: "The cost of a phase is the sum over everything that its requests go through; without a part of it the phase would look cheaper than it is.",
    advice: "Let each load last 15 s and three scrapes of cAdvisor or longer, and let Prometheus scrape the kubelet (cAdvisor) of every node that servers, proxies and runners are on.",
};

/// Says nothing of runs in which nothing was looked for by name.
pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let mut slots = evidence.valid_slots();
    if !slots.any(|slot| !slot.series.record.unsampled.is_empty()) {
        return Vec::new();
    }
    CHECK.judge_slots(evidence, verdict, "")
}

fn verdict(slot: &SlotReading<'_>) -> SlotVerdict {
    let unsampled = slot.series.record.unsampled.iter();
    let names: BTreeSet<String> = unsampled
        .map(|one| format!("{} {}", one.role, one.instance))
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    (!names.is_empty()).then(|| (Severity::Warn, format!("nothing of {}", names.join(", "))))
}
