//! `meshdelta run`

mod like;
mod place;

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, anyhow};
use clap::Args;
use fs_err as fs;
use meshdelta_collector::CollectorError;
use meshdelta_collector::environment::Environment;
use meshdelta_collector::environment::kubernetes::{self, KubernetesEnvironment};
use meshdelta_collector::environment::local::LocalEnvironment;
use meshdelta_collector::runner::{self, Callbacks, Ending, RunOutcome, Task};
use meshdelta_report::analysis::analyse_run;
use meshdelta_report::comparison::Thresholds;
use meshdelta_report::model::Statistic;
use meshdelta_run::folder::SavedRun;
use meshdelta_run::journal::Journal;
use meshdelta_run::order::run_order;
use meshdelta_run::plan::{EnvironmentKind, KubernetesFlags, PlanSettings, parse_plan_file};
use meshdelta_run::{Manifest, Plan, RunId};
use rand::TryRng;
use rand::rngs::SysRng;
use tokio_util::sync::CancellationToken;

use super::{block_on, result, status};
use crate::error::{CommandError, CommandResult};
use crate::exit_code;
use crate::progress::Progress;
use crate::table::table_for;
use like::LikePlan;
use place::{find_kind_cluster, with_context};

/// The share of the planned rate below which a slot is invalid (`docs/statistics.md`, "Data-quality gates").
const INVALID_RATE_SHARE: f64 = 0.98;

/// Run the phases, collect, and save a run
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Plan file (TOML); flags win over it
    plan: Option<PathBuf>,
    /// Where the phases run
    #[arg(long, value_parser = parse_environment, value_name = "local|kubernetes|kind")]
    environment: Option<EnvironmentKind>,
    /// Passes over all phases: more rounds make narrower intervals [default: 5]
    #[arg(long)]
    rounds: Option<NonZeroU32>,
    /// One round only: fast, but it can say nothing about a rerun
    #[arg(long, conflicts_with_all = ["rounds", "ci", "until"])]
    quick: bool,
    /// Three rounds, for CI
    #[arg(long, conflicts_with = "rounds")]
    ci: bool,
    /// Stop before that, after three rounds or more, once every overhead at the median is known to this many percent on either side
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    until: Option<f64>,
    /// Requests per second, started whether or not earlier ones are answered [default: 200]
    #[arg(long)]
    rate: Option<u32>,
    /// Measured seconds of each slot [default: 120, or 300 with one round]
    #[arg(long)]
    duration: Option<u32>,
    /// Discarded seconds before them [default: 30]
    #[arg(long)]
    warmup: Option<u32>,
    /// Phases, separated by commas; the baseline is always there [default: all five]
    #[arg(long, value_delimiter = ',')]
    phases: Option<Vec<String>>,
    /// Seed of the order of the phases [default: drawn, and recorded]
    #[arg(long)]
    seed: Option<u64>,
    /// Folder to save the run in; it must not exist [default: runs/RUN-ID]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Go on with an unfinished run from its last complete slot
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["plan", "output", "rounds", "quick", "ci", "until", "rate", "duration", "warmup", "phases", "seed", "dry_run", "environment", "context", "kubeconfig", "parallelism", "keep"])]
    resume: Option<PathBuf>,
    /// Measure the plan of a saved run again, in the same order; flags win over it
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["plan", "resume"])]
    like: Option<PathBuf>,
    /// Print the resolved plan and the order, and stop
    /// Print the resolved plan, the order and, on Kubernetes, every object, and stop
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    kubernetes: KubernetesArguments,
}

