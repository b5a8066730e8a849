//! Whether the load generator or the machine was at its limit.

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::names::LOAD_GENERATOR;
use crate::analysis::slots::SlotReading;
use crate::analysis::text::percent;
use crate::model::{QualityFinding, Severity};

/// A load generator that uses more of the machine than this is what is measured.
const LOAD_GENERATOR_ABOVE: f64 = 0.8;
/// Processes that use more of the machine than this together wait for each other.
const TOGETHER_ABOVE: f64 = 0.9;

const CHECK: Check = Check {
    id: "saturation",
    title: "CPU in use",
    limit: "warn when the load generator uses over 80 %, or all processes together over 90 % of the machine",
    why: "On a machine at its limit, waiting for a core is part of every latency, and a phase with more processes waits longer.",
    advice: "Lower the rate, or use a machine with more cores.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let Some(cores) = evidence.manifest.environment.host.logical_cores else {
        return Vec::new();
    };
    let cores = f64::from(cores.max(1));
    let judge = |slot: &SlotReading<'_>| verdict(slot, cores);
    let most = evidence
        .valid_slots()
        .map(|slot| together(slot) / cores)
        .fold(0.0, f64::max);
    let passed = format!("at most {} of the machine in any slot", percent(most, 0));
    CHECK.judge_slots(evidence, judge, passed)
}

fn together(slot: &SlotReading<'_>) -> f64 {
    let roles = slot.resources.roles.values();
    roles.map(|(_, used)| used.cpu_cores).sum()
}

fn verdict(slot: &SlotReading<'_>, cores: f64) -> SlotVerdict {
    let load_generator = slot.resources.roles.get(LOAD_GENERATOR);
    let load_generator = load_generator.map_or(0.0, |(_, used)| used.cpu_cores) / cores;
    let together = together(slot) / cores;
    if load_generator > LOAD_GENERATOR_ABOVE {
        let observed = format!("k6 used {} of the machine", percent(load_generator, 0));
        Some((Severity::Warn, observed))
    } else if together > TOGETHER_ABOVE {
        let observed = format!("all processes used {} of the machine", percent(together, 0));
        Some((Severity::Warn, observed))
    } else {
        None
    }
}
