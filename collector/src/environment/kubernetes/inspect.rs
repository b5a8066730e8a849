//! Reads what the gates look at, and waits for them.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use meshdelta_run::PhaseId;
use meshdelta_run::manifest::Proof;
use meshdelta_run::plan::{CustomPhase, PhaseGate};

use super::data_path::{DataPath, WAYPOINT, Workload};
use super::gates::{
    ConfigDump, all_hold, custom_gate, gateway, knows_pods, knows_waypoint, membership, placement,
    planned_waypoint, rollout, route, waypoint_bound,
};
use super::progress::node_of;
use super::session::Session;
use crate::environment::SlotContext;
use crate::error::CollectorError;
use crate::kubernetes::{KindName, KubernetesError, Poll, patiently, wait_for};

/// The label of ztunnel's pods.
pub(super) const ZTUNNEL: &str = "app=ztunnel";
/// The port of ztunnel's admin interface, on the loopback of its pod.
const ZTUNNEL_ADMIN_PORT: u16 = 15000;
const ADMIN_TIMEOUT: Duration = Duration::from_secs(10);
const ZTUNNELS_AT_ONCE: usize = 16;
/// The label on the pods of a waypoint.
const GATEWAY_NAME_LABEL: &str = "gateway.networking.k8s.io/gateway-name";

impl Session {
    /// Waits until the gates of the slot's phase hold, and returns what was found.
    pub(super) async fn pass_gates(
        &self,
        context: SlotContext<'_>,
    ) -> Result<Vec<Proof>, CollectorError> {
        Ok(self.wait_for_phase(&context.phase.id).await?)
    }

    /// Waits until the gates of a phase hold. When they do not in time, the error describes the objects that they are about.
    pub(super) async fn wait_for_phase(
        &self,
        phase: &PhaseId,
    ) -> Result<Vec<Proof>, KubernetesError> {
        let waiting_for = format!("what phase `{phase}` needs");
        let deadline = Duration::from_secs(u64::from(self.plan.ready_timeout_seconds));
        let waited = wait_for(&waiting_for, deadline, async || {
            self.look_at_phase(phase).await
        })
        .await;
        match waited {
            Err(error @ KubernetesError::TimedOut { .. }) => {
                Err(error.with(&self.describe_phase(phase).await))
            }
            waited => waited,
        }
    }

    async fn look_at_phase(&self, phase: &PhaseId) -> Result<Poll<Vec<Proof>>, KubernetesError> {
        if let Some(custom) = self.plan.custom_phase(phase) {
            return Ok(all_hold(self.look_at_custom(custom).await?));
        }
        match DataPath::of(phase) {
            Some(path) => Ok(all_hold(self.look_at_path(path).await?)),
            None => Ok(Poll::Hopeless("no such phase".to_owned())),
        }
    }

    async fn look_at_path(&self, path: DataPath) -> Result<Vec<Proof>, KubernetesError> {
        let workload = path.workload();
        let deployment = self.deployment(workload.name()).await?;
        let pods = self.server_pods(workload).await?;
        let mut findings = rollout(&deployment, &pods);
        findings.extend(membership(workload, "servers", &pods));
        if let Some(first) = self.first_servers {
            findings.push(placement(&self.server_pods(first).await?, &pods));
        }
        if path.has_route() {
            findings.extend(route(
                &self
                    .object("gateway.networking.k8s.io/v1", "HTTPRoute", path.service())
                    .await?,
            ));
        }
        if workload.is_ambient() {
            findings.extend(self.look_at_ambient(path, &pods).await?);
        }
        Ok(findings)
    }

    async fn look_at_ambient(
        &self,
        path: DataPath,
        pods: &[Pod],
    ) -> Result<Vec<Proof>, KubernetesError> {
        let is_l7 = path == DataPath::AmbientL7;
        let service = self.object("v1", "Service", path.service()).await?;
        let mut findings = vec![waypoint_bound(&service, is_l7)];
        if is_l7 {
            findings.extend(gateway(
                &self
                    .object("gateway.networking.k8s.io/v1", "Gateway", WAYPOINT)
                    .await?,
            ));
            let deployment = self.deployment(WAYPOINT).await?;
            findings.extend(planned_waypoint(&deployment, &self.plan));
            findings.extend(rollout(&deployment, &self.waypoint_pods().await?));
        }
        let names: Vec<String> = pods.iter().map(ResourceExt::name_any).collect();
        for (node, dump) in self.ztunnels(pods).await? {
            findings.extend(knows_pods(&node, &dump, &self.plan.namespace, &names));
            findings.push(knows_waypoint(
                &node,
                &dump,
                &self.plan.namespace,
                path.service(),
                is_l7,
            ));
        }
        Ok(findings)
    }

