//! Before the first slot: is the cluster reachable, allowed, free and fit; then what stands for the whole run.

use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{DynamicObject, ListParams};
use kube::{Api, ResourceExt};
use meshdelta_run::Plan;
use meshdelta_run::manifest::EnvironmentFacts;
use tokio::time::timeout;

use super::data_path::{DataPath, WAYPOINT, Workload};
use super::facts::{cluster_facts, images, version_of};
use super::gates::{namespace_labels, nodes};
use super::grafana::{self, Grafana};
use super::injector::{INJECTOR, missing_injector};
use super::inspect::ZTUNNEL;
use super::manifests::{RUNNER_ACCESS_NAME, built_in_paths, namespace, standing_objects};
use super::progress::node_of;
use super::rights::{Asked, needed};
use super::session::Session;
use super::test_run::{script, test_run_kind};
use crate::error::CollectorError;
use crate::kubernetes::{
    KindName, KubernetesError, MANAGED_BY, MANAGED_BY_LABEL, Poll, RUN_LABEL, Right, wait_for,
};

/// The label of a namespace that says which pods it takes (`PodSecurity`).
const POD_SECURITY: &str = "pod-security.kubernetes.io/enforce";
/// How long finding Grafana may take: a run does without it.
const GRAFANA_DEADLINE: Duration = Duration::from_secs(30);
/// How long a namespace that is being deleted may take to go.
const GOING_DEADLINE: Duration = Duration::from_mins(3);

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
            if self.first_servers.is_some_and(|first| is_of(object, first)) {
                self.wait_for_nodes(&object.name_any()).await?;
            }
        }
        self.open_grafana().await;
        for phase in &plan.phases {
            self.wait_for_phase(&phase.id).await?;
        }
        self.facts(version, &paths).await
    }

    fn check_phases(&self, plan: &Plan) -> Result<(), CollectorError> {
        for phase in &plan.phases {
            let is_known =
                self.plan.custom_phase(&phase.id).is_some() || DataPath::of(&phase.id).is_some();
            if !is_known {
                return Err(CollectorError::PhaseUnsupported {
                    phase: phase.id.clone(),
                });
            }
        }
        Ok(())
    }

    async fn check_rights(
        &self,
        objects: &[DynamicObject],
        paths: &[DataPath],
    ) -> Result<(), CollectorError> {
        // Fails by name where k6-operator is missing, before rights are asked for that nobody could have.
        self.cluster.resource(&test_run_kind()).await?;
        let asked = Asked {
            prometheus: match self.plan.prometheus_url {
                Some(_) => None,
                None => Some(self.prometheus_service()?),
            },
            ztunnel: paths.iter().any(|path| path.workload().is_ambient()),
            injector: paths.iter().any(|path| path.workload().has_sidecar()),
        };
        let mut rights = needed(&self.cluster, &self.plan, objects, &asked).await?;
        for name in [&self.plan.namespace, &self.plan.load_namespace] {
            // Where it may not be read, that is among the rights already.
            let is_made = match self.namespace(name).await {
                Ok(found) => found.is_none_or(|found| run_of(&found).is_some()),
                Err(_) => false,
            };
            if is_made {
                let verbs = ["list", "create", "patch", "delete"];
                rights.extend(verbs.map(|verb| Right::new(verb, "", "namespaces", None)));
                self.foresee_removal(name).await?;
            }
        }
        rights.sort();
        rights.dedup();
        Ok(self.cluster.check_rights(&rights).await?)
    }

    /// Leaves out what lets k6-operator reach the runners of ambient phases, where the user may not make it: most meshes need it not.
    async fn leave_out_access(
        &self,
        objects: &mut Vec<DynamicObject>,
    ) -> Result<(), KubernetesError> {
        let Some(place) = objects.iter().position(is_access) else {
            return Ok(());
        };
        let load = self.plan.load_namespace.as_str();
        let right = Right::new(
            "create",
            "security.istio.io",
            "peerauthentications",
            Some(load),
        );
        if !self.cluster.may(&right).await? {
            tracing::warn!(
                "where the mesh takes nothing but mutual TLS, the runners of the ambient phases will not start: the right to {right} is missing"
            );
            objects.remove(place);
        }
        Ok(())
    }

    /// Waits until all pods of the first servers have a node, for all others choose theirs by them.
    async fn wait_for_nodes(&self, deployment: &str) -> Result<(), KubernetesError> {
        let deadline = Duration::from_secs(u64::from(self.plan.ready_timeout_seconds));
        let wanted = self.plan.replicas as usize;
        let waiting_for = format!("a node for each pod of Deployment `{deployment}`");
        wait_for(&waiting_for, deadline, async || {
            let selector = format!("app={deployment}");
            let pods = self.pods_by_label(&self.plan.namespace, &selector).await?;
            let placed = pods.iter().filter(|pod| !node_of(pod).is_empty()).count();
            Ok(if placed >= wanted {
                Poll::Ready(())
            } else {
                let namespace = Some(self.plan.namespace.as_str());
                let kind = KindName::new("apps/v1", "Deployment");
                let seen = self.cluster.describe(&kind, namespace, deployment).await;
                Poll::Waiting(format!("{placed} of {wanted} have one\n{seen}"))
            })
        })
        .await
    }

    /// Says so before the run when the namespace, which it makes, would have to stay after it: only who may list every kind sees that nothing
    /// of others is in it.
    async fn foresee_removal(&self, namespace: &str) -> Result<(), KubernetesError> {
        let everything = Right::new("list", "*", "*", Some(namespace));
        if !self.cluster.may(&everything).await? {
            tracing::warn!(
                "namespace `{namespace}` will be made and then stay, empty: without the right to {everything} nobody can tell whether others have something in it"
            );
        }
        Ok(())
    }

    /// Checks that what the phases need of Istio is there.
    async fn check_mesh(&self, paths: &[DataPath]) -> Result<(), CollectorError> {
        if paths.iter().any(|path| path.workload().has_sidecar()) {
            self.check_injector().await?;
        }
        if paths.iter().any(|path| path.workload().is_ambient()) {
            let namespace = &self.plan.istio_namespace;
            if self.pods_by_label(namespace, ZTUNNEL).await?.is_empty() {
                return Err(self.mesh_missing(format!(
                    "no ztunnel (a pod with the label {ZTUNNEL} in namespace {namespace})"
                )));
            }
        }
        Ok(())
    }

    fn mesh_missing(&self, what: String) -> CollectorError {
        CollectorError::MeshMissing {
            context: self.cluster.context().to_owned(),
            what,
        }
    }

    async fn check_injector(&self) -> Result<(), CollectorError> {
        let webhooks: Api<MutatingWebhookConfiguration> = Api::all(self.cluster.client().clone());
        let injectors = ListParams::default().labels(INJECTOR);
        let found = webhooks.list(&injectors).await;
        let found = found.map_err(|error| self.cluster.failed("list sidecar injectors", &error))?;
        match missing_injector(&found.items, self.plan.istio_revision.as_deref()) {
            Some(what) => Err(self.mesh_missing(what)),
            None => Ok(()),
        }
    }

    async fn namespace(&self, name: &str) -> Result<Option<Namespace>, KubernetesError> {
        let namespaces: Api<Namespace> = Api::all(self.cluster.client().clone());
        namespaces.get_opt(name).await.map_err(|error| {
            self.cluster
                .failed(format!("get Namespace `{name}`"), &error)
        })
    }

    /// Makes a namespace, or checks one that is there. That of a run is taken over, which only the holder of the Lease does; any other one
    /// stays when the run ends.
    async fn make_namespace(&mut self, name: &str) -> Result<(), CollectorError> {
        self.wait_until_not_going(name).await?;
        let Some(found) = self.namespace(name).await? else {
            return self.make(&namespace(name)?).await;
        };
        check_namespace(name, &found)?;
        let Some(run) = run_of(&found) else {
            return Ok(());
        };
        if run != self.run_id.as_str() {
            tracing::warn!(
                "namespace `{name}` is left of run {run}: this run takes it over, and removes it in the end"
            );
        }
        let mut object = namespace(name)?;
        if let Some(level) = found.labels().get(POD_SECURITY) {
            // Whoever set another one meanwhile had a reason.
            object
                .labels_mut()
                .insert(POD_SECURITY.to_owned(), level.clone());
        }
        self.make(&object).await
    }

    /// Waits for a namespace that an earlier run is rid of to be gone.
    async fn wait_until_not_going(&self, name: &str) -> Result<(), KubernetesError> {
        let waiting_for =
            format!("the deletion of Namespace `{name}`, which was told to go before");
        wait_for(&waiting_for, GOING_DEADLINE, async || {
            let found = self.namespace(name).await?;
            let going = found.filter(|found| found.metadata.deletion_timestamp.is_some());
            Ok(match going {
                None => Poll::Ready(()),
                Some(_) => Poll::Waiting("it is still there".to_owned()),
            })
        })
        .await
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

    async fn facts(
        &self,
        version: String,
        paths: &[DataPath],
    ) -> Result<EnvironmentFacts, CollectorError> {
        let mut other = cluster_facts(&version, &self.nodes, &self.plan);
        for path in paths {
            let pods = self.server_pods(path.workload()).await?;
            other.extend(images(&pods, "sidecar"));
            let servers = path.workload().name();
            other.insert(format!("nodes of {servers}"), nodes(&pods));
            if path.workload().is_ambient() {
                let ztunnels = self.ztunnel_pods(&pods).await?;
                other.extend(images(&ztunnels, "ztunnel"));
            }
            if *path == DataPath::AmbientL7 {
                let pods = self.waypoint_pods().await?;
                other.extend(images(&pods, WAYPOINT));
                other.insert(format!("nodes of {WAYPOINT}"), nodes(&pods));
            }
        }
        if let Some(istiod) = self.istiod_version().await {
            other.insert("Istio".to_owned(), istiod);
        }
        other.insert(
            "Grafana".to_owned(),
            match grafana::service(&self.plan) {
                Ok(_) if self.grafana.is_some() => "marked".to_owned(),
                _ => "not marked".to_owned(),
            },
        );
        Ok(EnvironmentFacts {
            other,
            ..EnvironmentFacts::default()
        })
    }

    /// Returns the version of the control plane of the plan's revision. A fact that may not be read, or that is not clear, is absent: the images
    /// of the proxies tell what was measured.
    async fn istiod_version(&self) -> Option<String> {
        let deployments: Api<Deployment> =
            Api::namespaced(self.cluster.client().clone(), &self.plan.istio_namespace);
        let revision = self.plan.istio_revision.as_deref().unwrap_or("default");
        let selector = format!("app=istiod,istio.io/rev={revision}");
        let of_revision = ListParams::default().labels(&selector);
        let found = deployments.list(&of_revision).await.ok()?;
        found.items.first().and_then(version_of)
    }
}

fn is_access(object: &DynamicObject) -> bool {
    KindName::of(object).is_some_and(|kind| kind.kind == "PeerAuthentication")
        && object.name_any() == RUNNER_ACCESS_NAME
}

/// Tells whether an object is the Deployment of these servers.
fn is_of(object: &DynamicObject, servers: Workload) -> bool {
    KindName::of(object).is_some_and(|kind| kind.kind == "Deployment")
        && object.name_any() == servers.name()
}

/// Checks that a namespace which is there pulls nothing into a mesh.
fn check_namespace(name: &str, found: &Namespace) -> Result<(), CollectorError> {
    let finding = namespace_labels(found);
    if finding.passed {
        return Ok(());
    }
    Err(KubernetesError::Hopeless {
        waiting_for: format!("a namespace `{name}` that says nothing of a mesh"),
        seen: format!("it has {}", finding.observed),
    }
    .into())
}

/// Returns the run that made a namespace; nothing for one that no run made.
fn run_of(namespace: &Namespace) -> Option<&str> {
    let label = |name: &str| namespace.labels().get(name).map(String::as_str);
    label(RUN_LABEL).filter(|_| label(MANAGED_BY_LABEL) == Some(MANAGED_BY))
}

#[cfg(test)]
mod tests;
