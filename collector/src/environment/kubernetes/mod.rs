//! The Kubernetes environment: Istio's real data planes in the cluster of a kubeconfig context, under k6-operator's load.
//!
//! What stands for the whole run is applied once: three Deployments behind five Services, routes and a waypoint. Nothing is relabelled between
//! phases, so there is no old state to be rid of. Each slot passes its gates, is loaded by a `TestRun` of its own, and is proved by what the
//! proxies counted. Whatever the run made carries its label, and nothing else is ever deleted.

mod cause;
mod checks;
mod components;
mod data_path;
mod dry_run;
mod facts;
mod gates;
mod grafana;
mod injector;
mod inspect;
mod lease;
mod leftovers;
mod load;
mod manifests;
mod namespaces;
mod prepare;
mod progress;
mod proofs;
mod removal;
mod resources;
mod rights;
mod session;
mod slot;
mod test_run;

use std::path::PathBuf;
use std::time::Duration;

use fs_err as fs;
use kube::ResourceExt;
use meshdelta_run::manifest::{EnvironmentFacts, Proof};
use meshdelta_run::{Plan, RunId};

use crate::environment::{Environment, LoadOutcome, SlotContext};
use crate::error::{CollectorError, first_of};
use crate::prometheus::PrometheusClient;

pub use dry_run::dry_run;

use load::TestRun;
use session::Session;
use slot::SlotState;

/// How long what a slot made may take to go.
const LEAVE_DEADLINE: Duration = Duration::from_mins(2);

/// The Kubernetes environment.
#[derive(Debug, Default)]
pub struct KubernetesEnvironment {
    logs: Option<PathBuf>,
    session: Option<Session>,
    test_run: Option<TestRun>,
    slot: Option<SlotState>,
}

impl KubernetesEnvironment {
    /// Makes the environment; logs of failed slots are kept in `logs`.
    pub fn new(logs: PathBuf) -> Self {
        Self {
            logs: Some(logs),
            ..Self::default()
        }
    }

    fn session(&self) -> Result<&Session, CollectorError> {
        self.session.as_ref().ok_or_else(not_prepared)
    }
}

fn not_prepared() -> CollectorError {
    CollectorError::Process {
        program: "the Kubernetes environment".to_owned(),
        what: "was used before it was prepared".to_owned(),
        log: String::new(),
    }
}

impl Environment for KubernetesEnvironment {
    async fn prepare(
        &mut self,
        plan: &Plan,
        run_id: &RunId,
    ) -> Result<EnvironmentFacts, CollectorError> {
        let kubernetes = plan.kubernetes.clone().unwrap_or_default();
        let session = Session::connect(kubernetes, run_id).await?;
        // Kept before anything is made, so that an interrupted preparation is cleaned up too.
        self.session.insert(session).prepare(plan).await
    }

    fn prometheus(&self) -> Result<&PrometheusClient, CollectorError> {
        self.session()?.prometheus()
    }

    async fn enter(&mut self, context: SlotContext<'_>) -> Result<Vec<Proof>, CollectorError> {
        let session = self.session()?;
        session.check_lease().await?;
        let findings = session.pass_gates(context).await?;
        self.slot = Some(session.begin_slot(context).await?);
        Ok(findings)
    }

    async fn run_load(&mut self, context: SlotContext<'_>) -> Result<LoadOutcome, CollectorError> {
        let session = self.session.as_ref().ok_or_else(not_prepared)?;
        let test_run = session.test_run(context);
        // Kept before it is made, so that an interrupted load is removed too.
        self.test_run = Some(test_run.clone());
        let loading = session.load(context, &test_run);
        let (outcome, findings, ended) = tokio::select! {
            loaded = loading => loaded?,
            () = context.cancellation.cancelled() => return Err(CollectorError::Interrupted),
        };
        if let Some(slot) = &mut self.slot {
            slot.findings = findings;
            slot.ended = ended;
        }
        Ok(outcome)
    }

    async fn prove_after(
        &mut self,
        context: SlotContext<'_>,
        outcome: &mut LoadOutcome,
    ) -> Result<Vec<Proof>, CollectorError> {
        let session = self.session.as_ref().ok_or_else(not_prepared)?;
        let slot = self.slot.take().ok_or_else(not_prepared)?;
        // Another run may have loaded the servers meanwhile.
        session.check_lease().await?;
        session.prove(context, slot, outcome).await
    }

    async fn keep_logs(&mut self, context: SlotContext<'_>) -> Result<(), CollectorError> {
        let (Some(logs), Some(test_run)) = (&self.logs, &self.test_run) else {
            return Ok(());
        };
        // What cannot be read is not kept: the first error is what matters.
        let pods = test_run.pods().await.unwrap_or_default();
        fs::create_dir_all(logs)?;
        let slot = context.slot.id;
        for pod in pods.iter().filter(|pod| progress::is_runner(pod)) {
            let log = test_run.log_now(&pod.name_any()).await;
            let name = format!(
                "round-{}-slot-{}-{}.log",
                slot.round,
                slot.slot,
                pod.name_any()
            );
            fs::write(logs.join(name), log)?;
        }
        Ok(())
    }

    async fn leave(&mut self) -> Result<(), CollectorError> {
        self.slot = None;
        match self.test_run.take() {
            Some(test_run) => Ok(test_run.delete(LEAVE_DEADLINE).await?),
            None => Ok(()),
        }
    }

    async fn tear_down(&mut self) -> Result<(), CollectorError> {
        let left = self.leave().await;
        let removed = match self.session.take() {
            Some(session) => session.remove().await,
            None => Ok(()),
        };
        first_of(left, removed)
    }
}
