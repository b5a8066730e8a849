//! Whether the compared phases carried the same load.

use super::check::{Check, Evidence};
use crate::analysis::slots::SlotReading;
use crate::analysis::text::{change, percent};
use crate::model::{QualityFinding, Severity};

/// Rates that differ by more than this share are two loads.
const LARGEST_DIFFERENCE: f64 = 0.01;

pub(super) const CHECK: Check = Check {
    id: "equal-load",
    title: "Equal load",
    limit: "invalid when a rate differs from the baseline's by more than 1 %",
    why: "Latency depends on load, so a difference of load would pass for a difference of phases.",
    advice: "Find out why a phase could not take the rate, or lower it for all.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let phases: Vec<_> = evidence
        .phases()
        .map(|(phase, slots)| (phase, requests_per_slot(&slots), rate(&slots)))
        .collect();
    let baseline = evidence
        .manifest
        .plan
        .phases
        .iter()
        .find(|phase| phase.is_baseline());
    let Some((_, baseline_requests, baseline_rate)) = phases
        .iter()
        .find(|(phase, ..)| baseline.is_some_and(|one| one.id.as_str() == phase.as_str()))
    else {
        return Vec::new();
    };
    let mut largest = 0.0_f64;
    let mut findings = Vec::new();
    for (phase, requests, rate) in &phases {
        let difference = rate / baseline_rate - 1.0;
        if !difference.is_finite() {
            continue;
        }
        // Where the edges of windows fall makes one request at either end.
        let is_edge = (requests - baseline_requests).abs() <= 2.0;
        if difference.abs() > LARGEST_DIFFERENCE && !is_edge {
            let observed = format!("{} against the baseline", change(difference));
            findings.push(CHECK.finding(Severity::Fail, Some(phase.clone()), observed));
        } else {
            largest = largest.max(difference.abs());
        }
    }
    let passed = format!("rates differ by {} at the most", percent(largest, 2));
    CHECK.or_pass(findings, passed)
}

fn requests_per_slot(slots: &[&SlotReading<'_>]) -> f64 {
    let requests: u64 = slots
        .iter()
        .map(|slot| slot.series.record.load.requests())
        .sum();
    requests as f64 / slots.len() as f64
}

fn rate(slots: &[&SlotReading<'_>]) -> f64 {
    let seconds: f64 = slots
        .iter()
        .map(|slot| slot.series.record.window.seconds())
        .sum();
    requests_per_slot(slots) * slots.len() as f64 / seconds
}
