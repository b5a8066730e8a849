//! `cluster status`: what is installed, at which version, healthy or not.

use serde::Serialize;

use super::component::{COMPONENTS, Component, ComponentId};
use super::error::ClusterError;
use super::inspection::Inspection;
use super::ledger::Ledger;
use super::ledger_store::LedgerStore;
use super::open::{Page, find_page};
use super::target::Target;
use super::workload::Workload;

/// The state of a cluster.
#[derive(Debug, Serialize)]
pub struct ClusterStatus {
    /// The context.
    pub context: String,
    /// The address of the API server.
    pub server: String,
    /// The version of Kubernetes.
    pub kubernetes: String,
    /// The name of the kind cluster, when this program made the cluster itself.
    pub kind_cluster: Option<String>,
    /// Nodes, by whether they are ready.
    pub nodes: NodeCount,
    /// Every component, in the order of installing.
    pub components: Vec<ComponentStatus>,
    /// The pages that can be opened, with their Services.
    pub pages: Vec<PageStatus>,
}

/// How many nodes there are.
#[derive(Debug, Serialize)]
pub struct NodeCount {
    /// All of them.
    pub all: usize,
    /// Those that are ready.
    pub ready: usize,
}

/// The state of a component.
#[derive(Debug, Serialize)]
pub struct ComponentStatus {
    /// Which.
    pub component: ComponentId,
    /// Who installed it, and whether that came to its end.
    pub origin: Origin,
    /// The version of the chart or definitions that is there; absent when unknown or nothing is there.
    pub version: Option<String>,
    /// The version that this meshdelta installs; empty for its own manifests.
    pub wanted_version: &'static str,
    /// Whether all its workloads are ready; absent when it has none, or is not there.
    pub healthy: Option<bool>,
    /// What runs.
    pub workloads: Vec<Workload>,
}

/// Who installed a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// This program, to the end.
    Meshdelta,
    /// This program, but not to the end.
    Unfinished,
    /// Somebody else.
    Foreign,
    /// Nobody.
    Missing,
}

/// A page that can be opened.
#[derive(Debug, Serialize)]
pub struct PageStatus {
    /// Which.
    pub page: Page,
    /// Namespace, name and port of its Service.
    pub service: String,
}

impl ClusterStatus {
    /// Tells whether every component that the phases need is there and healthy.
    pub fn is_ready(&self) -> bool {
        let optional = |id| matches!(id, ComponentId::Kiali | ComponentId::MetricsServer);
        self.components.iter().all(|status| match status.origin {
            Origin::Meshdelta | Origin::Foreign => status.healthy != Some(false),
            Origin::Unfinished => false,
            Origin::Missing => optional(status.component),
        })
    }
}

/// Looks at the cluster. Nothing is changed.
pub async fn status(target: &Target) -> Result<ClusterStatus, ClusterError> {
    let reached = target.reach().await?;
    let cluster = &reached.cluster;
    let store = LedgerStore::open(cluster).await?;
    let releases = reached.releases(&store).await;
    let inspection = Inspection::of(cluster, releases).await?;
    let mut pages = Vec::new();
    for page in [Page::Grafana, Page::Kiali] {
        if let Some(service) = find_page(cluster, page).await? {
            pages.push(PageStatus {
                page,
                service: service.to_string(),
            });
        }
    }
    let of = |component| component_status(component, &inspection, store.ledger());
    Ok(ClusterStatus {
        context: cluster.context().to_owned(),
        server: cluster.server().to_owned(),
        kubernetes: inspection.server_version.clone(),
        kind_cluster: store.ledger().kind_cluster.clone(),
        nodes: NodeCount {
            all: inspection.nodes.len(),
            ready: inspection.nodes.iter().filter(|node| node.is_ready).count(),
        },
        components: COMPONENTS.iter().map(of).collect(),
        pages,
    })
}

fn component_status(
    component: &Component,
    inspection: &Inspection,
    ledger: &Ledger,
) -> ComponentStatus {
    let installed = ledger
        .component(component.id)
        .filter(|(installed, _)| !installed.is_replaced(&inspection.releases));
    let workloads: Vec<Workload> = inspection
        .workloads_of(component)
        .into_iter()
        .cloned()
        .collect();
    let is_there = is_there(component, &workloads, inspection, installed.is_some());
    let origin = match installed {
        Some((_, true)) if is_there => Origin::Meshdelta,
        // Not made to the end, or made and not there any more.
        Some(_) => Origin::Unfinished,
        None if is_there => Origin::Foreign,
        None => Origin::Missing,
    };
    let version = match (installed, origin) {
        (_, Origin::Missing) => None,
        (Some((installed, _)), _) => {
            Some(installed.version.clone()).filter(|version| !version.is_empty())
        }
        (None, _) => foreign_version(component, &workloads, inspection),
    };
    let expects_workloads = !component.labels.is_empty();
    let healthy = (expects_workloads && origin != Origin::Missing)
        .then(|| !workloads.is_empty() && workloads.iter().all(Workload::is_ready));
    ComponentStatus {
        component: component.id,
        origin,
        version,
        wanted_version: component.version(),
        healthy,
        workloads,
    }
}

fn is_there(
    component: &Component,
    workloads: &[Workload],
    inspection: &Inspection,
    is_in_ledger: bool,
) -> bool {
    match component.id {
        ComponentId::GatewayApi => inspection.gateway_api.is_some(),
        ComponentId::IstioBase => !inspection.definitions_of(component).is_empty(),
        // Only the ledger knows of them.
        ComponentId::MeshMonitors => is_in_ledger,
        _ => !workloads.is_empty(),
    }
}

fn foreign_version(
    component: &Component,
    workloads: &[Workload],
    inspection: &Inspection,
) -> Option<String> {
    let version = match component.id {
        ComponentId::GatewayApi => inspection
            .gateway_api
            .as_ref()
            .and_then(|bundle| bundle.version),
        _ => workloads.iter().find_map(Workload::version),
    };
    version.map(|version| version.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::inspection::component;
    use crate::cluster::ledger::{InstalledComponent, Item, ReleaseName};
    use crate::cluster::release::Release;

    #[test]
    fn a_foreign_release_in_place_of_ours_is_not_shown_as_ours() {
        let (name, namespace) = ("istio-base".to_owned(), "istio-system".to_owned());
        let item = Item::Component(InstalledComponent {
            id: ComponentId::IstioBase,
            release: Some(ReleaseName {
                name: name.clone(),
                namespace: namespace.clone(),
            }),
            version: "1.30.3".to_owned(),
            fingerprint: String::new(),
            definitions_before: Vec::new(),
            definitions: Vec::new(),
        });
        let mut ledger = Ledger::new(None);
        ledger.begin(item.clone());
        ledger.complete(&item, Vec::new());
        let origin = |releases| {
            let inspection = Inspection {
                definitions: vec!["gateways.networking.istio.io".to_owned()],
                releases,
                ..Inspection::default()
            };
            component_status(component(ComponentId::IstioBase), &inspection, &ledger).origin
        };
        let release = |is_ours| Release {
            name: name.clone(),
            namespace: namespace.clone(),
            status: "deployed".to_owned(),
            chart: "base-1.30.3".to_owned(),
            is_ours,
        };
        assert_eq!(origin(vec![release(true)]), Origin::Meshdelta);
        assert_eq!(origin(vec![release(false)]), Origin::Foreign);
        // Helm could not be asked.
        assert_eq!(origin(Vec::new()), Origin::Meshdelta);
    }
}
