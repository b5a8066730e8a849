//! The `TestRun` of a slot: what k6-operator makes runners of.

use std::collections::BTreeMap;

use kube::api::DynamicObject;
use meshdelta_run::plan::{Amounts, KubernetesPlan};
use serde_json::{Value, json};

use super::data_path::DataPath;
use super::manifests::{pull_secrets, tolerations};
use crate::environment::SlotContext;
use crate::error::CollectorError;
use crate::k6;
use crate::kubernetes::{KindName, RUN_LABEL};

/// The container of a runner.
pub(super) const K6_CONTAINER: &str = "k6";
/// The user of k6's image.
const K6_USER: u32 = 12345;
/// The user of the starter's image (k6-operator, `Dockerfile.starter`).
const STARTER_USER: u32 = 65532;
/// The port by which the operator starts a paused runner.
pub(super) const API_PORT: u16 = 6565;

/// Returns the kind of test runs.
pub(super) fn test_run_kind() -> KindName {
    KindName::new("k6.io/v1alpha1", "TestRun")
}

/// Returns the name of the slot's test run. It is unique, because the operator refuses a name whose old Jobs are still there; and it begins
/// with a letter, because the operator makes Services of it, whose names must (RFC 1035).
pub(super) fn test_run_name(context: SlotContext<'_>) -> String {
    let slot = context.slot.id;
    format!("md-{}-r{}-s{}", context.run_id, slot.round, slot.slot)
}

/// Returns the name of the `ConfigMap` with the load script.
pub(super) fn script_name(run_id: &meshdelta_run::RunId) -> String {
    format!("{run_id}-script")
}

/// Returns the `ConfigMap` with the load script.
pub(super) fn script(
    kubernetes: &KubernetesPlan,
    run_id: &meshdelta_run::RunId,
) -> Result<DynamicObject, CollectorError> {
    object(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": script_name(run_id), "namespace": kubernetes.load_namespace},
        "data": {"load.js": k6::LOAD_SCRIPT, "cluster.js": k6::CLUSTER_SCRIPT},
    }))
}

/// Returns the test run of a slot. `write_url` is the address of Prometheus as the runners see it.
pub(super) fn test_run(
    context: SlotContext<'_>,
    kubernetes: &KubernetesPlan,
    target: &str,
    write_url: &str,
) -> Result<DynamicObject, CollectorError> {
    let outside = json!({
        "labels": {
            "sidecar.istio.io/inject": "false",
            "istio.io/dataplane-mode": "none",
            (RUN_LABEL): context.run_id.as_str(),
        },
    });
    let mut starter = json!({
        "image": kubernetes.images.starter,
        "imagePullPolicy": "IfNotPresent",
        "metadata": outside,
    });
    place(&mut starter, kubernetes);
    restrict(&mut starter, STARTER_USER);
    object(json!({
        "apiVersion": "k6.io/v1alpha1",
        "kind": "TestRun",
        "metadata": {
            "name": test_run_name(context),
            "namespace": kubernetes.load_namespace,
            "labels": {"meshdelta.io/phase": context.phase.id.as_str()},
        },
        "spec": {
            "parallelism": kubernetes.parallelism,
            "script": {"configMap": {"name": script_name(context.run_id), "file": "cluster.js"}},
            // It would inspect the script in a pod of its own; the script is part of this program and needs no check.
            "initializer": {"disabled": true},
            "arguments": arguments(context),
            "starter": starter,
            "runner": runner(context, kubernetes, target, write_url),
        },
    }))
}

/// Returns the arguments of k6. `args` would be exact, but operators before 1.6 do not know it; no word here has a space.
fn arguments(context: SlotContext<'_>) -> String {
    let mut words = vec!["--out experimental-prometheus-rw".to_owned()];
    let tags = k6::tags(context).into_iter();
    words.extend(tags.map(|(name, value)| format!("--tag {name}={value}")));
    words.join(" ")
}

