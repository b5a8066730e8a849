//! Load and errors.

use meshdelta_stats::experiment::ErrorEstimate;

use super::RunEvaluation;
use super::convert::{phase_id, stats_name};
use super::slots::SlotReading;
use super::text::ratio;
use crate::model::{Interval, Measured, PhaseLoad, Proportion, RequestsPerSecond, Share};

/// Returns the load of every phase, over its valid slots, or over all when none is valid.
pub(super) fn load(evaluation: &RunEvaluation<'_>) -> Vec<PhaseLoad> {
    let phases = evaluation.manifest.plan.phases.iter();
    phases
        .map(|phase| {
            let valid: Vec<_> = evaluation.valid_slots_of(&phase.id).collect();
            let slots = if valid.is_empty() {
                evaluation.slots_of(&phase.id).collect()
            } else {
                valid
            };
            let name = stats_name(&phase.id);
            let errors = evaluation.analysis.errors.iter();
            let errors = errors.into_iter().find(|errors| errors.phase == name);
            phase_load(evaluation, phase, &slots, errors)
        })
        .collect()
}

fn phase_load(
    evaluation: &RunEvaluation<'_>,
    phase: &meshdelta_run::Phase,
    slots: &[&SlotReading<'_>],
    errors: Option<&ErrorEstimate>,
) -> PhaseLoad {
    let records = || slots.iter().map(|slot| slot.series.record);
    let sum = |field: fn(&meshdelta_run::manifest::LoadSummary) -> u64| -> u64 {
        records().map(|record| field(&record.load)).sum()
    };
    let seconds: f64 = records().map(|record| record.window.seconds()).sum();
    let requests = sum(meshdelta_run::manifest::LoadSummary::requests);
    let lowest = records()
        .map(|record| rate(record.load.requests(), record.window.seconds()))
        .reduce(f64::min);
    PhaseLoad {
        phase: phase_id(&phase.id),
        target_rate: RequestsPerSecond::new(f64::from(evaluation.manifest.plan.rate_per_second)),
        achieved_rate: RequestsPerSecond::new(rate(requests, seconds)),
        lowest_slot_rate: RequestsPerSecond::new(lowest.unwrap_or(0.0)),
        requests,
        failed_requests: sum(|load| load.failed_requests),
        dropped_iterations: sum(|load| load.dropped_iterations),
        error_share: error_share(sum(|load| load.failed_requests), requests, errors),
    }
}

fn rate(requests: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        requests as f64 / seconds
    } else {
        0.0
    }
}

fn error_share(failed: u64, requests: u64, errors: Option<&ErrorEstimate>) -> Proportion {
    Proportion {
        point: Share::new(ratio(failed, requests)),
        interval: errors.map_or_else(
            || Measured::unknown("no request of a valid slot"),
            |errors| {
                let interval = errors.rate.interval;
                Measured::known(Interval::new(interval.lower.get(), interval.upper.get()))
            },
        ),
    }
}
