//! The run in brief, and what its intervals mean.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use meshdelta_run::manifest::Completion as StoredCompletion;
use meshdelta_run::plan::EnvironmentKind as StoredEnvironment;
use meshdelta_run::{Plan, TimestampMs};
use meshdelta_stats::experiment::{Inference, Overhead, OverheadEstimate};
use meshdelta_stats::interval::RunMethod;

use super::commands;
use super::convert::latency_metric;
use super::text::counted;
use super::{AnalysisError, RunEvaluation};
use crate::model::{
    Completion, EnvironmentKind, IntervalDescription, IntervalScope, ProgramVersion,
    RequestsPerSecond, RunSummary, Seconds, Share, Statistic,
};

const LOCAL_CAVEAT: &str = "Local run: it measures these data paths through Envoy on loopback, not Istio and not a network.";

const KIND_CAVEAT: &str = "kind run: all nodes of the cluster share one machine, so the load takes CPU from what it measures, and there is no network between nodes.";

/// Returns the run in brief.
pub(super) fn run_summary(evaluation: &RunEvaluation<'_>) -> Result<RunSummary, AnalysisError> {
    let manifest = evaluation.manifest;
    let plan = &manifest.plan;
    let id = manifest.run_id.to_string();
    let (environment, caveat) = match plan.environment {
        StoredEnvironment::Local => (EnvironmentKind::Local, Some(local_caveat(plan))),
        StoredEnvironment::Kubernetes => (EnvironmentKind::Kubernetes, None),
        StoredEnvironment::Kind => (EnvironmentKind::Kind, Some(KIND_CAVEAT.to_owned())),
    };
    let programs = manifest.environment.programs.iter();
    Ok(RunSummary {
        title: if plan.title.trim().is_empty() {
            id.clone()
        } else {
            plan.title.clone()
        },
        id,
        environment,
        caveat,
        rounds: rounds(evaluation),
        rate: RequestsPerSecond::new(f64::from(plan.rate_per_second)),
        duration_seconds: Seconds::new(f64::from(plan.duration_seconds)),
        warm_up_seconds: Seconds::new(f64::from(plan.warmup_seconds)),
        seed: plan.seed,
        order: order(evaluation),
        tool_version: manifest.meshdelta_version.clone(),
        versions: programs
            .map(|(program, fact)| ProgramVersion {
                program: program.clone(),
                version: fact.version.clone(),
            })
            .collect(),
        started_at: time(manifest.started_at)?,
        finished_at: Some(time(manifest.finished_at)?),
        reproduce_command: commands::reproduce_command(plan, evaluation.folder),
        report_command: commands::report_command(evaluation.folder),
        completion: completion(evaluation),
    })
}

/// What a reader of a local run must know first.
fn local_caveat(plan: &Plan) -> String {
    plan.local.fault.map_or_else(
        || LOCAL_CAVEAT.to_owned(),
        |fault| {
            format!(
                "{LOCAL_CAVEAT} A delay of {} ms was injected on purpose into every request at {}.",
                fault.delay_ms,
                fault.hop.as_str()
            )
        },
    )
}

/// The rounds on which the comparisons rest: the most complete rounds of any phase.
fn rounds(evaluation: &RunEvaluation<'_>) -> u32 {
    let complete = overheads(evaluation)
        .map(|overhead| overhead.rounds.len())
        .max();
    let measured = evaluation
        .slots
        .iter()
        .map(|slot| slot.series.record.id.round as usize + 1);
    let rounds = complete.or_else(|| measured.max()).unwrap_or(0);
    u32::try_from(rounds).unwrap_or(u32::MAX)
}

/// The median overheads, which every phase has that has anything.
fn overheads<'a>(evaluation: &'a RunEvaluation<'_>) -> impl Iterator<Item = &'a Overhead> {
    let median = latency_metric(Statistic::P50);
    evaluation
        .analysis
        .overheads
        .iter()
        .filter(move |estimate| estimate.metric == median)
        .filter_map(OverheadEstimate::estimated)
}

fn order(evaluation: &RunEvaluation<'_>) -> Vec<Vec<String>> {
    let mut rounds: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    for planned in &evaluation.manifest.order {
        let slots = rounds.entry(planned.id.round).or_default();
        slots.insert(planned.id.slot, planned.phase.to_string());
    }
    let rounds = rounds.into_values();
    rounds.map(|slots| slots.into_values().collect()).collect()
}

fn time(stored: TimestampMs) -> Result<DateTime<Utc>, AnalysisError> {
    DateTime::from_timestamp_millis(stored.0).ok_or(AnalysisError::Time { time: stored })
}

fn completion(evaluation: &RunEvaluation<'_>) -> Completion {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    match &evaluation.manifest.completion {
        StoredCompletion::Complete => Completion::Complete,
        StoredCompletion::Incomplete { reason } => Completion::Partial {
            measured_slots: count(evaluation.slots.len()),
            planned_slots: count(evaluation.manifest.order.len()),
            reason: reason.clone(),
        },
    }
}

/// Returns what the intervals mean.
pub(super) fn intervals(evaluation: &RunEvaluation<'_>) -> IntervalDescription {
    let run_level = overheads(evaluation).find_map(|overhead| {
        let rounds = overhead.rounds.len();
        Some((overhead.inference.run_level()?.method, rounds))
    });
    let (method, scope) = match run_level {
        Some((method, _)) => (
            format!(
                "{} over {}",
                rule(method),
                paired_rounds(rounds(evaluation))
            ),
            IntervalScope::BetweenRounds,
        ),
        None => (within_run(evaluation), IntervalScope::WithinRunOnly),
    };
    IntervalDescription {
        level: Share::new(0.95),
        equivalence_level: Share::new(0.90),
        simultaneous_comparisons: u32::try_from(evaluation.analysis.phases.len())
            .unwrap_or(u32::MAX),
        method,
        scope,
    }
}

fn within_run(evaluation: &RunEvaluation<'_>) -> String {
    let any =
        overheads(evaluation).any(|overhead| matches!(overhead.inference, Inference::WithinRun(_)));
    let method = if any {
        "within-run interval of one round"
    } else {
        "one round, too short for an interval"
    };
    method.to_owned()
}

const fn rule(method: RunMethod) -> &'static str {
    match method {
        RunMethod::HybridT => "hybrid t",
        RunMethod::PairedT => "paired t",
    }
}

fn paired_rounds(rounds: u32) -> String {
    counted(u64::from(rounds), "paired round")
}
