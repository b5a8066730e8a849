//! What the templates see: texts, tables and pictures, nothing to be computed.

use serde::Serialize;

use super::figures::Figures;
use crate::charts::{Theme, css_declarations, interval_note};
use crate::error::ReportError;
use crate::findings::alerts;
use crate::model::{
    Answer, Badge, EnvironmentFact, FileDigest, IntervalScope, MethodNote, Overhead, Planning,
    QualityFinding, ReportModel, RunSummary, Severity, Statistic, Verdict,
};
use crate::number_format::{count_text, fixed_text};
use crate::numbers::Numbers;
use crate::tables::{self, PhaseMark, Table, Term, VerdictRow};

/// The page.
#[derive(Debug, Serialize)]
pub(super) struct PageView<'a> {
    light_variables: String,
    dark_variables: String,
    phase_colours: Vec<usize>,
    run: &'a RunSummary,
    environment_label: &'static str,
    started: String,
    duration: String,
    warm_up: String,
    rate: String,
    answer: &'a Answer,
    interval_note: String,
    level: String,
    is_within_run: bool,
    floors: Vec<String>,
    alerts: Vec<String>,
    verdicts: Vec<VerdictRow>,
    words: Vec<Term>,
    badges: Vec<Term>,
    figures: Figures,
    tables: Tables,
    phases: Vec<PhaseView>,
    quality: Vec<FindingView<'a>>,
    proofs: Vec<ProofView<'a>>,
    environment: Vec<FactGroup<'a>>,
    method: &'a [MethodNote],
    planning: &'a Planning,
    better_duration: Option<String>,
    files: Vec<FileView<'a>>,
    order: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Tables {
    latencies: Table,
    overheads: Table,
    overhead_details: Table,
    noise_floors: Option<Table>,
    absolutes: Table,
    load: Table,
    roles: Table,
    resource_differences: Table,
}

#[derive(Debug, Serialize)]
struct PhaseView {
    mark: PhaseMark,
    data_path: String,
    reasons: Vec<String>,
    valid_rounds: u32,
}

#[derive(Debug, Serialize)]
struct FindingView<'a> {
    finding: &'a QualityFinding,
    phase: Option<PhaseMark>,
    severity: &'static str,
    shape: &'static str,
}

#[derive(Debug, Serialize)]
struct ProofView<'a> {
    round: u32,
    slot: u32,
    phase: Option<PhaseMark>,
    outcome: &'static str,
    shape: &'static str,
    checks: Vec<CheckView<'a>>,
}

#[derive(Debug, Serialize)]
struct CheckView<'a> {
    name: &'a str,
    stage: &'static str,
    expected: &'a str,
    observed: &'a str,
    outcome: &'static str,
    shape: &'static str,
}

#[derive(Debug, Serialize)]
struct FactGroup<'a> {
    name: &'a str,
    facts: Vec<&'a EnvironmentFact>,
}

#[derive(Debug, Serialize)]
struct FileView<'a> {
    file: &'a FileDigest,
    bytes: String,
}

impl<'a> PageView<'a> {
    pub(super) fn new(model: &'a ReportModel) -> Result<Self, ReportError> {
        let run = &model.run;
        Ok(Self {
            light_variables: css_declarations(Theme::Light),
            dark_variables: css_declarations(Theme::Dark),
            phase_colours: (0..9).collect(),
            run,
            environment_label: run.environment.label(),
            started: run.started_at.format("%Y-%m-%d %H:%M UTC").to_string(),
            duration: fixed_text(run.duration_seconds.get(), 0),
            warm_up: fixed_text(run.warm_up_seconds.get(), 0),
            rate: fixed_text(run.rate.get(), 0),
            answer: &model.answer,
            interval_note: interval_note(model),
            level: tables::level(model),
            is_within_run: model.intervals.scope == IntervalScope::WithinRunOnly,
            floors: floors(model),
            alerts: alerts(model),
            verdicts: tables::verdicts(model),
            words: words(model),
            badges: badges(model),
            figures: Figures::new(model)?,
            tables: Tables::new(model),
            phases: model.phases.iter().map(PhaseView::new).collect(),
            quality: quality(model),
            proofs: proofs(model),
            environment: environment(model),
            method: &model.method,
            planning: &model.planning,
            better_duration: model
                .planning
                .better_duration_seconds
                .value()
                .map(|seconds| fixed_text(seconds.get(), 0)),
            files: model
                .files
                .iter()
                .map(|file| FileView {
                    file,
                    bytes: count_text(file.bytes),
                })
                .collect(),
            order: run.order.iter().map(|round| round.join(" → ")).collect(),
        })
    }
}

