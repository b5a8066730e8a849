//! Deployments, `DaemonSet`s and `StatefulSet`s: what runs in a cluster, whoever installed it.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde::Serialize;

use super::component::Component;
use super::error::ClusterError;
use crate::environment::local::Version;
use crate::environment::local::programs::parse_version;
use crate::kubernetes::Cluster;

/// A workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// `Deployment`, `DaemonSet` or `StatefulSet`.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Pods that there should be.
    pub desired: i32,
    /// Pods that are ready and up to date.
    pub ready: i32,
    /// The image of its first container.
    pub image: String,
    #[serde(skip)]
    pub(super) labels: BTreeMap<String, String>,
    /// The labels of its pods.
    #[serde(skip)]
    pub(super) pod_labels: BTreeMap<String, String>,
    /// Name and namespace of the helm release that it belongs to, as helm notes them.
    #[serde(skip)]
    pub(super) release: Option<(String, String)>,
}

impl Workload {
    /// Tells whether all pods are ready.
    pub fn is_ready(&self) -> bool {
        self.ready >= self.desired
    }

    /// Returns the version in the tag of the image.
    pub(super) fn version(&self) -> Option<Version> {
        // A registry may have a port; only what follows the last slash is name and tag.
        let name = self.image.rsplit('/').next()?;
        let tag = name.split('@').next()?.split_once(':')?.1;
        parse_version(tag)
    }

    pub(super) fn belongs_to(&self, component: &Component) -> bool {
        // Some charts label only the pods by what others know them by.
        let has = |(key, value): &(&str, &str)| {
            let mut both = [&self.labels, &self.pod_labels].into_iter();
            both.any(|labels| labels.get(*key).is_some_and(|found| found == value))
        };
        component.labels.iter().any(has) || self.is_of_release(component)
    }

    /// Tells whether it belongs to the release that this program makes of the component.
    pub(super) fn is_of_release(&self, component: &Component) -> bool {
        component.chart().is_some_and(|chart| {
            let release = (chart.release.to_owned(), chart.namespace.to_owned());
            self.release.as_ref() == Some(&release)
        })
    }
}

/// Lists the workloads of all namespaces.
pub(super) async fn list_workloads(cluster: &Cluster) -> Result<Vec<Workload>, ClusterError> {
    let client = || cluster.client().clone();
    let all = ListParams::default();
    let failed = |what: &str| {
        let action = format!("list {what} of all namespaces");
        move |error: kube::Error| cluster.failed(action, &error)
    };
    let deployments = Api::<Deployment>::all(client()).list(&all).await;
    let daemon_sets = Api::<DaemonSet>::all(client()).list(&all).await;
    let stateful_sets = Api::<StatefulSet>::all(client()).list(&all).await;
    let mut workloads = Vec::new();
    for item in deployments.map_err(failed("Deployments"))? {
        workloads.push(of_deployment(&item));
    }
    for item in daemon_sets.map_err(failed("DaemonSets"))? {
        workloads.push(of_daemon_set(&item));
    }
    for item in stateful_sets.map_err(failed("StatefulSets"))? {
        workloads.push(of_stateful_set(&item));
    }
    Ok(workloads)
}

fn of_deployment(item: &Deployment) -> Workload {
    let (spec, status) = (item.spec.as_ref(), item.status.as_ref());
    let desired = spec.map_or(0, |spec| spec.replicas.unwrap_or(1));
    let is_seen = status.and_then(|status| status.observed_generation) >= item.metadata.generation;
    let ready = status.map_or(0, |status| {
        let updated = status.updated_replicas.unwrap_or(0);
        updated.min(status.ready_replicas.unwrap_or(0))
    });
    let template = spec.map(|spec| &spec.template);
    workload(
        "Deployment",
        item,
        desired,
        if is_seen { ready } else { 0 },
        template,
    )
}

