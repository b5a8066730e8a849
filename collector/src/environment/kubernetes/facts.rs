//! What the run was measured on: the cluster, its nodes, the mesh and the images.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use meshdelta_run::manifest::EnvironmentFacts;
use meshdelta_run::plan::KubernetesPlan;

use super::data_path::{DataPath, PROXY_CONTAINER, WAYPOINT};
use super::gates::nodes;
use super::grafana;
use super::session::Session;
use crate::error::CollectorError;

/// Describes a node in one line.
fn node(node: &Node) -> String {
    let Some(status) = &node.status else {
        return "no status".to_owned();
    };
    let capacity = |name: &str| {
        let amount = status.capacity.as_ref().and_then(|all| all.get(name));
        amount.map_or_else(|| "unknown".to_owned(), |amount| amount.0.clone())
    };
    let mut text = format!("{} CPU, {} memory", capacity("cpu"), capacity("memory"));
    if let Some(info) = &status.node_info {
        text = format!(
            "{text}, kubelet {}, {}, kernel {}, {}, {}",
            info.kubelet_version,
            info.container_runtime_version,
            info.kernel_version,
            info.os_image,
            info.architecture
        );
    }
    text
}

/// Returns the version of a Deployment's first container: the tag of its image.
fn version_of(deployment: &Deployment) -> Option<String> {
    let template = deployment.spec.as_ref()?.template.spec.as_ref()?;
    let image = template.containers.first()?.image.as_ref()?;
    let name = image.rsplit('/').next()?;
    let tag = name.split_once(':').map_or(name, |(_, tag)| tag);
    Some(tag.split('@').next().unwrap_or(tag).to_owned())
}

/// Returns the images that pods really run, by container: the name with the digest that the node pulled, and all of them where pods differ.
/// All of Istio's proxies are in containers of one name; `proxy` says whose these pods have.
fn images(pods: &[Pod], proxy: &str) -> BTreeMap<String, String> {
    let mut images: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for pod in pods {
        let status = pod.status.as_ref();
        let init = status.and_then(|status| status.init_container_statuses.as_ref());
        let containers = status.and_then(|status| status.container_statuses.as_ref());
        for status in init.into_iter().chain(containers).flatten() {
            let container = match status.name.as_str() {
                PROXY_CONTAINER => proxy,
                name => name,
            };
            let digest = status.image_id.rsplit('@').next().unwrap_or_default();
            let image = format!("{} {digest}", status.image);
            let found = images.entry(format!("image of {container}")).or_default();
            found.insert(image.trim_end().to_owned());
        }
    }
    let joined = |found: BTreeSet<String>| found.into_iter().collect::<Vec<_>>().join(", ");
    let images = images.into_iter();
    images.map(|(name, found)| (name, joined(found))).collect()
}

/// Returns the facts of the cluster by name.
fn cluster_facts(
    server_version: &str,
    nodes: &[Node],
    plan: &KubernetesPlan,
) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([
        ("Kubernetes".to_owned(), server_version.to_owned()),
        ("nodes".to_owned(), nodes.len().to_string()),
        ("k6 image".to_owned(), plan.images.k6.clone()),
        ("k6 starter image".to_owned(), plan.images.starter.clone()),
        ("k6 runners".to_owned(), plan.parallelism.to_string()),
    ]);
    for one in nodes {
        facts.insert(format!("node {}", one.name_any()), node(one));
    }
    facts
}

impl Session {
    /// Returns what the run is measured on: versions, images, and on which nodes everything is.
    pub(super) async fn facts(
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nodes_versions_and_images_are_told() {
        let one: Node = serde_json::from_value(json!({
            "metadata": {"name": "n1"},
            "status": {
                "capacity": {"cpu": "2", "memory": "8Gi"},
                "nodeInfo": {
                    "kubeletVersion": "v1.33.5", "containerRuntimeVersion": "containerd://1.6.20", "kernelVersion": "5.10.0",
                    "osImage": "Debian", "architecture": "amd64", "bootID": "", "machineID": "", "systemUUID": "",
                    "kubeProxyVersion": "", "operatingSystem": "linux"
                }
            }
        }))
        .unwrap();
        assert_eq!(
            node(&one),
            "2 CPU, 8Gi memory, kubelet v1.33.5, containerd://1.6.20, kernel 5.10.0, Debian, amd64"
        );
        let deployment = |image: &str| -> Deployment {
            serde_json::from_value(json!({
                "metadata": {"name": "istiod"},
                "spec": {"selector": {}, "template": {"spec": {"containers": [{"name": "discovery", "image": image}]}}}
            }))
            .unwrap()
        };
        assert_eq!(
            version_of(&deployment(
                "registry.istio.io/release/pilot:1.30.4-distroless"
            ))
            .unwrap(),
            "1.30.4-distroless"
        );
        assert_eq!(
            version_of(&deployment("host:5000/pilot:1.30.4@sha256:00")).unwrap(),
            "1.30.4"
        );
    }

    #[test]
    fn images_are_told_by_whose_they_are_and_all_where_pods_differ() {
        let pod = |image: &str, digest: &str| {
            json!({
                "metadata": {"name": "p"},
                "status": {
                    "initContainerStatuses": [
                        {"name": "istio-proxy", "image": image, "imageID": format!("hub/proxyv2@{digest}"), "ready": true, "restartCount": 0}
                    ],
                    "containerStatuses": [
                        {"name": "server", "image": "fortio:1.75.2", "imageID": "docker.io/fortio@sha256:ab", "ready": true, "restartCount": 0}
                    ]
                }
            })
        };
        let pods = json!([
            pod("proxyv2:1.30.3", "sha256:1"),
            pod("proxyv2:1.30.4", "sha256:2")
        ]);
        let pods: Vec<Pod> = serde_json::from_value(pods).unwrap();
        let found = images(&pods, "sidecar");
        assert_eq!(found["image of server"], "fortio:1.75.2 sha256:ab");
        assert_eq!(
            found["image of sidecar"],
            "proxyv2:1.30.3 sha256:1, proxyv2:1.30.4 sha256:2"
        );
    }
}
