//! The run: through all slots of the plan, each on disk before the next begins.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use fs_err as fs;
use meshdelta_run::folder::{SavedRun, save, write_atomically};
use meshdelta_run::journal::{Header, Journal};
use meshdelta_run::manifest::{Completion, EnvironmentFacts, FORMAT_VERSION, Proof, SlotRecord};
use meshdelta_run::order::{PlannedSlot, run_order};
use meshdelta_run::{Manifest, Plan, RunId, Tables};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::collect::{Collected, collect_slot};
use crate::environment::{Environment, LoadOutcome, SlotContext};
use crate::error::{CollectorError, first_of};
use crate::k6::LoadReport;

/// What to run.
#[derive(Debug)]
pub enum Task {
    /// A new run.
    New {
        /// What to measure.
        plan: Box<Plan>,
        /// Its identity.
        run_id: RunId,
    },
    /// The slots that are missing from an unfinished run.
    Resume,
}

/// What happens, for whoever shows it.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// The programs of the environment are being started.
    Preparing,
    /// A slot begins.
    SlotStarted {
        /// Its number in the order, from 0.
        number: usize,
        /// How many slots there are.
        total: usize,
        /// The slot.
        slot: &'a PlannedSlot,
        /// The resolved plan.
        plan: &'a Plan,
    },
    /// The load of the slot begins.
    LoadStarted,
    /// A slot is measured and on disk.
    SlotFinished {
        /// What happened in it.
        record: &'a SlotRecord,
    },
    /// The run is being saved.
    Saving,
}

/// What the caller takes part with.
#[derive(Clone, Copy)]
pub struct Callbacks<'a> {
    /// Is told what happens.
    pub report: &'a (dyn Fn(RunEvent<'_>) + Sync),
    /// Is asked after each whole round of a plan with `until_percent`, and ends the run by saying yes.
    pub is_precise_enough: &'a (dyn Fn(&SavedRun) -> bool + Sync),
}

impl fmt::Debug for Callbacks<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Callbacks")
    }
}

/// How a run ended.
#[derive(Debug)]
pub enum Ending {
    /// Every slot was measured.
    Complete,
    /// It ended early; what is complete is saved.
    Early(CollectorError),
}

/// A run on disk.
#[derive(Debug)]
pub struct RunOutcome {
    /// The manifest as saved.
    pub manifest: Manifest,
    /// How the run ended.
    pub ending: Ending,
}

/// Measures a plan into a folder. Errors before the first complete slot leave nothing that looks like a run.
pub async fn run<E: Environment>(
    environment: &mut E,
    task: Task,
    folder: &Path,
    cancellation: &CancellationToken,
    callbacks: Callbacks<'_>,
) -> Result<RunOutcome, CollectorError> {
    let result = measure(environment, task, folder, cancellation, callbacks).await;
    let torn_down = environment.tear_down().await;
    first_of(result, torn_down)
}

async fn measure<E: Environment>(
    environment: &mut E,
    task: Task,
    folder: &Path,
    cancellation: &CancellationToken,
    callbacks: Callbacks<'_>,
) -> Result<RunOutcome, CollectorError> {
    (callbacks.report)(RunEvent::Preparing);
    let is_new = matches!(task, Task::New { .. });
    let (journal, header) = begin(environment, task, folder, cancellation).await?;
    let (ending, last) = measure_slots(
        environment,
        &journal,
        &header,
        folder,
        cancellation,
        callbacks,
    )
    .await?;
    (callbacks.report)(RunEvent::Saving);
    let mut header = Header {
        order: header.order[..last].to_vec(),
        ..header
    };
    let (slots, tables) = journal.read_all(last)?;
    if slots.is_empty() {
        // Nothing was measured: an empty run would only look like a result. A run that was begun before is left as it was.
        if is_new {
            journal.abandon()?;
        }
        return Err(match ending {
            Ending::Early(error) => error,
            Ending::Complete => CollectorError::Interrupted,
        });
    }
    if let Ending::Early(error) = &ending {
        header
            .warnings
            .push(format!("the run ended early: {error}"));
    }
    let manifest = manifest(&header, slots, &ending);
    if matches!(ending, Ending::Complete) && !manifest.follows_order() {
        return Err(CollectorError::SlotsMissing {
            folder: folder.to_owned(),
            measured: manifest.slots.len(),
            planned: last,
        });
    }
    let manifest = save(folder, manifest, &tables)?;
    if matches!(ending, Ending::Complete) {
        journal.finish()?;
    }
    Ok(RunOutcome { manifest, ending })
}

