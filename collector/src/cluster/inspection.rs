//! What there is in a cluster before anything is done: read only.

use std::collections::BTreeSet;

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use kube::api::{ListParams, PartialObjectMeta};
use kube::{Api, ResourceExt};

use super::component::{COMPONENTS, Component};
use super::error::ClusterError;
use super::gateway_api::{BUNDLE_VERSION_ANNOTATION, CHANNEL_ANNOTATION};
use super::release::Release;
use super::workload::{Workload, list_workloads};
use crate::environment::local::Version;
use crate::environment::local::programs::parse_version;
use crate::kubernetes::Cluster;

/// The definition that tells which Gateway API is there.
const GATEWAYS: &str = "gateways.gateway.networking.k8s.io";
/// The API that metrics-server serves.
const METRICS_API: &str = "v1beta1.metrics.k8s.io";

/// Everything that decides what to do.
#[derive(Debug, Clone, Default)]
pub(super) struct Inspection {
    pub(super) server_version: String,
    pub(super) nodes: Vec<NodeFacts>,
    pub(super) workloads: Vec<Workload>,
    /// Names of the custom resource definitions.
    pub(super) definitions: Vec<String>,
    pub(super) gateway_api: Option<GatewayBundle>,
    /// Revisions of Istio that inject sidecars.
    pub(super) revisions: Vec<String>,
    /// Releases of helm, when helm could be asked.
    pub(super) releases: Vec<Release>,
    /// Whether something serves the metrics API.
    pub(super) has_metrics_api: bool,
}

/// The Gateway API that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GatewayBundle {
    pub(super) version: Option<Version>,
    pub(super) channel: String,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NodeFacts {
    pub(super) name: String,
    pub(super) kubelet: Option<Version>,
    pub(super) is_ready: bool,
    pub(super) role: Option<String>,
}

impl Inspection {
    /// Looks at the cluster. `releases` are those that helm lists.
    pub(super) async fn of(
        cluster: &Cluster,
        releases: Vec<Release>,
    ) -> Result<Self, ClusterError> {
        let definitions = list_definitions(cluster).await?;
        let annotation = |name: &str| {
            let gateways = definitions
                .iter()
                .find(|definition| definition.name_any() == GATEWAYS)?;
            Some(
                gateways
                    .annotations()
                    .get(name)
                    .cloned()
                    .unwrap_or_default(),
            )
        };
        let gateway_api = annotation(CHANNEL_ANNOTATION).map(|channel| GatewayBundle {
            version: annotation(BUNDLE_VERSION_ANNOTATION).and_then(|text| parse_version(&text)),
            channel,
        });
        Ok(Self {
            server_version: cluster.version().await?,
            nodes: list_nodes(cluster).await?,
            workloads: list_workloads(cluster).await?,
            definitions: definitions.iter().map(ResourceExt::name_any).collect(),
            gateway_api,
            revisions: list_revisions(cluster).await?,
            releases,
            has_metrics_api: has_metrics_api(cluster).await?,
        })
    }

    /// Returns the workloads of a component, whoever installed them.
    pub(super) fn workloads_of(&self, component: &Component) -> Vec<&Workload> {
        let workloads = self.workloads.iter();
        workloads
            .filter(|workload| workload.belongs_to(component))
            .collect()
    }

    /// Returns the release that this program would make of a component, when one of the name is there.
    pub(super) fn release_of(&self, component: &Component) -> Option<&Release> {
        let chart = component.chart()?;
        let mut releases = self.releases.iter();
        releases
            .find(|release| release.name == chart.release && release.namespace == chart.namespace)
    }

    /// Returns the definitions of a component that are there.
    pub(super) fn definitions_of(&self, component: &Component) -> Vec<String> {
        definitions_of(component, &self.definitions)
    }
}

