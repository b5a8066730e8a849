//! Real k6, real Envoy and a real Prometheus as child processes on loopback: no container, no cluster, no root.
//!
//! It measures *these data paths*, not Istio: L7 sidecars, HBONE tunnels and a waypoint made of Envoy processes with mutual TLS.

mod certificates;
mod data_path;
mod envoy;
mod host;
pub(crate) mod process;
pub(crate) mod programs;
mod prometheus_server;
mod proof;
mod resources;
mod role;

pub use programs::{Program, REQUIREMENTS, Requirement, Version};

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use fs_err as fs;
use meshdelta_run::manifest::{EnvironmentFacts, Proof};
use meshdelta_run::{Plan, RunId};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use self::certificates::Authority;
use self::data_path::{DataPathPlan, RunningDataPath};
use self::envoy::Counters;
use self::process::{ManagedProcess, ProcessPlan, end_of_log};
use self::prometheus_server::PrometheusServer;
use self::proof::{Sent, after_load, before_load, delays_injected, probe};
use self::resources::{Watched, watch};
use self::role::{DataPath, Role};
use super::{Environment, LoadOutcome, SlotContext};
use crate::error::CollectorError;
use crate::k6::{self, LoadReport};
use crate::prometheus::PrometheusClient;

/// One k6 process makes the whole load.
const RUNNER: &str = "1";
/// How long counters may take to be complete after the load: Envoy merges them from its workers.
const COUNTER_DEADLINE: Duration = Duration::from_secs(3);
const COUNTER_POLL: Duration = Duration::from_millis(100);

/// The local environment.
#[derive(Default)]
pub struct LocalEnvironment {
    started: Option<Started>,
    data_path: Option<RunningDataPath>,
    counters_before: BTreeMap<Role, Counters>,
    logs: Option<PathBuf>,
}

/// What lasts for the whole run.
struct Started {
    k6: Program,
    envoy: Program,
    prometheus: PrometheusServer,
    authority: Authority,
    client: reqwest::Client,
    /// Everything that the run writes beside its result; gone with it.
    folder: TempDir,
}

impl LocalEnvironment {
    /// Makes the environment; logs of failed slots are copied to `logs`.
    pub fn new(logs: PathBuf) -> Self {
        Self {
            logs: Some(logs),
            ..Self::default()
        }
    }

    fn started(&self) -> Result<&Started, CollectorError> {
        self.started.as_ref().ok_or_else(not_prepared)
    }

    fn data_path(&self) -> Result<&RunningDataPath, CollectorError> {
        self.data_path.as_ref().ok_or_else(not_prepared)
    }

    fn slot_folder(&self, context: SlotContext<'_>) -> Result<PathBuf, CollectorError> {
        let slot = context.slot.id;
        Ok(self
            .started()?
            .folder
            .path()
            .join(format!("round-{}-slot-{}", slot.round, slot.slot)))
    }

    fn watched(&self, k6: &ManagedProcess) -> Result<Vec<Watched>, CollectorError> {
        let data_path = self.data_path()?;
        let mut watched: Vec<Watched> = data_path
            .envoys()
            .iter()
            .map(|envoy| Watched {
                role: envoy.role().name().to_owned(),
                on_path: data_path.path.contains(envoy.role()),
                pid: envoy.process().pid(),
            })
            .collect();
        watched.push(Watched {
            role: "k6".to_owned(),
            on_path: false,
            pid: k6.pid(),
        });
        Ok(watched)
    }

    async fn run_k6(&mut self, context: SlotContext<'_>) -> Result<LoadOutcome, CollectorError> {
        let folder = self.slot_folder(context)?;
        let script = folder.join("load.js");
        fs::write(&script, k6::LOAD_SCRIPT)?;
        let configuration = folder.join("k6.json");
        fs::write(&configuration, "{}")?;
        let target = format!("{}/", self.data_path()?.entry_url()?);
        let started = self.started()?;
        let invocation = k6::Invocation {
            context,
            runner: RUNNER,
            script: &script,
            configuration: &configuration,
            target: &target,
            write_url: &started.prometheus.client().write_url(),
        };
        let (stdout, log) = (folder.join("k6.out"), folder.join("k6.log"));
        let mut process = ManagedProcess::start(ProcessPlan {
            name: "k6".to_owned(),
            program: &started.k6.path,
            arguments: invocation.arguments(),
            variables: invocation.variables(),
            log: log.clone(),
            stdout: Some(stdout.clone()),
        })?;
        let stop_watching = CancellationToken::new();
        let watching = tokio::spawn(watch(self.watched(&process)?, stop_watching.clone()));
        let limit = k6::time_limit(context.plan);
        let ended = tokio::select! {
            status = process.wait() => status.map(Some),
            () = context.cancellation.cancelled() => Err(CollectorError::Interrupted),
            () = tokio::time::sleep(limit) => Ok(None),
        };
        stop_watching.cancel();
        let resources = watching.await.unwrap_or_default();
        process.stop().await?;
        let status =
            ended?.ok_or_else(|| process.failure(format!("did not end within {limit:?}")))?;
        k6::check_exit(status, &end_of_log(&log))?;
        if let Some(data_path) = &mut self.data_path {
            data_path.check_alive()?;
        }
        let report = LoadReport::read(RUNNER, &stdout, &log)?;
        Ok(LoadOutcome {
            reports: vec![report],
            resources,
            unsampled: Vec::new(),
        })
    }
}

