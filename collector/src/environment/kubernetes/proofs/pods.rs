//! No pod of the path was replaced or restarted during the load.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use meshdelta_run::manifest::Proof;

use super::proof;

/// The restarts of each container, by pod and container.
pub(in super::super) type Lives = BTreeMap<(String, String), i32>;

/// Counts the restarts of all containers of pods.
pub(in super::super) fn lives(pods: &[Pod]) -> Lives {
    let mut lives = Lives::new();
    for pod in pods {
        let status = pod.status.as_ref();
        let init = status.and_then(|status| status.init_container_statuses.as_ref());
        let containers = status.and_then(|status| status.container_statuses.as_ref());
        for status in init.into_iter().chain(containers).flatten() {
            lives.insert((pod.name_any(), status.name.clone()), status.restart_count);
        }
    }
    lives
}

/// Compares the pods before and after a load.
pub(in super::super) fn same_pods(before: &Lives, after: &Lives) -> Proof {
    let mut changes = Vec::new();
    for ((pod, container), restarts) in before {
        match after.get(&(pod.clone(), container.clone())) {
            None => changes.push(format!("{pod} is gone")),
            Some(now) if now != restarts => changes.push(format!(
                "{container} of {pod} was restarted {} times",
                now - restarts
            )),
            Some(_) => {}
        }
    }
    let new = after.keys().filter(|key| !before.contains_key(*key));
    changes.extend(new.map(|(pod, _)| format!("{pod} is new")));
    changes.dedup();
    proof(
        "pods of the path during the load",
        "the same, without a restart",
        if changes.is_empty() {
            "the same, without a restart".to_owned()
        } else {
            changes.join(", ")
        },
        changes.is_empty() && !before.is_empty(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(pods: &[(&str, i32)]) -> Lives {
        let pods: Vec<Pod> = pods
            .iter()
            .map(|(name, restarts)| {
                serde_json::from_value(json!({
                    "metadata": {"name": name},
                    "status": {"containerStatuses": [
                        {"name": "server", "image": "", "imageID": "", "ready": true, "restartCount": restarts}
                    ]}
                }))
                .unwrap()
            })
            .collect();
        lives(&pods)
    }

    #[test]
    fn a_restart_or_another_pod_fails() {
        let before = of(&[("a", 1), ("b", 0)]);
        assert!(same_pods(&before, &before).passed);
        for after in [
            of(&[("a", 2), ("b", 0)]),
            of(&[("a", 1)]),
            of(&[("a", 1), ("b", 0), ("c", 0)]),
        ] {
            assert!(!same_pods(&before, &after).passed);
        }
        assert!(!same_pods(&of(&[]), &of(&[])).passed);
        assert_eq!(
            same_pods(&before, &of(&[("a", 2), ("b", 0)])).observed,
            "server of a was restarted 1 times"
        );
    }
}
