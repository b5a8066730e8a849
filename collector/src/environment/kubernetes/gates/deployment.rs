//! Every pod of a Deployment is of its newest version, and ready.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use meshdelta_run::manifest::Proof;

use super::finding;

/// Judges the rollout of a Deployment by its status and the pods that its selector finds.
pub(in super::super) fn rollout(deployment: &Deployment, pods: &[Pod]) -> Vec<Proof> {
    let name = deployment.name_any();
    let wanted = deployment
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let status = deployment.status.clone().unwrap_or_default();
    let is_current = status.observed_generation >= deployment.metadata.generation;
    let counts = [
        ("updated", status.updated_replicas),
        ("ready", status.ready_replicas),
        ("available", status.available_replicas),
        ("existing", status.replicas),
    ]
    .map(|(what, count)| (what, count.unwrap_or(0)));
    let observed = if is_current {
        let counts = counts.map(|(what, count)| format!("{count} {what}"));
        counts.join(", ")
    } else {
        "not yet looked at by its controller".to_owned()
    };
    let observed = match refusal(deployment) {
        Some(refusal) => format!("{refusal}; {observed}"),
        None => observed,
    };
    let is_whole = is_current && counts.iter().all(|(_, count)| *count == wanted);
    let leaving = pods
        .iter()
        .filter(|pod| pod.metadata.deletion_timestamp.is_some())
        .count();
    let is_alone = leaving == 0 && i32::try_from(pods.len()).is_ok_and(|count| count == wanted);
    vec![
        finding(
            format!("replicas of Deployment {name}"),
            format!("{wanted} updated, ready and available"),
            observed,
            is_whole,
        ),
        finding(
            format!("pods of Deployment {name}"),
            format!("{wanted}, none of an older version"),
            format!("{}, of which {leaving} are ending", pods.len()),
            is_alone,
        ),
    ]
}

/// Returns why the API server takes no more pods of a Deployment (its admission, a quota or a webhook), if it does not.
fn refusal(deployment: &Deployment) -> Option<String> {
    let status = deployment.status.as_ref()?;
    let failure = status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == "ReplicaFailure" && condition.status == "True")?;
    let reason = failure.reason.as_deref().unwrap_or_default();
    let message = failure.message.as_deref().unwrap_or_default();
    Some(format!("{reason}: {message}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn judged(status: &Value, pods: &Value) -> Vec<Proof> {
        let deployment = serde_json::from_value(json!({
            "metadata": {"name": "in-mesh", "generation": 2},
            "spec": {"replicas": 2, "selector": {}, "template": {}},
            "status": status
        }))
        .unwrap();
        let pods: Vec<Pod> = serde_json::from_value(pods.clone()).unwrap();
        rollout(&deployment, &pods)
    }

    fn passes(status: &Value, pods: &Value) -> Vec<bool> {
        let findings = judged(status, pods);
        findings.iter().map(|finding| finding.passed).collect()
    }

    #[test]
    fn only_a_whole_rollout_without_old_pods_passes() {
        let whole = json!({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2});
        let pods = json!([{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]);
        assert_eq!(passes(&whole, &pods), [true, true]);
        for (field, value) in [
            ("observedGeneration", 1),
            ("replicas", 3),
            ("updatedReplicas", 1),
            ("readyReplicas", 1),
            ("availableReplicas", 0),
        ] {
            let mut status = whole.clone();
            status[field] = json!(value);
            assert_eq!(passes(&status, &pods), [false, true], "{field}");
        }
        assert_eq!(passes(&json!({}), &json!([])), [false, false]);
        let ending = json!([
            {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}},
            {"metadata": {"name": "old", "deletionTimestamp": "2026-11-27T03:00:00Z"}}
        ]);
        assert_eq!(passes(&whole, &ending), [true, false]);
    }

    /// After the conditions that Kubernetes 1.34 copies from a `ReplicaSet` (`pkg/controller/deployment/progress.go`).
    #[test]
    fn why_pods_are_refused_is_said_first() {
        let observed = |failure: &str| {
            let status = json!({"observedGeneration": 2, "conditions": [
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetCreated", "message": "Created new replica set"},
                {"type": "ReplicaFailure", "status": failure, "reason": "FailedCreate",
                 "message": "pods \"in-mesh-5d-x\" is forbidden: violates PodSecurity \"restricted:latest\""}
            ]});
            judged(&status, &json!([])).swap_remove(0).observed
        };
        assert_eq!(
            observed("True"),
            "FailedCreate: pods \"in-mesh-5d-x\" is forbidden: violates PodSecurity \"restricted:latest\"; \
             0 updated, 0 ready, 0 available, 0 existing"
        );
        assert_eq!(
            observed("False"),
            "0 updated, 0 ready, 0 available, 0 existing"
        );
    }
}