fn not_prepared() -> CollectorError {
    CollectorError::Process {
        program: "the local environment".to_owned(),
        what: "was used before it was prepared".to_owned(),
        log: String::new(),
    }
}

impl Environment for LocalEnvironment {
    async fn prepare(
        &mut self,
        plan: &Plan,
        _run_id: &RunId,
    ) -> Result<EnvironmentFacts, CollectorError> {
        for phase in &plan.phases {
            if DataPath::of(&phase.id).is_none() {
                return Err(CollectorError::PhaseUnsupported {
                    phase: phase.id.clone(),
                });
            }
        }
        let k6 = programs::K6.find().await?;
        let envoy = programs::ENVOY.find().await?;
        let prometheus = programs::PROMETHEUS.find().await?;
        let folder = tempfile::Builder::new().prefix("meshdelta-").tempdir()?;
        let programs = BTreeMap::from([
            ("k6".to_owned(), k6.fact()?),
            ("envoy".to_owned(), envoy.fact()?),
            ("prometheus".to_owned(), prometheus.fact()?),
        ]);
        let authority = Authority::new(folder.path())?;
        let server_folder = folder.path().join("prometheus");
        let server =
            PrometheusServer::start(&prometheus, &server_folder, plan.local.prometheus_port)
                .await?;
        server.client().check_fitness().await?;
        let client = crate::prometheus::http_client()?;
        self.started = Some(Started {
            k6,
            envoy,
            prometheus: server,
            authority,
            client,
            folder,
        });
        Ok(EnvironmentFacts {
            programs,
            host: host::host_facts(),
            other: BTreeMap::new(),
        })
    }

    fn prometheus(&self) -> Result<&PrometheusClient, CollectorError> {
        Ok(self.started()?.prometheus.client())
    }

    async fn enter(&mut self, context: SlotContext<'_>) -> Result<Vec<Proof>, CollectorError> {
        let path =
            DataPath::of(&context.phase.id).ok_or_else(|| CollectorError::PhaseUnsupported {
                phase: context.phase.id.clone(),
            })?;
        let folder = self.slot_folder(context)?;
        let started = self.started()?;
        let data_path_plan = DataPathPlan {
            path,
            program: &started.envoy.path,
            folder,
            authority: &started.authority,
            settings: &context.plan.local,
            client: &started.client,
        };
        let data_path = RunningDataPath::start(data_path_plan).await?;
        let seen = probe(&started.client, &data_path.entry_url()?).await?;
        self.counters_before = data_path.counters().await?;
        self.data_path = Some(data_path);
        Ok(before_load(&path, &seen))
    }

    async fn run_load(&mut self, context: SlotContext<'_>) -> Result<LoadOutcome, CollectorError> {
        self.run_k6(context).await
    }

    async fn prove_after(
        &mut self,
        context: SlotContext<'_>,
        outcome: &mut LoadOutcome,
    ) -> Result<Vec<Proof>, CollectorError> {
        let sent = Sent {
            succeeded: outcome
                .reports
                .iter()
                .map(LoadReport::succeeded_requests)
                .sum(),
            all: outcome.reports.iter().map(LoadReport::all_requests).sum(),
        };
        let deadline = tokio::time::Instant::now() + COUNTER_DEADLINE;
        let proofs = loop {
            let data_path = self.data_path()?;
            let counters = data_path.counters().await?;
            let mut proofs = after_load(&data_path.path, &self.counters_before, &counters, sent);
            let fault = context.plan.local.fault;
            proofs.extend(fault.and_then(|fault| {
                delays_injected(
                    &data_path.path,
                    fault,
                    &self.counters_before,
                    &counters,
                    sent,
                )
            }));
            if proofs.iter().all(|proof| proof.passed) || tokio::time::Instant::now() > deadline {
                break proofs;
            }
            tokio::time::sleep(COUNTER_POLL).await;
        };
        Ok(proofs)
    }

    async fn keep_logs(&mut self, context: SlotContext<'_>) -> Result<(), CollectorError> {
        let Some(logs) = &self.logs else {
            return Ok(());
        };
        fs::create_dir_all(logs)?;
        let slot = context.slot.id;
        let prefix = format!("round-{}-slot-{}", slot.round, slot.slot);
        let prometheus = self.started()?.folder.path().join("prometheus");
        for folder in [self.slot_folder(context)?, prometheus] {
            // A slot that failed early has no folder yet.
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries.flatten() {
                let path = entry.path();
                if path.extension().is_some_and(|extension| extension == "log") {
                    let name = format!("{prefix}-{}", entry.file_name().display());
                    fs::copy(&path, logs.join(name))?;
                }
            }
        }
        Ok(())
    }

    async fn leave(&mut self) -> Result<(), CollectorError> {
        match self.data_path.take() {
            Some(mut data_path) => data_path.stop().await,
            None => Ok(()),
        }
    }

    async fn tear_down(&mut self) -> Result<(), CollectorError> {
        self.leave().await?;
        match self.started.take() {
            Some(mut started) => started.prometheus.process_mut().stop().await,
            None => Ok(()),
        }
    }
}