/// Waits for a step, unless the user interrupts: then the step is dropped midway.
async fn unless_cancelled<Output>(
    cancellation: &CancellationToken,
    step: impl Future<Output = Result<Output, CollectorError>>,
) -> Result<Output, CollectorError> {
    tokio::select! {
        output = step => output,
        () = cancellation.cancelled() => Err(CollectorError::Interrupted),
    }
}

/// Measures every slot that is missing. Returns how that ended, and how many slots the run has when it is whole: fewer than planned where
/// the intervals were narrow enough before.
async fn measure_slots<E: Environment>(
    environment: &mut E,
    journal: &Journal,
    header: &Header,
    folder: &Path,
    cancellation: &CancellationToken,
    callbacks: Callbacks<'_>,
) -> Result<(Ending, usize), CollectorError> {
    let total = header.order.len();
    for (number, slot) in header.order.iter().enumerate() {
        if !journal.has(number) {
            if cancellation.is_cancelled() {
                return Ok((Ending::Early(CollectorError::Interrupted), total));
            }
            (callbacks.report)(RunEvent::SlotStarted {
                number,
                total,
                slot,
                plan: &header.plan,
            });
            match measure_slot(environment, header, slot, folder, cancellation, callbacks).await {
                Ok((record, tables)) => {
                    journal.record(number, &record, &tables)?;
                    (callbacks.report)(RunEvent::SlotFinished { record: &record });
                }
                Err(error) => return Ok((Ending::Early(error), total)),
            }
        }
        if is_precise_enough(journal, header, folder, number, callbacks)? {
            return Ok((Ending::Complete, number + 1));
        }
    }
    Ok((Ending::Complete, total))
}

/// The fewest rounds that a run with `until_percent` has (`docs/statistics.md`, "Planning").
const ADAPTIVE_MINIMUM_ROUNDS: u32 = 3;

/// Asks the caller, after the last slot of a round, whether the run may end.
fn is_precise_enough(
    journal: &Journal,
    header: &Header,
    folder: &Path,
    number: usize,
    callbacks: Callbacks<'_>,
) -> Result<bool, CollectorError> {
    let round = header.order[number].id.round;
    let ends_round = header
        .order
        .get(number + 1)
        .is_none_or(|next| next.id.round != round);
    if header.plan.until_percent.is_none() || !ends_round || round + 1 < ADAPTIVE_MINIMUM_ROUNDS {
        return Ok(false);
    }
    let (slots, tables) = journal.read_all(number + 1)?;
    let manifest = manifest(header, slots, &Ending::Complete);
    Ok((callbacks.is_precise_enough)(&SavedRun {
        folder: folder.to_owned(),
        manifest,
        tables,
    }))
}

/// Prepares the environment and opens the journal. A folder that exists is refused before anything is started.
async fn begin<E: Environment>(
    environment: &mut E,
    task: Task,
    folder: &Path,
    cancellation: &CancellationToken,
) -> Result<(Journal, Header), CollectorError> {
    match task {
        Task::New { plan, run_id } => {
            plan.validate()?;
            if folder.exists() {
                return Err(meshdelta_run::RunError::OutputExists {
                    path: folder.to_owned(),
                }
                .into());
            }
            let preparing = environment.prepare(&plan, &run_id);
            let facts = unless_cancelled(cancellation, preparing).await?;
            let header = Header {
                run_id,
                started_at: clock::now(),
                order: run_order(&plan),
                plan: *plan,
                environment: facts,
                warnings: Vec::new(),
            };
            Ok((Journal::begin(folder, &header)?, header))
        }
        Task::Resume => {
            let (journal, mut header) = Journal::resume(folder)?;
            let preparing = environment.prepare(&header.plan, &header.run_id);
            let facts = unless_cancelled(cancellation, preparing).await?;
            let warnings = resumption_warnings(&header, &facts);
            header.warnings.extend(warnings);
            journal.update(&header)?;
            Ok((journal, header))
        }
    }
}

/// Says that a run was resumed, and what is not as it was when it began.
fn resumption_warnings(header: &Header, facts: &EnvironmentFacts) -> Vec<String> {
    let mut warnings = vec![format!(
        "the run was interrupted and resumed at {}",
        clock::now()
    )];
    if facts.programs != header.environment.programs {
        warnings.push("the programs changed between the beginning and the resumption".to_owned());
    }
    let (now, before) = (&facts.host, &header.environment.host);
    if now.kernel != before.kernel || now.cpu_model != before.cpu_model {
        warnings.push("the machine changed between the beginning and the resumption".to_owned());
    }
    let changed = changed_facts(&header.environment.other, &facts.other);
    if !changed.is_empty() {
        warnings.push(format!(
            "the environment changed between the beginning and the resumption: {}",
            changed.join("; ")
        ));
    }
    warnings
}

