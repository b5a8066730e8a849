//! The gates of a phase of the user's own: a condition of an object, or a container in the pods of a Deployment.

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::DynamicObject;
use meshdelta_run::manifest::Proof;
use meshdelta_run::plan::PhaseGate;

use super::{finding, is_true};

/// Judges a gate by its object, which may be missing, and the pods of that object.
pub(in super::super) fn custom_gate(
    gate: &PhaseGate,
    object: Option<&DynamicObject>,
    pods: &[Pod],
) -> Vec<Proof> {
    let subject = format!("{} {}", gate.kind, gate.name);
    let Some(object) = object else {
        return vec![finding(subject, "to be there", "not there", false)];
    };
    let mut findings = Vec::new();
    if let Some(condition) = &gate.condition {
        findings.push(is_true(
            &subject,
            &object.data["status"]["conditions"],
            condition,
            object.metadata.generation,
        ));
    }
    if let Some(container) = &gate.container {
        let is_ready = |pod: &&Pod| {
            let status = pod.status.as_ref();
            let init = status.and_then(|status| status.init_container_statuses.as_ref());
            let containers = status.and_then(|status| status.container_statuses.as_ref());
            init.into_iter()
                .chain(containers)
                .flatten()
                .any(|status| status.name == *container && status.ready)
        };
        let lacking: Vec<String> = pods
            .iter()
            .filter(|pod| !is_ready(pod))
            .map(ResourceExt::name_any)
            .collect();
        let expected = format!("ready in all {} pods", pods.len());
        findings.push(finding(
            format!("container {container} of {subject}"),
            expected.clone(),
            if lacking.is_empty() {
                expected
            } else {
                format!("not in {}", lacking.join(", "))
            },
            lacking.is_empty() && !pods.is_empty(),
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_must_be_there_with_its_condition_and_containers() {
        let gate = PhaseGate {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: None,
            name: "web".to_owned(),
            condition: Some("Available".to_owned()),
            container: Some("linkerd-proxy".to_owned()),
        };
        let object = |status: &str| {
            serde_json::from_value(json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
                "status": {"conditions": [{"type": "Available", "status": status}]}
            }))
            .unwrap()
        };
        let pod = |ready: bool| -> Pod {
            serde_json::from_value(json!({
                "metadata": {"name": "web-1"}, "spec": {"containers": []},
                "status": {"containerStatuses": [{"name": "linkerd-proxy", "image": "", "imageID": "", "ready": ready, "restartCount": 0}]}
            }))
            .unwrap()
        };
        let passes = |status: &str, pods: &[Pod]| -> Vec<bool> {
            let object: DynamicObject = object(status);
            let findings = custom_gate(&gate, Some(&object), pods);
            findings.iter().map(|finding| finding.passed).collect()
        };
        assert_eq!(passes("True", &[pod(true)]), [true, true]);
        assert_eq!(passes("False", &[pod(true)]), [false, true]);
        assert_eq!(passes("True", &[pod(true), pod(false)]), [true, false]);
        assert_eq!(passes("True", &[]), [true, false]);
        assert!(!custom_gate(&gate, None, &[])[0].passed);
    }
}
