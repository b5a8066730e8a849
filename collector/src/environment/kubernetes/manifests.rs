//! The objects of a run, filled in from the templates in `manifests/kubernetes/`.

use std::collections::{BTreeMap, BTreeSet};

use kube::api::DynamicObject;
use meshdelta_run::plan::{CustomPhase, KubernetesPlan, Toleration};
use meshdelta_run::{PhaseId, Plan, RunId};
use serde::Serialize;
use serde_json::{Value, json};

use super::data_path::{DataPath, SERVICE_PORT, WAYPOINT, Workload};
use super::test_run::API_PORT;
use crate::error::CollectorError;
use crate::kubernetes::{RUN_LABEL, parse_manifests};

const NAMESPACE: &str = include_str!("../../../../manifests/kubernetes/namespace.yaml");
const SERVER: &str = include_str!("../../../../manifests/kubernetes/server.yaml");
const SERVICE: &str = include_str!("../../../../manifests/kubernetes/service.yaml");
const ROUTE: &str = include_str!("../../../../manifests/kubernetes/route.yaml");
const WAYPOINT_GATEWAY: &str = include_str!("../../../../manifests/kubernetes/waypoint.yaml");
const RUNNER_ACCESS: &str = include_str!("../../../../manifests/kubernetes/runner-access.yaml");

/// What lets k6-operator reach the runners of the ambient phases.
pub(super) const RUNNER_ACCESS_NAME: &str = "meshdelta-runners";

/// Returns a namespace.
pub(super) fn namespace(name: &str) -> Result<DynamicObject, CollectorError> {
    let objects = render("namespace.yaml", NAMESPACE, &json!({"name": name}))?;
    one(objects, "namespace.yaml")
}

/// Returns what stands for the whole run: the servers, Services, routes and the waypoint of the plan's phases, in the order of applying.
pub(super) fn standing_objects(
    plan: &Plan,
    kubernetes: &KubernetesPlan,
    run_id: &RunId,
) -> Result<Vec<DynamicObject>, CollectorError> {
    let mut objects = Vec::new();
    let paths = built_in_paths(plan, kubernetes);
    let workloads: BTreeSet<_> = paths.iter().map(|path| path.workload()).collect();
    if workloads.iter().any(|workload| workload.is_ambient()) {
        let values = json!({
            "name": RUNNER_ACCESS_NAME,
            "load_namespace": kubernetes.load_namespace,
            "port": API_PORT,
        });
        objects.extend(render("runner-access.yaml", RUNNER_ACCESS, &values)?);
    }
    let first = workloads.first().copied();
    for workload in workloads {
        let mut labels = workload.mesh_labels(kubernetes);
        labels.insert("app".to_owned(), workload.name().to_owned());
        labels.insert(RUN_LABEL.to_owned(), run_id.to_string());
        let values = json!({
            "workload": workload.name(),
            "namespace": kubernetes.namespace,
            "replicas": kubernetes.replicas,
            "image": kubernetes.images.server,
            "cpu": encoded(&kubernetes.resources.server.cpu),
            "memory": encoded(&kubernetes.resources.server.memory),
            "pod_labels": encoded(&labels),
            "pod_annotations": encoded(&workload.mesh_annotations(kubernetes)),
            "image_pull_secrets": encoded(&pull_secrets(kubernetes)),
            "node_selector": encoded(&kubernetes.servers.node_selector),
            "tolerations": encoded(&tolerations(&kubernetes.servers.tolerations)),
            "affinity": encoded(&affinity(first.filter(|first| *first != workload))),
        });
        objects.extend(render("server.yaml", SERVER, &values)?);
    }
    if paths.contains(&DataPath::AmbientL7) {
        objects.extend(waypoint(kubernetes)?);
    }
    for path in paths {
        let labels: BTreeMap<&str, &str> = match path {
            DataPath::AmbientL7 => BTreeMap::from([("istio.io/use-waypoint", WAYPOINT)]),
            _ => BTreeMap::new(),
        };
        let values = json!({
            "service": path.service(),
            "workload": path.workload().name(),
            "namespace": kubernetes.namespace,
            "port": SERVICE_PORT,
            "labels": encoded(&labels),
        });
        objects.extend(render("service.yaml", SERVICE, &values)?);
        if path.has_route() {
            objects.extend(render("route.yaml", ROUTE, &values)?);
        }
    }
    for phase in custom_phases(plan, kubernetes) {
        objects.extend(custom_objects(phase, kubernetes, run_id)?);
    }
    Ok(objects)
}

/// Binds servers to the nodes of the others: were they elsewhere for the whole run, the way through the network would be taken for the cost of
/// the mesh.
fn affinity(others: Option<Workload>) -> Value {
    let Some(others) = others else {
        return json!({});
    };
    json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": {"app": others.name()}},
    }]}})
}