impl Tables {
    fn new(model: &ReportModel) -> Self {
        Self {
            latencies: tables::latencies(model),
            overheads: tables::overheads(model),
            overhead_details: tables::overhead_details(model),
            noise_floors: (!model.noise_floors.is_empty()).then(|| tables::noise_floors(model)),
            absolutes: tables::absolutes(model),
            load: tables::load(model),
            roles: tables::roles(model),
            resource_differences: tables::resource_differences(model),
        }
    }
}

impl PhaseView {
    fn new(phase: &crate::model::Phase) -> Self {
        Self {
            mark: tables::mark(phase),
            data_path: phase.data_path.clone(),
            reasons: phase.validity.reasons().to_vec(),
            valid_rounds: phase.valid_rounds,
        }
    }
}

/// The noise floor at the primary statistics: what no difference looks like.
fn floors(model: &ReportModel) -> Vec<String> {
    let numbers = Numbers::new(model);
    Statistic::PRIMARY
        .into_iter()
        .filter_map(|statistic| {
            let floor = model.noise_floor(statistic)?;
            Some(format!(
                "{} ±{}",
                statistic.label(),
                numbers.noise_floor(floor)
            ))
        })
        .collect()
}

/// The verdict words of the first table, with their meaning.
fn words(model: &ReportModel) -> Vec<Term> {
    let mut seen: Vec<Verdict> = Vec::new();
    let is_primary = |overhead: &&Overhead| Statistic::PRIMARY.contains(&overhead.statistic);
    for overhead in model.overheads.iter().filter(is_primary) {
        if !seen.contains(&overhead.verdict) {
            seen.push(overhead.verdict);
        }
    }
    seen.into_iter().map(Term::of_verdict).collect()
}

/// The badges that occur, with their meaning.
fn badges(model: &ReportModel) -> Vec<Term> {
    let overheads = model.overheads.iter().flat_map(|overhead| &overhead.badges);
    let absolutes = model.absolutes.iter().flat_map(|absolute| &absolute.badges);
    let resources = model
        .resource_differences
        .iter()
        .flat_map(|difference| &difference.badges);
    let mut badges: Vec<Badge> = overheads
        .chain(absolutes)
        .chain(resources)
        .copied()
        .collect();
    badges.sort_unstable();
    badges.dedup();
    badges.into_iter().map(Term::of_badge).collect()
}

/// The worst first; within a severity in the order of the model.
fn quality(model: &ReportModel) -> Vec<FindingView<'_>> {
    let mut findings: Vec<FindingView<'_>> = model
        .quality
        .iter()
        .map(|finding| FindingView {
            finding,
            phase: finding
                .phase
                .as_ref()
                .and_then(|id| tables::mark_of(model, id)),
            severity: finding.severity.label(),
            shape: finding.severity.shape(),
        })
        .collect();
    findings.sort_by_key(|view| std::cmp::Reverse(view.finding.severity));
    findings
}

fn proofs(model: &ReportModel) -> Vec<ProofView<'_>> {
    model
        .proofs
        .iter()
        .map(|proof| {
            let outcome: Severity = proof.outcome();
            ProofView {
                round: proof.round,
                slot: proof.slot,
                phase: tables::mark_of(model, &proof.phase),
                outcome: outcome.label(),
                shape: outcome.shape(),
                checks: proof
                    .checks
                    .iter()
                    .map(|check| CheckView {
                        name: &check.name,
                        stage: check.stage.label(),
                        expected: &check.expected,
                        observed: &check.observed,
                        outcome: check.outcome.label(),
                        shape: check.outcome.shape(),
                    })
                    .collect(),
            }
        })
        .collect()
}

fn environment(model: &ReportModel) -> Vec<FactGroup<'_>> {
    let mut groups: Vec<FactGroup<'_>> = Vec::new();
    for fact in &model.environment {
        match groups.iter_mut().find(|group| group.name == fact.group) {
            Some(group) => group.facts.push(fact),
            None => groups.push(FactGroup {
                name: &fact.group,
                facts: vec![fact],
            }),
        }
    }
    groups
}
