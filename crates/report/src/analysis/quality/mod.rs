//! Quality checks: one file each. Each says what was seen, why it matters and what to do.
//!
//! Limits are those of `docs/statistics.md`, "Data-quality gates". A failed check of a phase takes its verdict away, not its
//! numbers. Checks judge the slots that enter the statistics; slots that do not are the matter of [`excluded_slots`].

mod achieved_rate;
mod baseline_repeat;
mod baseline_trend;
mod check;
mod clock_skew;
mod completeness;
mod counts;
mod dropped_iterations;
mod duplicates;
mod equal_load;
mod error_share;
mod exact_quantiles;
mod excess_requests;
mod excluded_slots;
pub(super) mod gaps;
mod injected_delay;
mod machine_load;
mod monotone;
mod order_effect;
mod outlier_rounds;
mod resets;
mod run_warnings;
mod runners;
mod saturation;
mod stationarity;
mod throttling;
mod unsampled;
mod zero_bucket;

use std::cmp::Reverse;

use meshdelta_run::Manifest;
use meshdelta_stats::experiment::Analysis;

use self::check::Evidence;
use super::RunEvaluation;
use super::slots::SlotReading;
use crate::model::{Badge, PhaseId, QualityFinding, Severity};

type BeforeCheck = fn(Evidence<'_>) -> Vec<QualityFinding>;
type AfterCheck = fn(&Manifest, &Analysis) -> Vec<QualityFinding>;

const BEFORE: [BeforeCheck; 22] = [
    excluded_slots::check,
    completeness::check,
    achieved_rate::check,
    equal_load::check,
    excess_requests::check,
    dropped_iterations::check,
    error_share::check,
    counts::check,
    duplicates::check,
    gaps::check,
    runners::check,
    resets::check,
    clock_skew::check,
    zero_bucket::check,
    monotone::check,
    exact_quantiles::check,
    machine_load::check,
    saturation::check,
    throttling::check,
    unsampled::check,
    run_warnings::check,
    injected_delay::check,
];

const AFTER: [AfterCheck; 5] = [
    stationarity::check,
    baseline_repeat::check,
    baseline_trend::check,
    order_effect::check,
    outlier_rounds::check,
];

/// Runs the checks that need no statistics.
pub(super) fn before(manifest: &Manifest, slots: &[SlotReading<'_>]) -> Vec<QualityFinding> {
    let evidence = Evidence { manifest, slots };
    BEFORE.iter().flat_map(|check| check(evidence)).collect()
}

/// Runs the checks that look at statistics. They never fail a phase, because its verdict is already there.
pub(super) fn after(manifest: &Manifest, analysis: &Analysis) -> Vec<QualityFinding> {
    AFTER
        .iter()
        .flat_map(|check| check(manifest, analysis))
        .collect()
}

/// Puts the worst first, and keeps the order of the checks otherwise.
pub(super) fn sorted(mut findings: Vec<QualityFinding>) -> Vec<QualityFinding> {
    findings.sort_by_key(|finding| Reverse(finding.severity));
    findings
}

/// Returns the phase and the reason of every failed check; no phase means the whole run.
pub(super) fn failures(
    findings: &[QualityFinding],
) -> impl Iterator<Item = (Option<&PhaseId>, String)> {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Fail)
        .map(|finding| {
            let reason = format!("{}: {}", finding.title, finding.observed);
            (finding.phase.as_ref(), reason)
        })
}

/// Returns the badges that checks put on the overheads of a phase, which its own slots and those of the baseline enter.
pub(super) fn phase_badges(evaluation: &RunEvaluation<'_>, phase: &PhaseId) -> Vec<Badge> {
    let baseline = evaluation.analysis.baseline.as_str();
    let noticed = |check: &str| {
        evaluation.quality.iter().any(|finding| {
            finding.check == check
                && finding.severity != Severity::Pass
                && finding
                    .phase
                    .as_ref()
                    .is_some_and(|found| found == phase || found.as_str() == baseline)
        })
    };
    let badges = [
        (equal_load::CHECK.id, Badge::LoadMismatch),
        (stationarity::CHECK.id, Badge::Drift),
    ];
    badges
        .into_iter()
        .filter(|(check, _)| noticed(check))
        .map(|(_, badge)| badge)
        .collect()
}
