//! Before the first slot: is the cluster reachable, allowed, free and fit; then what stands for the whole run.

use std::time::Duration;

use kube::ResourceExt;
use kube::api::DynamicObject;
use meshdelta_run::Plan;
use meshdelta_run::manifest::EnvironmentFacts;
use tokio::time::timeout;

use super::data_path::Workload;
use super::grafana::Grafana;
use super::manifests::{built_in_paths, standing_objects};
use super::progress::node_of;
use super::session::Session;
use super::test_run::script;
use crate::error::CollectorError;
use crate::kubernetes::{KindName, KubernetesError, Poll, wait_for};

/// How long finding Grafana may take: a run does without it.
const GRAFANA_DEADLINE: Duration = Duration::from_secs(30);

impl Session {
    /// Prepares the cluster. Nothing is changed before everything that can be checked has been.
    pub(super) async fn prepare(
        &mut self,
        plan: &Plan,
    ) -> Result<EnvironmentFacts, CollectorError> {
        self.check_phases(plan)?;
        let version = self.cluster.version().await?;
        let mut objects = standing_objects(plan, &self.plan, &self.run_id)?;
        objects.push(script(&self.plan, &self.run_id)?);
        self.leave_out_access(&mut objects).await?;
        let paths = built_in_paths(plan, &self.plan);
        self.first_servers = paths.iter().map(|path| path.workload()).min();
        self.check_rights(&objects, &paths).await?;
        self.check_mesh(&paths).await?;
        self.connect_prometheus().await?;
        self.read_nodes().await?;
        self.take_lease().await?;
        self.remove_left_loads().await?;
        for name in [
            self.plan.namespace.clone(),
            self.plan.load_namespace.clone(),
        ] {
            self.make_namespace(&name).await?;
        }
        self.remove_left_objects(&objects).await?;
        for object in &objects {
            self.make(object).await?;
            if let Some(first) = self.first_servers.filter(|first| is_of(object, *first)) {
                self.wait_for_nodes(first).await?;
            }
        }
        self.open_grafana().await;
        for phase in &plan.phases {
            self.wait_for_phase(&phase.id).await?;
        }
        self.facts(version, &paths).await
    }

    /// Waits until all pods of the first servers have a node, for all others choose theirs by them.
    async fn wait_for_nodes(&self, servers: Workload) -> Result<(), KubernetesError> {
        let deadline = Duration::from_secs(u64::from(self.plan.ready_timeout_seconds));
        let replicas = self.plan.replicas as usize;
        let waiting_for = format!("a node for each server of `{}`", servers.name());
        let waited = wait_for(&waiting_for, deadline, async || {
            let pods = self.server_pods(servers).await?;
            let placed = pods.iter().filter(|pod| !node_of(pod).is_empty()).count();
            Ok(if placed >= replicas {
                Poll::Ready(())
            } else {
                Poll::Waiting(format!("{placed} of {replicas} have one"))
            })
        })
        .await;
        match waited {
            Err(error @ KubernetesError::TimedOut { .. }) => {
                Err(error.with(&self.describe_servers(servers).await))
            }
            waited => waited,
        }
    }

    async fn open_grafana(&mut self) {
        let finding = timeout(GRAFANA_DEADLINE, Grafana::find(&self.cluster, &self.plan)).await;
        match finding.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
            Ok(found) => self.grafana = found,
            Err(reason) => {
                tracing::warn!("slots will not be marked in Grafana: {reason}");
            }
        }
    }
}

/// Tells whether an object is the Deployment of these servers.
fn is_of(object: &DynamicObject, servers: Workload) -> bool {
    KindName::of(object).is_some_and(|kind| kind.kind == "Deployment")
        && object.name_any() == servers.name()
}