/// What says where on Kubernetes, and how much of it stays
#[derive(Debug, Args)]
#[command(next_help_heading = "Kubernetes")]
struct KubernetesArguments {
    /// Context of the kubeconfig [default: the current one, or kind-meshdelta with --environment kind]
    #[arg(long)]
    context: Option<String>,
    /// Kubeconfig [default: what KUBECONFIG names, or ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// k6 runners that share the load [default: 2]
    #[arg(long, value_name = "RUNNERS")]
    parallelism: Option<u32>,
    /// Prometheus as seen from here, in place of the API server's proxy
    #[arg(
        long,
        value_name = "URL",
        env = "PROMETHEUS_URL",
        hide_env_values = true
    )]
    prometheus_url: Option<String>,
    /// Grafana as seen from here, in place of a forwarded port
    #[arg(long, value_name = "URL")]
    grafana_url: Option<String>,
    /// Keep what the run made in the cluster
    #[arg(long)]
    keep: bool,
}

pub(crate) fn run(arguments: RunArguments) -> CommandResult {
    if let Some(folder) = &arguments.resume {
        let environment = planned_environment(folder)?;
        return measure(environment, Task::Resume, folder);
    }
    let plan = resolve(&arguments)?;
    if arguments.dry_run {
        return result(&describe(&plan)?);
    }
    let plan = with_context(plan)?;
    let run_id = new_run_id()?;
    let folder = arguments
        .output
        .unwrap_or_else(|| Path::new("runs").join(run_id.as_str()));
    let environment = plan.environment;
    measure(
        environment,
        Task::New {
            plan: Box::new(plan),
            run_id,
        },
        &folder,
    )
}

/// Parses a width such as `5`, `5%` or `±5%`.
fn parse_percent(text: &str) -> Result<f64, String> {
    let number = text.trim_start_matches('±').trim_end_matches('%');
    number
        .trim()
        .parse()
        .map_err(|_| "expected a percentage, for example 5%".to_owned())
}

fn resolve(arguments: &RunArguments) -> Result<Plan, CommandError> {
    let file = match &arguments.plan {
        Some(path) => plan_file(path)?,
        None => PlanSettings::default(),
    };
    let like = arguments.like.as_deref().map(LikePlan::of).transpose()?;
    let preset = match (arguments.quick, arguments.ci) {
        (true, _) => NonZeroU32::new(1),
        (_, true) => NonZeroU32::new(3),
        _ => None,
    };
    let flags = PlanSettings {
        environment: arguments.environment,
        rounds: arguments.rounds.or(preset),
        until_percent: arguments.until,
        rate_per_second: arguments.rate,
        duration_seconds: arguments.duration,
        warmup_seconds: arguments.warmup,
        seed: arguments.seed,
        phases: arguments.phases.clone(),
        kubernetes_flags: kubernetes_flags(&arguments.kubernetes),
        ..PlanSettings::default()
    };
    // A drawn seed keeps to 32 bits, so that it is easily read and typed again.
    let drawn_seed = u64::from(random()?);
    // A saved plan has every setting, so nothing in the environment may change what is measured again.
    let saved = like.as_ref().map(|like| like.settings(&flags));
    let mut plan = flags
        .over(saved.unwrap_or_default())
        .over(from_environment()?)
        .over(file)
        .resolve(drawn_seed)?;
    if let Some(like) = like {
        like.check_phases(&plan)?;
    }
    find_kind_cluster(&mut plan);
    check_thresholds(&plan, arguments.plan.as_deref())?;
    Ok(plan)
}

fn plan_file(path: &Path) -> Result<PlanSettings, CommandError> {
    let text = fs::read_to_string(path).map_err(|error| {
        CommandError::new(exit_code::USAGE, error)
            .hinted("name a plan file, for example examples/plans/demo.toml")
    })?;
    let mut settings = parse_plan_file(&path.display().to_string(), &text)?;
    if let Some(kubernetes) = &mut settings.kubernetes {
        kubernetes.read_manifests(path.parent().unwrap_or(Path::new(".")))?;
    }
    Ok(settings)
}

/// Refuses a plan whose `[compare]` no comparison could use: that would show only after the run.
fn check_thresholds(plan: &Plan, file: Option<&Path>) -> Result<(), CommandError> {
    Thresholds::of_plan(&plan.compare).map_err(|error| {
        let path = file.map_or_else(
            || "the plan".to_owned(),
            |path| format!("`{}`", path.display()),
        );
        CommandError::new(exit_code::USAGE, anyhow!("{path} cannot be used: {error}")).hinted(
            "`[compare]` says by metric what matters, for example `threshold = { p99 = \"5%\" }`",
        )
    })?;
    Ok(())
}