fn of_daemon_set(item: &DaemonSet) -> Workload {
    let status = item.status.as_ref();
    let is_seen = status.and_then(|status| status.observed_generation) >= item.metadata.generation;
    // Before the controller looked at it, nobody knows how many nodes it is for: at least one is expected.
    let desired = if is_seen {
        status.map_or(1, |status| status.desired_number_scheduled)
    } else {
        1
    };
    let ready = status.map_or(0, |status| {
        let updated = status.updated_number_scheduled.unwrap_or(0);
        updated.min(status.number_ready)
    });
    let template = item.spec.as_ref().map(|spec| &spec.template);
    workload(
        "DaemonSet",
        item,
        desired,
        if is_seen { ready } else { 0 },
        template,
    )
}

fn of_stateful_set(item: &StatefulSet) -> Workload {
    let (spec, status) = (item.spec.as_ref(), item.status.as_ref());
    let desired = spec.map_or(0, |spec| spec.replicas.unwrap_or(1));
    let is_seen = status.and_then(|status| status.observed_generation) >= item.metadata.generation;
    let ready = status.map_or(0, |status| {
        let updated = status.updated_replicas.unwrap_or(status.replicas);
        updated.min(status.ready_replicas.unwrap_or(0))
    });
    let template = spec.map(|spec| &spec.template);
    workload(
        "StatefulSet",
        item,
        desired,
        if is_seen { ready } else { 0 },
        template,
    )
}

fn workload(
    kind: &'static str,
    item: &impl ResourceExt,
    desired: i32,
    ready: i32,
    template: Option<&PodTemplateSpec>,
) -> Workload {
    let containers = template
        .and_then(|template| template.spec.as_ref())
        .map_or(&[][..], |spec| &spec.containers);
    let note = |name: &str| item.annotations().get(name).cloned();
    Workload {
        kind,
        namespace: item.namespace().unwrap_or_default(),
        name: item.name_any(),
        desired,
        ready,
        image: containers
            .first()
            .and_then(|container| container.image.clone())
            .unwrap_or_default(),
        labels: item.labels().clone(),
        pod_labels: template
            .and_then(|template| template.metadata.as_ref()?.labels.clone())
            .unwrap_or_default(),
        release: note("meta.helm.sh/release-name").zip(note("meta.helm.sh/release-namespace")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_image(image: &str) -> Workload {
        Workload {
            kind: "Deployment",
            namespace: "n".to_owned(),
            name: "w".to_owned(),
            desired: 1,
            ready: 1,
            image: image.to_owned(),
            labels: BTreeMap::new(),
            pod_labels: BTreeMap::new(),
            release: None,
        }
    }

    #[test]
    fn the_version_is_that_of_the_tag() {
        let version = |image| {
            with_image(image)
                .version()
                .map(|version| version.to_string())
        };
        assert_eq!(
            version("registry.istio.io/release/pilot:1.30.3").as_deref(),
            Some("1.30.3")
        );
        assert_eq!(
            version("a.b:5000/pilot:1.29.1-distroless@sha256:00").as_deref(),
            Some("1.29.1")
        );
        assert_eq!(
            version("ghcr.io/grafana/k6-operator:controller-v1.6.0").as_deref(),
            Some("1.6.0")
        );
        assert_eq!(version("10.1.2.3:5000/pilot"), None);
        assert_eq!(version("pilot:latest"), None);
    }

    #[test]
    fn an_old_generation_is_not_ready() {
        let item: Deployment = serde_json::from_value(serde_json::json!({
            "metadata": {"name": "istiod", "namespace": "istio-system", "generation": 2},
            "spec": {"replicas": 1, "selector": {}, "template": {}},
            "status": {"observedGeneration": 1, "readyReplicas": 1, "updatedReplicas": 1},
        }))
        .unwrap();
        assert!(!of_deployment(&item).is_ready());
        let mut seen = item;
        seen.status.as_mut().unwrap().observed_generation = Some(2);
        assert!(of_deployment(&seen).is_ready());
    }

    #[test]
    fn a_daemon_set_that_nobody_looked_at_is_not_ready() {
        let item: DaemonSet = serde_json::from_value(serde_json::json!({
            "metadata": {"name": "ztunnel", "namespace": "istio-system", "generation": 1},
            "spec": {"selector": {}, "template": {}},
        }))
        .unwrap();
        assert!(!of_daemon_set(&item).is_ready());
    }
}
