//! What the pods of a namespace wait for, in words.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::error::ClusterError;
use crate::kubernetes::Cluster;

/// Says for each pod of a namespace that is not ready what it waits for.
pub(super) async fn waiting_pods(
    cluster: &Cluster,
    namespace: &str,
) -> Result<Vec<String>, ClusterError> {
    let api: Api<Pod> = Api::namespaced(cluster.client().clone(), namespace);
    let listed = api.list(&ListParams::default()).await;
    let pods =
        listed.map_err(|error| cluster.failed(format!("list Pods of `{namespace}`"), &error))?;
    Ok(pods.items.iter().filter_map(waits_for).collect())
}

fn waits_for(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    if matches!(status.phase.as_deref(), Some("Succeeded")) {
        return None;
    }
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let condition = |name: &str| conditions.iter().find(|condition| condition.type_ == name);
    if condition("Ready").is_some_and(|ready| ready.status == "True") {
        return None;
    }
    let unscheduled = condition("PodScheduled").filter(|scheduled| scheduled.status == "False");
    let containers = [&status.init_container_statuses, &status.container_statuses];
    let container = containers
        .into_iter()
        .flatten()
        .flatten()
        .find_map(container_text);
    let why = match (unscheduled, container) {
        (Some(scheduled), _) => format!(
            "no node: {}",
            scheduled.message.as_deref().unwrap_or("unknown")
        ),
        (None, Some(container)) => container,
        (None, None) => format!(
            "not ready ({})",
            status.phase.as_deref().unwrap_or("Unknown")
        ),
    };
    Some(format!("{}: {why}", pod.name_any()))
}

fn container_text(container: &ContainerStatus) -> Option<String> {
    let state = container.state.as_ref()?;
    let (reason, message) = if let Some(waiting) = &state.waiting {
        (waiting.reason.clone()?, waiting.message.clone())
    } else {
        let ended = state
            .terminated
            .as_ref()
            .filter(|ended| ended.exit_code != 0)?;
        (
            format!("ended with code {}", ended.exit_code),
            ended.message.clone(),
        )
    };
    // The usual first seconds of every pod say nothing.
    if matches!(reason.as_str(), "PodInitializing" | "ContainerCreating") && message.is_none() {
        return None;
    }
    let message = message.map_or_else(String::new, |message| format!(": {}", message.trim()));
    Some(format!("container {} {reason}{message}", container.name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(status: &Value) -> Option<String> {
        let pod = json!({"metadata": {"name": "istiod-1"}, "status": status});
        waits_for(&serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn a_ready_or_finished_pod_waits_for_nothing() {
        assert_eq!(said(&json!({"phase": "Succeeded"})), None);
        assert_eq!(
            said(&json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})),
            None
        );
    }

    #[test]
    fn an_image_that_cannot_be_pulled_is_named() {
        let state = json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"x\""}});
        let container = json!({"name": "discovery", "image": "x", "imageID": "", "ready": false, "restartCount": 0, "state": state});
        assert_eq!(
            said(&json!({"phase": "Pending", "containerStatuses": [container]})).unwrap(),
            "istiod-1: container discovery ImagePullBackOff: Back-off pulling image \"x\""
        );
    }

    #[test]
    fn a_pod_without_a_node_says_why() {
        let condition = json!({"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"});
        assert_eq!(
            said(&json!({"phase": "Pending", "conditions": [condition]})).unwrap(),
            "istiod-1: no node: 0/1 nodes are available"
        );
    }
}