/// Names the facts of the environment that are not what they were.
fn changed_facts(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let value = |facts: &BTreeMap<String, String>, name: &String| {
        facts
            .get(name)
            .cloned()
            .unwrap_or_else(|| "unknown".to_owned())
    };
    let changed = names
        .into_iter()
        .filter(|name| before.get(*name) != now.get(*name));
    changed
        .map(|name| {
            format!(
                "{name} was {}, is {}",
                value(before, name),
                value(now, name)
            )
        })
        .collect()
}

/// Measures one slot, and leaves its phase whatever happened.
async fn measure_slot<E: Environment>(
    environment: &mut E,
    header: &Header,
    slot: &PlannedSlot,
    folder: &Path,
    cancellation: &CancellationToken,
    callbacks: Callbacks<'_>,
) -> Result<(SlotRecord, Tables), CollectorError> {
    let phase = header
        .plan
        .phase(&slot.phase)
        .ok_or_else(|| CollectorError::PhaseUnsupported {
            phase: slot.phase.clone(),
        })?;
    let context = SlotContext {
        run_id: &header.run_id,
        plan: &header.plan,
        slot,
        phase,
        attempt: clock::now(),
        cancellation,
    };
    let result = load_slot(environment, context, folder, callbacks).await;
    let failed = match &result {
        Ok((record, _)) => !record.is_valid(),
        Err(error) => !matches!(error, CollectorError::Interrupted),
    };
    let kept = if failed {
        environment.keep_logs(context).await
    } else {
        Ok(())
    };
    let left = environment.leave().await;
    let measured = result?;
    kept?;
    left?;
    Ok(measured)
}

async fn load_slot<E: Environment>(
    environment: &mut E,
    context: SlotContext<'_>,
    folder: &Path,
    callbacks: Callbacks<'_>,
) -> Result<(SlotRecord, Tables), CollectorError> {
    let entered_at = context.attempt;
    let cancellation = context.cancellation;
    let mut proofs = unless_cancelled(cancellation, environment.enter(context)).await?;
    (callbacks.report)(RunEvent::LoadStarted);
    let mut outcome = environment.run_load(context).await?;
    let proving = environment.prove_after(context, &mut outcome);
    proofs.extend(unless_cancelled(cancellation, proving).await?);
    let collecting = collect_slot(environment.prometheus()?, context, entered_at, &outcome);
    let collected = unless_cancelled(cancellation, collecting).await?;
    keep_reports(folder, context, &outcome)?;
    let Collected {
        tables,
        load,
        window,
        failures,
    } = collected;
    let failures = proofs
        .iter()
        .filter(|proof| !proof.passed)
        .map(describe)
        .chain(failures)
        .collect();
    let record = SlotRecord {
        id: context.slot.id,
        phase: context.slot.phase.clone(),
        entered_at,
        window,
        load,
        proofs,
        failures,
        unsampled: outcome.unsampled,
    };
    Ok((record, tables))
}

fn describe(proof: &Proof) -> String {
    format!(
        "{}: expected {}, observed {}",
        proof.subject, proof.expected, proof.observed
    )
}

/// Keeps each runner's own summary in `k6/`: the ground truth for the count check.
fn keep_reports(
    folder: &Path,
    context: SlotContext<'_>,
    outcome: &LoadOutcome,
) -> Result<(), CollectorError> {
    let reports = folder.join("k6");
    fs::create_dir_all(&reports)?;
    for report in &outcome.reports {
        let path = report_path(&reports, context, report);
        let text = serde_json::to_string_pretty(report).map_err(|error| {
            CollectorError::SummaryInvalid {
                reason: error.to_string(),
            }
        })?;
        write_atomically(&path, text.as_bytes())?;
    }
    Ok(())
}

fn report_path(folder: &Path, context: SlotContext<'_>, report: &LoadReport) -> PathBuf {
    let slot = context.slot;
    folder.join(format!(
        "round-{}-slot-{}-{}-runner-{}.json",
        slot.id.round, slot.id.slot, slot.phase, report.runner
    ))
}

fn manifest(header: &Header, slots: Vec<SlotRecord>, ending: &Ending) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        run_id: header.run_id.clone(),
        meshdelta_version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: header.started_at,
        finished_at: clock::now(),
        completion: match ending {
            Ending::Complete => Completion::Complete,
            Ending::Early(error) => Completion::Incomplete {
                reason: error.to_string(),
            },
        },
        plan: header.plan.clone(),
        order: header.order.clone(),
        environment: header.environment.clone(),
        slots,
        warnings: header.warnings.clone(),
        files: std::collections::BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests;
