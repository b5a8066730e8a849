//! Whose CPU and memory is looked at in a slot.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use meshdelta_run::plan::CustomPhase;
use meshdelta_run::{PhaseId, Plan};

use super::data_path::{DataPath, PROXY_CONTAINER, SERVER_CONTAINER, WAYPOINT, Workload};
use super::manifests::{built_in_paths, custom_values, fill_in};
use super::resources::Component;
use super::session::Session;
use super::test_run::K6_CONTAINER;
use crate::error::CollectorError;
use crate::kubernetes::KubernetesError;

/// The container of istiod.
const ISTIOD_CONTAINER: &str = "discovery";

impl Session {
    /// Returns whose CPU and memory is looked at. All of Istio's proxies are in containers of one name, so their pods are always named.
    pub(super) async fn components(
        &self,
        plan: &Plan,
        phase: &PhaseId,
        runners: &[String],
    ) -> Result<Vec<Component>, CollectorError> {
        let load = self.plan.load_namespace.as_str();
        let mut components = vec![Component::of_pods("k6", false, load, runners, K6_CONTAINER)];
        match (self.plan.custom_phase(phase), DataPath::of(phase)) {
            (Some(custom), _) => components.extend(self.of_custom_phase(custom)?),
            (None, Some(path)) => components.extend(self.of_path(path, runners).await?),
            (None, None) => {}
        }
        components.extend(self.of_mesh(plan).await?);
        Ok(components)
    }

    fn of_custom_phase(&self, phase: &CustomPhase) -> Result<Vec<Component>, CollectorError> {
        let values = custom_values(&self.plan, &self.run_id);
        let components = phase.components.iter();
        components
            .map(|component| {
                Ok(Component {
                    role: component.role.clone(),
                    on_path: true,
                    matchers: fill_in("matchers", &component.matchers, &values)?,
                    pods: Vec::new(),
                })
            })
            .collect()
    }

    async fn of_path(
        &self,
        path: DataPath,
        runners: &[String],
    ) -> Result<Vec<Component>, KubernetesError> {
        let servers = self.plan.namespace.as_str();
        let load = self.plan.load_namespace.as_str();
        let pods = names(&self.server_pods(path.workload()).await?);
        let on_path = |role, namespace, pods: &[String], container| {
            Component::of_pods(role, true, namespace, pods, container)
        };
        let mut components = vec![on_path("application", servers, &pods, SERVER_CONTAINER)];
        if path.workload().has_sidecar() {
            components.push(on_path("server-sidecar", servers, &pods, PROXY_CONTAINER));
            components.push(on_path("client-sidecar", load, runners, PROXY_CONTAINER));
        }
        if path == DataPath::AmbientL7 {
            let pods = names(&self.waypoint_pods().await?);
            components.push(on_path(WAYPOINT, servers, &pods, PROXY_CONTAINER));
        }
        Ok(components)
    }

    /// Returns what works for all phases alike.
    async fn of_mesh(&self, plan: &Plan) -> Result<Vec<Component>, KubernetesError> {
        let paths = built_in_paths(plan, &self.plan);
        let namespace = self.plan.istio_namespace.as_str();
        let mut components = Vec::new();
        if paths.iter().any(|path| *path != DataPath::Direct) {
            // No request passes it; what it uses is told, and no part of the cost of a path.
            components.push(Component {
                role: "istiod".to_owned(),
                on_path: false,
                matchers: format!(r#"namespace="{namespace}",container="{ISTIOD_CONTAINER}""#),
                pods: Vec::new(),
            });
        }
        let ztunnels = names(&self.counted_ztunnels(&paths).await?);
        if !ztunnels.is_empty() {
            components.push(Component::of_pods(
                "ztunnel",
                true,
                namespace,
                &ztunnels,
                PROXY_CONTAINER,
            ));
        }
        Ok(components)
    }

    /// Lists the ztunnels whose use counts: those on the nodes of all servers of the plan and of the runners, in every phase the same. Were they
    /// those of the phase's own servers, the difference from the baseline would compare different ztunnels.
    async fn counted_ztunnels(&self, paths: &[DataPath]) -> Result<Vec<Pod>, KubernetesError> {
        let workloads: BTreeSet<Workload> = paths.iter().map(|path| path.workload()).collect();
        if !workloads.iter().any(|workload| workload.is_ambient()) {
            return Ok(Vec::new());
        }
        let mut servers = Vec::new();
        for workload in workloads {
            servers.extend(self.server_pods(workload).await?);
        }
        self.ztunnel_pods(&servers).await
    }
}

fn names(pods: &[Pod]) -> Vec<String> {
    pods.iter().map(ResourceExt::name_any).collect()
}

#[cfg(test)]
mod tests;