/// Returns what the environment variables say; an empty one says nothing.
fn from_environment() -> Result<PlanSettings, CommandError> {
    fn read<Value: FromStr>(name: &str) -> Result<Option<Value>, CommandError> {
        let text = std::env::var(name).unwrap_or_default();
        if text.is_empty() {
            return Ok(None);
        }
        let invalid = || {
            CommandError::new(
                exit_code::USAGE,
                anyhow!("`{name}` is `{text}`, which is no such number"),
            )
        };
        text.parse().map(Some).map_err(|_| invalid())
    }
    Ok(PlanSettings {
        rounds: read("MESHDELTA_ROUNDS")?,
        rate_per_second: read("MESHDELTA_RATE")?,
        duration_seconds: read("MESHDELTA_DURATION")?,
        warmup_seconds: read("MESHDELTA_WARMUP")?,
        ..PlanSettings::default()
    })
}

fn random() -> anyhow::Result<u32> {
    SysRng
        .try_next_u32()
        .context("the operating system gave no random number")
}

/// Makes an identity that no earlier run had: a second run under the same one would be taken for a restart of its series.
fn new_run_id() -> Result<RunId, CommandError> {
    let time = chrono::Utc::now().format("%Y%m%d-%H%M%S");
    let id = format!("{time}-{:06x}", random()? & 0x00ff_ffff);
    Ok(RunId::try_new(id).context("a run id could not be made")?)
}

/// Returns the resolved plan as TOML, the order of the phases, round by round, and what would be made in a cluster.
fn describe(plan: &Plan) -> Result<String, CommandError> {
    let settings = toml::to_string(plan).context("the plan cannot be shown")?;
    let mut text = format!("# Resolved plan\n{settings}\n# Order\n");
    for slot in run_order(plan) {
        let start = if slot.id.slot == 0 {
            format!("\n# round {}:", slot.id.round + 1)
        } else {
            String::new()
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{start} {}", slot.phase);
    }
    let minutes = plan.expected_seconds().div_ceil(60);
    let _ = write!(text, "\n\n# About {minutes} minutes\n");
    if plan.environment.is_kubernetes() {
        let _ = write!(text, "\n# Objects\n{}", kubernetes::dry_run(plan)?);
    }
    Ok(text)
}

fn measure(environment: EnvironmentKind, task: Task, folder: &Path) -> CommandResult {
    let logs = folder.join("logs");
    let outcome = block_on(async {
        if environment.is_kubernetes() {
            Box::pin(measure_in(KubernetesEnvironment::new(logs), task, folder)).await
        } else {
            measure_in(LocalEnvironment::new(logs), task, folder).await
        }
    })??;
    conclude(folder, outcome)
}

async fn measure_in<E: Environment>(
    mut environment: E,
    task: Task,
    folder: &Path,
) -> Result<RunOutcome, CollectorError> {
    let cancellation = CancellationToken::new();
    tokio::spawn(cancel_on_signal(
        cancellation.clone(),
        "stopping: ending the programs and keeping the complete slots ...",
    ));
    let progress = Progress::new();
    let callbacks = Callbacks {
        report: &|event| progress.show(&event),
        is_precise_enough: &is_precise_enough,
    };
    let outcome = runner::run(&mut environment, task, folder, &cancellation, callbacks).await;
    progress.finish();
    outcome
}

/// Returns where the unfinished run of a folder was begun.
fn planned_environment(folder: &Path) -> Result<EnvironmentKind, CommandError> {
    let (_journal, header) = Journal::resume(folder)?;
    Ok(header.plan.environment)
}

fn parse_environment(text: &str) -> Result<EnvironmentKind, String> {
    let all = [
        EnvironmentKind::Local,
        EnvironmentKind::Kubernetes,
        EnvironmentKind::Kind,
    ];
    all.into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| "expected local, kubernetes or kind".to_owned())
}