    async fn look_at_custom(&self, phase: &CustomPhase) -> Result<Vec<Proof>, KubernetesError> {
        let mut findings = Vec::new();
        for gate in &phase.gates {
            let kind = KindName::new(&gate.api_version, &gate.kind);
            let namespace = self.gate_namespace(gate);
            let object = self.cluster.get(&kind, Some(namespace), &gate.name).await?;
            let pods = match &gate.container {
                Some(_) => self.pods_of_deployment(namespace, &gate.name).await?,
                None => Vec::new(),
            };
            findings.extend(custom_gate(gate, object.as_ref(), &pods));
            if gate.container.is_some()
                && namespace == self.plan.namespace
                && let Some(first) = self.first_servers
            {
                findings.push(placement(&self.server_pods(first).await?, &pods));
            }
        }
        Ok(findings)
    }

    fn gate_namespace<'a>(&'a self, gate: &'a PhaseGate) -> &'a str {
        gate.namespace.as_deref().unwrap_or(&self.plan.namespace)
    }

    async fn describe_phase(&self, phase: &PhaseId) -> String {
        let mut objects = Vec::new();
        let namespace = self.plan.namespace.as_str();
        let mut texts = Vec::new();
        if let Some(custom) = self.plan.custom_phase(phase) {
            for gate in &custom.gates {
                let kind = KindName::new(&gate.api_version, &gate.kind);
                objects.push((kind, self.gate_namespace(gate), gate.name.as_str()));
            }
        } else if let Some(path) = DataPath::of(phase) {
            texts.push(self.describe_servers(path.workload()).await);
            let gateway_api = "gateway.networking.k8s.io/v1";
            if path == DataPath::AmbientL7 {
                let pods = self.waypoint_pods().await.unwrap_or_default();
                texts.push(self.describe_deployment(WAYPOINT, &pods).await);
                objects.push((KindName::new(gateway_api, "Gateway"), namespace, WAYPOINT));
            }
            if path.has_route() {
                let kind = KindName::new(gateway_api, "HTTPRoute");
                objects.push((kind, namespace, path.service()));
            }
        }
        for (kind, namespace, name) in objects {
            texts.push(self.cluster.describe(&kind, Some(namespace), name).await);
        }
        texts.join("\n")
    }

    /// Describes servers: their Deployment and their pods.
    pub(super) async fn describe_servers(&self, servers: Workload) -> String {
        let pods = self.server_pods(servers).await.unwrap_or_default();
        self.describe_deployment(servers.name(), &pods).await
    }

    async fn describe_deployment(&self, name: &str, pods: &[Pod]) -> String {
        let namespace = Some(self.plan.namespace.as_str());
        let kind = KindName::new("apps/v1", "Deployment");
        let mut texts = vec![self.cluster.describe(&kind, namespace, name).await];
        for pod in pods {
            let kind = KindName::new("v1", "Pod");
            texts.push(
                self.cluster
                    .describe(&kind, namespace, &pod.name_any())
                    .await,
            );
        }
        texts.join("\n")
    }

    async fn object(
        &self,
        api_version: &str,
        kind: &str,
        name: &str,
    ) -> Result<kube::api::DynamicObject, KubernetesError> {
        let kind = KindName::new(api_version, kind);
        let objects = self
            .cluster
            .objects(&kind, Some(&self.plan.namespace))
            .await?;
        objects.get(name).await.map_err(|error| {
            self.cluster.failed(
                format!("get {} `{}/{name}`", kind.kind, self.plan.namespace),
                &error,
            )
        })
    }

    async fn deployment(&self, name: &str) -> Result<Deployment, KubernetesError> {
        let deployments: Api<Deployment> =
            Api::namespaced(self.cluster.client().clone(), &self.plan.namespace);
        let found = deployments.get_opt(name).await;
        let found = found.map_err(|error| {
            self.cluster
                .failed(format!("get Deployment `{name}`"), &error)
        })?;
        // That of a waypoint is made by Istio, some time after its Gateway: until then it has no replica.
        Ok(found.unwrap_or_else(|| {
            let mut missing = Deployment::default();
            missing.metadata.name = Some(name.to_owned());
            missing
        }))
    }