/// Returns which of the definitions are of the component's groups.
pub(super) fn definitions_of(component: &Component, all: &[String]) -> Vec<String> {
    let is_of_group = |name: &&String| {
        let group = name.split_once('.').map_or("", |(_, group)| group);
        component.groups.contains(&group)
    };
    all.iter().filter(is_of_group).cloned().collect()
}

/// Returns the component of an id.
pub(super) fn component(id: super::ComponentId) -> &'static Component {
    static ALL: [Component; COMPONENTS.len()] = COMPONENTS;
    ALL.iter()
        .find(|component| component.id == id)
        .expect("invariant: every id has a component")
}

/// Lists the names and annotations of the custom resource definitions.
pub(super) async fn list_definitions(
    cluster: &Cluster,
) -> Result<Vec<PartialObjectMeta<CustomResourceDefinition>>, ClusterError> {
    let api: Api<CustomResourceDefinition> = Api::all(cluster.client().clone());
    let listed = api.list_metadata(&ListParams::default()).await;
    Ok(listed
        .map_err(|error| cluster.failed("list custom resource definitions", &error))?
        .items)
}

async fn list_nodes(cluster: &Cluster) -> Result<Vec<NodeFacts>, ClusterError> {
    let api: Api<Node> = Api::all(cluster.client().clone());
    let listed = api.list(&ListParams::default()).await;
    let nodes = listed.map_err(|error| cluster.failed("list nodes", &error))?;
    Ok(nodes.items.iter().map(node_facts).collect())
}

fn node_facts(node: &Node) -> NodeFacts {
    let status = node.status.as_ref();
    let kubelet = status
        .and_then(|status| status.node_info.as_ref())
        .and_then(|info| parse_version(&info.kubelet_version));
    let is_ready = status
        .and_then(|status| status.conditions.as_ref())
        .is_some_and(|conditions| {
            let mut conditions = conditions.iter();
            conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
        });
    NodeFacts {
        name: node.name_any(),
        kubelet,
        is_ready,
        role: node.labels().get(super::kind::ROLE_LABEL).cloned(),
    }
}

/// Returns the revisions of Istio that inject sidecars.
pub(super) async fn list_revisions(cluster: &Cluster) -> Result<Vec<String>, ClusterError> {
    let api: Api<MutatingWebhookConfiguration> = Api::all(cluster.client().clone());
    let injectors = ListParams::default().labels("app=sidecar-injector");
    let listed = api.list_metadata(&injectors).await;
    let listed = listed.map_err(|error| cluster.failed("list mutating webhooks", &error))?;
    let revision = |object: &PartialObjectMeta<MutatingWebhookConfiguration>| {
        object.labels().get("istio.io/rev").cloned()
    };
    // One webhook a revision, and one more for each tag: ordered, and each once.
    let revisions: BTreeSet<String> = listed.items.iter().filter_map(revision).collect();
    Ok(revisions.into_iter().collect())
}

async fn has_metrics_api(cluster: &Cluster) -> Result<bool, ClusterError> {
    let api: Api<APIService> = Api::all(cluster.client().clone());
    let found = api.get_metadata_opt(METRICS_API).await;
    Ok(found
        .map_err(|error| cluster.failed(format!("get APIService `{METRICS_API}`"), &error))?
        .is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::ComponentId;

    #[test]
    fn definitions_belong_to_a_component_by_their_group() {
        let all = [
            "gateways.gateway.networking.k8s.io",
            "gateways.networking.istio.io",
            "testruns.k6.io",
            "inferencepools.inference.networking.k8s.io",
        ]
        .map(str::to_owned);
        let of = |id| definitions_of(component(id), &all);
        assert_eq!(
            of(ComponentId::GatewayApi),
            ["gateways.gateway.networking.k8s.io"]
        );
        assert_eq!(of(ComponentId::IstioBase), ["gateways.networking.istio.io"]);
        assert_eq!(of(ComponentId::K6Operator), ["testruns.k6.io"]);
        assert!(of(ComponentId::Istiod).is_empty());
    }
}
