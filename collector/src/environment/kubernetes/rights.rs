//! The rights that a run needs, asked for before anything is changed. `manifests/kubernetes/rbac.yaml` grants exactly these.

use std::collections::BTreeSet;

use kube::api::DynamicObject;
use meshdelta_run::plan::KubernetesPlan;

use super::lease::{LEASE_NAME, LEASE_NAMESPACE};
use crate::kubernetes::{Cluster, KindName, KubernetesError, Right, ServicePort};

/// What a run does to each object that it makes: a server-side apply is a patch, and a create where the object is not there yet.
const LIFE: [&str; 5] = ["get", "list", "create", "patch", "delete"];

/// What is needed beside the objects themselves.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The Prometheus that is reached through the API server.
    pub(super) prometheus: Option<ServicePort>,
    /// Whether the admin interface of ztunnel is asked.
    pub(super) ztunnel: bool,
    /// Whether the sidecar injector is looked for.
    pub(super) injector: bool,
}

/// Returns the rights that a run with these objects needs. Those for Grafana are not among them: without them a run warns and goes on.
pub(super) async fn needed(
    cluster: &Cluster,
    plan: &KubernetesPlan,
    objects: &[DynamicObject],
    asked: &Asked,
) -> Result<Vec<Right>, KubernetesError> {
    let mut rights = BTreeSet::new();
    let mut add = |verbs: &[&str], group: &str, resource: &str, namespace: Option<&str>| {
        let verbs = verbs.iter();
        rights.extend(verbs.map(|verb| Right::new(verb, group, resource, namespace)));
    };
    let (servers, load) = (plan.namespace.as_str(), plan.load_namespace.as_str());
    add(&["get", "list"], "", "nodes", None);
    add(&["get"], "", "namespaces", None);
    for namespace in [servers, load] {
        add(&["get", "list"], "", "pods", Some(namespace));
        add(&["list"], "", "events", Some(namespace));
    }
    add(&["get"], "", "pods/log", Some(load));
    add(&["list"], "batch", "jobs", Some(load));
    add(&LIFE, "k6.io", "testruns", Some(load));
    if asked.ztunnel {
        let namespace = Some(plan.istio_namespace.as_str());
        add(&["list"], "", "pods", namespace);
        add(&["create"], "", "pods/portforward", namespace);
    }
    if asked.injector {
        let webhooks = "mutatingwebhookconfigurations";
        add(&["list"], "admissionregistration.k8s.io", webhooks, None);
    }
    let leases =
        |verb: &str| Right::new(verb, "coordination.k8s.io", "leases", Some(LEASE_NAMESPACE));
    rights.insert(leases("create"));
    rights.extend(["get", "patch", "update", "delete"].map(|verb| leases(verb).to(LEASE_NAME)));
    rights.extend(asked.prometheus.as_ref().map(|prometheus| {
        Right::new("get", "", "services/proxy", Some(&prometheus.namespace))
            .to(&prometheus.proxy_name())
    }));
    let mut kinds = BTreeSet::new();
    for object in objects {
        if let Some(kind) = KindName::of(object) {
            kinds.insert((kind, object.metadata.namespace.clone()));
        }
    }
    for (kind, namespace) in kinds {
        let (group, resource) = cluster.resource(&kind).await?;
        let namespace = namespace.as_deref();
        rights.extend(LIFE.map(|verb| Right::new(verb, &group, &resource, namespace)));
    }
    Ok(rights.into_iter().collect())
}
