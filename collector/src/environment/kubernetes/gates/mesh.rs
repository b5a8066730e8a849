//! Pods belong to the mesh that the phase says, and to no other.

use k8s_openapi::api::core::v1::{ContainerStatus, Namespace, Pod};
use kube::ResourceExt;
use meshdelta_run::manifest::Proof;

use super::super::data_path::{PROXY_CONTAINER, Workload};
use super::finding;

/// What istio-cni writes on a pod once its traffic is really captured (istio, `cni/pkg/util/podutil.go`).
const REDIRECTION: &str = "ambient.istio.io/redirection";

/// Judges whether every pod has the sidecar, or the redirection, that the workload is about. `whose` names the pods for people.
pub(in super::super) fn membership(workload: Workload, whose: &str, pods: &[Pod]) -> Vec<Proof> {
    let mut without = Vec::new();
    let mut with = Vec::new();
    let mut unready = Vec::new();
    let mut redirections = Vec::new();
    for pod in pods {
        let name = pod.name_any();
        let names = if has_proxy(pod) {
            &mut with
        } else {
            &mut without
        };
        names.push(name.clone());
        if has_proxy(pod) && !proxy_status(pod).is_some_and(|status| status.ready) {
            unready.push(name.clone());
        }
        let redirection = pod
            .annotations()
            .get(REDIRECTION)
            .map_or("none", String::as_str);
        let is_captured = redirection == "enabled";
        if is_captured != workload.is_ambient() {
            redirections.push(format!("{name}: {redirection}"));
        }
    }
    let sidecar = if workload.has_sidecar() {
        let mut wrong = without;
        wrong.extend(unready);
        finding(
            format!("sidecars of the {whose}"),
            "one in every pod, ready",
            all_or("one in every pod, ready", "none, or not ready, in", &wrong),
            wrong.is_empty() && !pods.is_empty(),
        )
    } else {
        finding(
            format!("sidecars of the {whose}"),
            "none",
            all_or("none", "one in", &with),
            with.is_empty() && !pods.is_empty(),
        )
    };
    let expected = if workload.is_ambient() {
        "captured in every pod"
    } else {
        "captured in no pod"
    };
    let capture = finding(
        format!("traffic of the {whose} by ztunnel"),
        expected,
        all_or(expected, "otherwise in", &redirections),
        redirections.is_empty() && !pods.is_empty(),
    );
    vec![sidecar, capture]
}

fn all_or(expected: &str, otherwise: &str, wrong: &[String]) -> String {
    if wrong.is_empty() {
        expected.to_owned()
    } else {
        format!("{otherwise} {}", wrong.join(", "))
    }
}

/// Tells whether a pod has a sidecar: a native one among the init containers, or an older one among the containers.
fn has_proxy(pod: &Pod) -> bool {
    let spec = pod.spec.as_ref();
    let containers = spec.map(|spec| &spec.containers);
    let init = spec.and_then(|spec| spec.init_containers.as_ref());
    init.into_iter()
        .chain(containers)
        .flatten()
        .any(|container| container.name == PROXY_CONTAINER)
}

fn proxy_status(pod: &Pod) -> Option<&ContainerStatus> {
    let status = pod.status.as_ref()?;
    let init = status.init_container_statuses.iter().flatten();
    init.chain(status.container_statuses.iter().flatten())
        .find(|status| status.name == PROXY_CONTAINER)
}

/// Tells whether a sidecar is native, so that the Job of a runner ends when k6 does.
pub(super) fn has_native_proxy(pod: &Pod) -> bool {
    let init = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.init_containers.as_ref());
    init.into_iter().flatten().any(|container| {
        container.name == PROXY_CONTAINER && container.restart_policy.as_deref() == Some("Always")
    })
}

/// Judges a namespace: a mesh label on it would pull in the pods of every phase.
pub(in super::super) fn namespace_labels(namespace: &Namespace) -> Proof {
    let mesh_labels = [
        "istio-injection",
        "istio.io/rev",
        "istio.io/dataplane-mode",
        "istio.io/use-waypoint",
    ];
    let found: Vec<String> = namespace
        .labels()
        .iter()
        .filter(|(name, _)| mesh_labels.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    finding(
        format!("mesh labels of namespace {}", namespace.name_any()),
        "none",
        if found.is_empty() {
            "none".to_owned()
        } else {
            found.join(", ")
        },
        found.is_empty(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// After the pods that Istio 1.30's injection template and istio-cni make, shortened.
    fn pod(init: bool, ready: bool, redirection: Option<&str>) -> Value {
        let mut pod = json!({
            "metadata": {"name": "p", "annotations": {}},
            "spec": {"containers": [{"name": "server"}]},
            "status": {}
        });
        if init {
            pod["spec"]["initContainers"] =
                json!([{"name": "istio-init"}, {"name": "istio-proxy", "restartPolicy": "Always"}]);
            pod["status"]["initContainerStatuses"] = json!([
                {"name": "istio-proxy", "image": "", "imageID": "", "ready": ready, "restartCount": 0}
            ]);
        }
        if let Some(redirection) = redirection {
            pod["metadata"]["annotations"][REDIRECTION] = json!(redirection);
        }
        pod
    }

    fn passes(workload: Workload, pods: Value) -> Vec<bool> {
        let pods: Vec<Pod> = serde_json::from_value(pods).unwrap();
        membership(workload, "servers", &pods)
            .iter()
            .map(|finding| finding.passed)
            .collect()
    }

    #[test]
    fn each_workload_passes_with_its_own_pods_and_fails_with_the_others() {
        let plain = pod(false, false, None);
        let injected = pod(true, true, None);
        let captured = pod(false, false, Some("enabled"));
        for (workload, right) in [
            (Workload::NotInMesh, &plain),
            (Workload::InMesh, &injected),
            (Workload::InAmbient, &captured),
        ] {
            assert_eq!(
                passes(workload, json!([right])),
                [true, true],
                "{workload:?}"
            );
            for wrong in [&plain, &injected, &captured] {
                if wrong != right {
                    assert!(
                        passes(workload, json!([right, wrong])).contains(&false),
                        "{workload:?}"
                    );
                }
            }
        }
        assert_eq!(
            passes(Workload::InMesh, json!([pod(true, false, None)])),
            [false, true]
        );
        assert_eq!(
            passes(
                Workload::InAmbient,
                json!([pod(false, false, Some("pending"))])
            ),
            [true, false]
        );
        assert_eq!(passes(Workload::NotInMesh, json!([])), [false, false]);
    }

    #[test]
    fn a_native_sidecar_restarts_always_and_is_an_init_container() {
        let native: Pod = serde_json::from_value(pod(true, true, None)).unwrap();
        assert!(has_native_proxy(&native) && has_proxy(&native));
        let old: Pod = serde_json::from_value(json!({
            "metadata": {"name": "p"}, "spec": {"containers": [{"name": "k6"}, {"name": "istio-proxy"}]}
        }))
        .unwrap();
        assert!(!has_native_proxy(&old) && has_proxy(&old));
    }

    #[test]
    fn a_namespace_says_nothing_of_a_mesh() {
        let labelled = |labels: Value| {
            let namespace =
                serde_json::from_value(json!({"metadata": {"name": "n", "labels": labels}}))
                    .unwrap();
            namespace_labels(&namespace).passed
        };
        assert!(labelled(json!({"team": "a"})));
        assert!(!labelled(json!({"istio-injection": "enabled"})));
        assert!(!labelled(json!({"istio.io/dataplane-mode": "ambient"})));
    }
}