    /// Lists pods by a label.
    pub(super) async fn pods_by_label(
        &self,
        namespace: &str,
        selector: &str,
    ) -> Result<Vec<Pod>, KubernetesError> {
        let pods: Api<Pod> = Api::namespaced(self.cluster.client().clone(), namespace);
        let action = format!("list pods ({selector}) in `{namespace}`");
        let parameters = ListParams::default().labels(selector);
        patiently(&action, async || {
            let found = pods.list(&parameters).await;
            Ok(found
                .map_err(|error| self.cluster.failed(action.as_str(), &error))?
                .items)
        })
        .await
    }

    /// Lists the pods of a workload.
    pub(super) async fn server_pods(
        &self,
        workload: Workload,
    ) -> Result<Vec<Pod>, KubernetesError> {
        self.pods_by_label(&self.plan.namespace, &format!("app={}", workload.name()))
            .await
    }

    /// Lists the pods of the waypoint.
    pub(super) async fn waypoint_pods(&self) -> Result<Vec<Pod>, KubernetesError> {
        self.pods_by_label(
            &self.plan.namespace,
            &format!("{GATEWAY_NAME_LABEL}={WAYPOINT}"),
        )
        .await
    }

    async fn pods_of_deployment(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<Pod>, KubernetesError> {
        let deployments: Api<Deployment> =
            Api::namespaced(self.cluster.client().clone(), namespace);
        let found = deployments.get_opt(name).await;
        let found = found.map_err(|error| {
            self.cluster
                .failed(format!("get Deployment `{namespace}/{name}`"), &error)
        })?;
        let labels = found.and_then(|deployment| deployment.spec?.selector.match_labels);
        let labels: Vec<String> = labels
            .unwrap_or_default()
            .into_iter()
            .map(|(label, value)| format!("{label}={value}"))
            .collect();
        if labels.is_empty() {
            return Ok(Vec::new());
        }
        self.pods_by_label(namespace, &labels.join(",")).await
    }

    /// Lists the ztunnel pods on the nodes of these pods and of the runners.
    pub(super) async fn ztunnel_pods(&self, pods: &[Pod]) -> Result<Vec<Pod>, KubernetesError> {
        let mut nodes: BTreeSet<String> = pods.iter().map(node_of).collect();
        let selector = &self.plan.load.node_selector;
        let may_load = self.nodes.iter().filter(|node| {
            let labels = node.labels();
            selector
                .iter()
                .all(|(name, value)| labels.get(name) == Some(value))
        });
        nodes.extend(may_load.map(ResourceExt::name_any));
        let ztunnels = self
            .pods_by_label(&self.plan.istio_namespace, ZTUNNEL)
            .await?;
        Ok(ztunnels
            .into_iter()
            .filter(|pod| nodes.contains(&node_of(pod)))
            .collect())
    }

    /// Asks each ztunnel of the nodes in question what it knows.
    async fn ztunnels(&self, pods: &[Pod]) -> Result<Vec<(String, ConfigDump)>, KubernetesError> {
        let ztunnels = self.ztunnel_pods(pods).await?;
        if ztunnels.is_empty() {
            return Err(KubernetesError::Hopeless {
                waiting_for: "a ztunnel on the nodes of the servers".to_owned(),
                seen: format!(
                    "there is no pod with {ZTUNNEL} in `{}` on them",
                    self.plan.istio_namespace
                ),
            });
        }
        // One after the other, those of a large cluster would take longer than one look may.
        let asked = ztunnels.into_iter().map(|pod| async move {
            let dump = self.config_dump(&pod.name_any()).await?;
            Ok((node_of(&pod), dump))
        });
        let asked = stream::iter(asked).buffered(ZTUNNELS_AT_ONCE);
        asked.try_collect().await
    }

    async fn config_dump(&self, pod: &str) -> Result<ConfigDump, KubernetesError> {
        let failed = |reason: String| KubernetesError::Request {
            action: format!("ask ztunnel `{pod}` for its configuration"),
            context: self.cluster.context().to_owned(),
            status: None,
            reason,
        };
        let forward = self
            .cluster
            .forward_pod(&self.plan.istio_namespace, pod, ZTUNNEL_ADMIN_PORT)
            .await?;
        let url = format!("http://{}/config_dump", forward.address());
        let client = crate::prometheus::http_client().map_err(|error| failed(error.to_string()))?;
        let answer = client.get(url).timeout(ADMIN_TIMEOUT).send().await;
        let answer = answer.map_err(|error| failed(error.without_url().to_string()))?;
        answer
            .json()
            .await
            .map_err(|error| failed(error.without_url().to_string()))
    }
}