fn waypoint(kubernetes: &KubernetesPlan) -> Result<Vec<DynamicObject>, CollectorError> {
    let mut labels = BTreeMap::from([("istio.io/waypoint-for".to_owned(), "service".to_owned())]);
    if let Some(revision) = &kubernetes.istio_revision {
        labels.insert("istio.io/rev".to_owned(), revision.clone());
    }
    let values = json!({
        "waypoint": WAYPOINT,
        "namespace": kubernetes.namespace,
        "replicas": kubernetes.waypoint_replicas,
        "labels": encoded(&labels),
        "node_selector": encoded(&kubernetes.servers.node_selector),
        "tolerations": encoded(&tolerations(&kubernetes.servers.tolerations)),
        "requests": encoded_amounts(&kubernetes.resources.proxy_requests),
        "limits": encoded_amounts(&kubernetes.resources.proxy_limits),
    });
    render("waypoint.yaml", WAYPOINT_GATEWAY, &values)
}

/// Returns the data paths of the phases of the plan that are built in.
pub(super) fn built_in_paths(plan: &Plan, kubernetes: &KubernetesPlan) -> Vec<DataPath> {
    let phases = plan.phases.iter();
    phases
        .filter(|phase| kubernetes.custom_phase(&phase.id).is_none())
        .filter_map(|phase| DataPath::of(&phase.id))
        .collect()
}

/// Returns the URL that the load of a phase asks for.
pub(super) fn target(
    kubernetes: &KubernetesPlan,
    run_id: &RunId,
    phase: &PhaseId,
) -> Result<String, CollectorError> {
    match (kubernetes.custom_phase(phase), DataPath::of(phase)) {
        (Some(custom), _) => fill_in("target", &custom.target, &custom_values(kubernetes, run_id)),
        (None, Some(path)) => Ok(path.target(kubernetes)),
        (None, None) => Err(CollectorError::PhaseUnsupported {
            phase: phase.clone(),
        }),
    }
}

/// Returns the user's own phases that the plan measures.
pub(super) fn custom_phases<'a>(
    plan: &Plan,
    kubernetes: &'a KubernetesPlan,
) -> Vec<&'a CustomPhase> {
    let phases = plan.phases.iter();
    phases
        .filter_map(|phase| kubernetes.custom_phase(&phase.id))
        .collect()
}

fn custom_objects(
    phase: &CustomPhase,
    kubernetes: &KubernetesPlan,
    run_id: &RunId,
) -> Result<Vec<DynamicObject>, CollectorError> {
    let mut objects = Vec::new();
    for (name, text) in &phase.manifest_texts {
        let text = fill_in(name, text, &custom_values(kubernetes, run_id))?;
        objects.extend(parse_manifests(name, &text)?);
    }
    for object in &mut objects {
        let is_namespace = object
            .types
            .as_ref()
            .is_some_and(|types| types.kind == "Namespace");
        if !is_namespace {
            // Without one, an object would land in the default namespace of the context, where nobody looks for it.
            object
                .metadata
                .namespace
                .get_or_insert_with(|| kubernetes.namespace.clone());
        }
    }
    Ok(objects)
}

/// Returns what the user's own phases may ask to be filled in.
pub(super) fn custom_values(kubernetes: &KubernetesPlan, run_id: &RunId) -> Value {
    json!({
        "namespace": kubernetes.namespace,
        "load_namespace": kubernetes.load_namespace,
        "run": run_id.as_str(),
        "server_image": kubernetes.images.server,
    })
}

/// Fills values into a template.
pub(super) fn fill_in(name: &str, text: &str, values: &Value) -> Result<String, CollectorError> {
    // The suffix would make tera escape for HTML.
    let name = name.trim_end_matches(".html");
    let failed = |error: tera::Error| CollectorError::Template {
        name: name.to_owned(),
        reason: error.to_string(),
    };
    let mut templates = tera::Tera::default();
    templates.add_raw_template(name, text).map_err(failed)?;
    let context = tera::Context::from_serialize(values).map_err(failed)?;
    templates.render(name, &context).map_err(failed)
}

fn render(name: &str, text: &str, values: &Value) -> Result<Vec<DynamicObject>, CollectorError> {
    Ok(parse_manifests(name, &fill_in(name, text, values)?)?)
}

fn one(objects: Vec<DynamicObject>, name: &str) -> Result<DynamicObject, CollectorError> {
    objects
        .into_iter()
        .next()
        .ok_or_else(|| CollectorError::Template {
            name: name.to_owned(),
            reason: "it makes no object".to_owned(),
        })
}

/// Returns the value as JSON, which is YAML too.
fn encoded(value: &impl Serialize) -> String {
    // Maps of strings and lists of them always have a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}

fn encoded_amounts(amounts: &meshdelta_run::plan::Amounts) -> Value {
    json!({"cpu": encoded(&amounts.cpu), "memory": encoded(&amounts.memory)})
}

/// Returns the secrets to pull images with, as pods name them.
pub(super) fn pull_secrets(kubernetes: &KubernetesPlan) -> Vec<Value> {
    let names = kubernetes.image_pull_secrets.iter();
    names.map(|name| json!({"name": name})).collect()
}

/// Returns tolerations as pods have them.
pub(super) fn tolerations(tolerations: &[Toleration]) -> Vec<Value> {
    tolerations
        .iter()
        .map(|toleration| {
            let mut value = json!({"key": toleration.key});
            match &toleration.value {
                Some(text) => {
                    value["operator"] = json!("Equal");
                    value["value"] = json!(text);
                }
                None => value["operator"] = json!("Exists"),
            }
            if let Some(effect) = &toleration.effect {
                value["effect"] = json!(effect);
            }
            value
        })
        .collect()
}

#[cfg(test)]
mod tests;