fn kubernetes_flags(arguments: &KubernetesArguments) -> KubernetesFlags {
    KubernetesFlags {
        kubeconfig: arguments.kubeconfig.clone(),
        context: arguments.context.clone(),
        parallelism: arguments.parallelism,
        prometheus_url: arguments.prometheus_url.clone(),
        grafana_url: arguments.grafana_url.clone(),
        keep: arguments.keep,
    }
}

/// Tells whether the median's overhead of every phase has an interval that is narrow enough. Only widths are looked at: to stop when an
/// effect shows would make false alarms out of luck.
fn is_precise_enough(run: &SavedRun) -> bool {
    let Some(percent) = run.manifest.plan.until_percent else {
        return false;
    };
    let Ok(model) = analyse_run(run) else {
        return false;
    };
    let mut phases = model.treatments().peekable();
    phases.peek().is_some()
        && phases.all(|phase| {
            let overhead = model.overhead(&phase.id, Statistic::P50);
            let interval = overhead.and_then(|overhead| overhead.interval());
            interval.is_some_and(|interval| interval.relative.half_width() * 100.0 <= percent)
        })
}

/// Says something and cancels at the first Ctrl-C or termination signal.
pub(super) async fn cancel_on_signal(cancellation: CancellationToken, saying: &str) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    status(saying);
    cancellation.cancel();
}

/// Says where the run is and what is wrong with it, and chooses the exit code.
fn conclude(folder: &Path, outcome: RunOutcome) -> CommandResult {
    let manifest = &outcome.manifest;
    result(&format!("{}\n", folder.display()))?;
    match outcome.ending {
        Ending::Early(error) => {
            let done = format!(
                "{} of {} slots are saved in `{}`",
                manifest.slots.len(),
                manifest.order.len(),
                folder.display()
            );
            let code = if matches!(error, CollectorError::Interrupted) {
                exit_code::INTERRUPTED
            } else {
                exit_code::RUN_INCOMPLETE
            };
            let mut early: CommandError = error.into();
            early.exit_code = code;
            early.hints.clear();
            Err(early.hinted(format!(
                "{done}; go on by `meshdelta run --resume {}`",
                folder.display()
            )))
        }
        Ending::Complete => {
            show_table(folder)?;
            status(&format!(
                "saved; look at it by `meshdelta report {}`",
                folder.display()
            ));
            Ok(judge(manifest))
        }
    }
}

/// Shows the overheads to whoever waits for the run; stdout has the folder only, for scripts.
fn show_table(folder: &Path) -> Result<(), CommandError> {
    match analyse_run(&meshdelta_run::folder::read(folder)?) {
        Ok(model) => status(&format!("\n{}", table_for(&model, &std::io::stderr()))),
        // The run is whole and saved all the same; `report` says what is wrong with it.
        Err(error) => status(&format!("warning: there is no table: {error}")),
    }
    Ok(())
}

/// Says what makes slots unusable, and returns the exit code.
fn judge(manifest: &Manifest) -> u8 {
    let all = manifest.slots.len();
    let invalid = manifest
        .slots
        .iter()
        .filter(|slot| !slot.is_valid())
        .count();
    if invalid > 0 {
        status(&format!(
            "warning: {invalid} of {all} slots are invalid; the report leaves them out and says why"
        ));
    }
    let rate = manifest.plan.rate_per_second;
    let short = manifest
        .slots
        .iter()
        .filter(|slot| slot.achieved_share(rate) < INVALID_RATE_SHARE)
        .count();
    if short > 0 {
        status(&format!(
            "warning: {short} of {all} slots did not reach {rate} requests per second, so their latencies hide the requests \
             that were never made\nhint: choose a lower --rate, or more `virtual_users` in the plan file"
        ));
    }
    if invalid == 0 && short == 0 {
        exit_code::DONE
    } else {
        exit_code::DATA_INVALID
    }
}