fn runner(
    context: SlotContext<'_>,
    kubernetes: &KubernetesPlan,
    target: &str,
    write_url: &str,
) -> Value {
    let mut env: Vec<Value> = k6::variables(context.plan, target, write_url)
        .into_iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    env.extend([
        json!({"name": "K6_NO_USAGE_REPORT", "value": "true"}),
        json!({"name": "K6_LOG_FORMAT", "value": "json"}),
        json!({"name": "MESHDELTA_WAYPOINTS", "value": kubernetes.waypoint_replicas.to_string()}),
    ]);
    if let Some(path) = built_in_path(context, kubernetes) {
        env.push(json!({"name": "MESHDELTA_EXPECTED_PATH", "value": path.phase()}));
    }
    let Amounts { cpu, memory } = &kubernetes.resources.k6;
    let amounts = json!({"cpu": cpu, "memory": memory});
    let mut runner = json!({
        "image": kubernetes.images.k6,
        "imagePullPolicy": "IfNotPresent",
        "automountServiceAccountToken": "false",
        "metadata": {
            "labels": runner_labels(context, kubernetes),
            "annotations": runner_annotations(context, kubernetes, write_url),
        },
        "env": env,
        // The operator's own probe would kill a runner that is only short of CPU.
        "livenessProbe": {
            "httpGet": {"path": "/v1/status", "port": API_PORT},
            "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 12,
        },
        "resources": {"requests": amounts, "limits": amounts},
    });
    place(&mut runner, kubernetes);
    restrict(&mut runner, K6_USER);
    runner
}

/// Gives a pod what `restricted` of `PodSecurity` asks for. The user is a number, because of a name nobody can tell that it is not root.
fn restrict(pod: &mut Value, user: u32) {
    pod["securityContext"] = json!({"runAsNonRoot": true, "runAsUser": user, "runAsGroup": user});
    // Not of the whole pod, where it would hold for a sidecar, and not for ztunnel, with which that is compared.
    pod["containerSecurityContext"] = json!({
        "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    });
}

fn place(pod: &mut Value, kubernetes: &KubernetesPlan) {
    pod["nodeSelector"] = json!(kubernetes.load.node_selector);
    pod["tolerations"] = json!(tolerations(&kubernetes.load.tolerations));
    let secrets = pull_secrets(kubernetes);
    if !secrets.is_empty() {
        pod["imagePullSecrets"] = json!(secrets);
    }
}

fn built_in_path(context: SlotContext<'_>, kubernetes: &KubernetesPlan) -> Option<DataPath> {
    match kubernetes.custom_phase(&context.phase.id) {
        Some(_) => None,
        None => DataPath::of(&context.phase.id),
    }
}

fn runner_labels(
    context: SlotContext<'_>,
    kubernetes: &KubernetesPlan,
) -> BTreeMap<String, String> {
    let mut labels = match (
        kubernetes.custom_phase(&context.phase.id),
        DataPath::of(&context.phase.id),
    ) {
        (Some(custom), _) => custom.runner_labels.clone(),
        (None, Some(path)) => path.workload().mesh_labels(kubernetes),
        (None, None) => BTreeMap::new(),
    };
    labels.insert(RUN_LABEL.to_owned(), context.run_id.to_string());
    labels.insert(
        "meshdelta.io/phase".to_owned(),
        context.phase.id.to_string(),
    );
    labels
}

/// The operator's requests to a runner, and the runner's writes to Prometheus, keep out of the sidecar: they are no part of the load.
fn runner_annotations(
    context: SlotContext<'_>,
    kubernetes: &KubernetesPlan,
    write_url: &str,
) -> BTreeMap<String, String> {
    if let Some(custom) = kubernetes.custom_phase(&context.phase.id) {
        return custom.runner_annotations.clone();
    }
    let Some(workload) = DataPath::of(&context.phase.id).map(DataPath::workload) else {
        return BTreeMap::new();
    };
    let mut annotations = workload.mesh_annotations(kubernetes);
    if workload.has_sidecar() {
        let exclude = |direction: &str, port: u16| {
            (
                format!("traffic.sidecar.istio.io/exclude{direction}Ports"),
                port.to_string(),
            )
        };
        annotations.extend([exclude("Inbound", API_PORT)]);
        annotations.extend(port_of(write_url).map(|port| exclude("Outbound", port)));
    }
    annotations
}

fn port_of(url: &str) -> Option<u16> {
    reqwest::Url::parse(url).ok()?.port_or_known_default()
}

fn object(value: Value) -> Result<DynamicObject, CollectorError> {
    serde_json::from_value(value).map_err(|error| CollectorError::Template {
        name: "an object of the load".to_owned(),
        reason: error.to_string(),
    })
}
