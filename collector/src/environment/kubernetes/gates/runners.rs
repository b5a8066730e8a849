//! The runners run where the plan says, and belong to the mesh of the phase.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;
use meshdelta_run::manifest::Proof;
use meshdelta_run::plan::Placement;

use super::super::data_path::Workload;
use super::super::progress::node_of;
use super::finding;
use super::mesh::{has_native_proxy, membership};

/// Judges the pods of the runners. `workload` is absent for phases of the user's own.
pub(in super::super) fn runners(
    workload: Option<Workload>,
    placement: &Placement,
    nodes: &[Node],
    pods: &[Pod],
) -> Vec<Proof> {
    let used: BTreeSet<String> = pods.iter().map(node_of).collect();
    let matches = |name: &String| {
        let node = nodes.iter().find(|node| node.name_any() == *name);
        node.is_some_and(|node| {
            let wanted = &mut placement.node_selector.iter();
            wanted.all(|(label, value)| node.labels().get(label) == Some(value))
        })
    };
    let expected = if placement.node_selector.is_empty() {
        "any node".to_owned()
    } else {
        let labels = placement.node_selector.iter();
        let labels: Vec<String> = labels
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("nodes with {}", labels.join(", "))
    };
    let mut findings = vec![finding(
        "nodes of the runners",
        expected,
        used.iter().cloned().collect::<Vec<_>>().join(", "),
        !used.is_empty() && used.iter().all(matches),
    )];
    if let Some(workload) = workload {
        findings.extend(membership(workload, "runners", pods));
        if workload.has_sidecar() {
            let native = pods.iter().filter(|pod| has_native_proxy(pod)).count();
            findings.push(finding(
                "native sidecars of the runners",
                format!("{} of {}", pods.len(), pods.len()),
                format!("{native} of {}", pods.len()),
                native == pods.len(),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn runners_on_another_node_than_planned_fail() {
        let nodes: Vec<Node> = serde_json::from_value(json!([
            {"metadata": {"name": "load-1", "labels": {"meshdelta.io/role": "load"}}},
            {"metadata": {"name": "other"}}
        ]))
        .unwrap();
        let placement = Placement {
            node_selector: BTreeMap::from([("meshdelta.io/role".to_owned(), "load".to_owned())]),
            ..Placement::default()
        };
        let passed = |placement: &Placement, used: &[&str]| {
            let pods: Vec<_> = used
                .iter()
                .map(|node| json!({"metadata": {"name": "r"}, "spec": {"nodeName": node, "containers": []}}))
                .collect();
            let pods: Vec<Pod> = serde_json::from_value(json!(pods)).unwrap();
            runners(None, placement, &nodes, &pods)[0].passed
        };
        assert!(passed(&placement, &["load-1", "load-1"]));
        assert!(!passed(&placement, &["load-1", "other"]));
        assert!(!passed(&placement, &["unknown"]));
        assert!(!passed(&placement, &[]));
        assert!(passed(&Placement::default(), &["other"]));
    }

    /// A runner as Istio's injector makes it: its sidecar native, among the containers, or none at all.
    fn runner(sidecar: &str) -> Pod {
        let proxy = json!({"name": "istio-proxy", "restartPolicy": "Always"});
        let status = json!([{"name": "istio-proxy", "image": "", "imageID": "", "ready": true, "restartCount": 0}]);
        let mut pod = json!({
            "metadata": {"name": "r"},
            "spec": {"nodeName": "n", "containers": [{"name": "k6"}]},
            "status": {}
        });
        match sidecar {
            "native" => {
                pod["spec"]["initContainers"] = json!([proxy]);
                pod["status"]["initContainerStatuses"] = status;
            }
            "old" => {
                pod["spec"]["containers"] = json!([{"name": "k6"}, {"name": "istio-proxy"}]);
                pod["status"]["containerStatuses"] = status;
            }
            _ => {}
        }
        serde_json::from_value(pod).unwrap()
    }

    #[test]
    fn runners_belong_to_the_mesh_of_the_phase() {
        let nodes: Vec<Node> =
            serde_json::from_value(json!([{"metadata": {"name": "n"}}])).unwrap();
        let failing = |workload, sidecars: &[&str]| {
            let pods: Vec<Pod> = sidecars.iter().map(|sidecar| runner(sidecar)).collect();
            let findings = runners(workload, &Placement::default(), &nodes, &pods);
            let failed = findings.into_iter().filter(|finding| !finding.passed);
            failed.map(|finding| finding.subject).collect::<Vec<_>>()
        };
        let none = Vec::<String>::new();
        assert_eq!(failing(Some(Workload::InMesh), &["native", "native"]), none);
        assert_eq!(failing(Some(Workload::NotInMesh), &["none", "none"]), none);
        // A phase of the user's own says itself what it needs.
        assert_eq!(failing(None, &["native", "none"]), none);
        // With such a sidecar the Job of a runner would never end.
        assert_eq!(
            failing(Some(Workload::InMesh), &["native", "old"]),
            ["native sidecars of the runners"]
        );
        assert_eq!(
            failing(Some(Workload::InMesh), &["native", "none"]),
            ["sidecars of the runners", "native sidecars of the runners"]
        );
        assert_eq!(
            failing(Some(Workload::NotInMesh), &["none", "native"]),
            ["sidecars of the runners"]
        );
        assert_eq!(
            failing(Some(Workload::InAmbient), &["none"]),
            ["traffic of the runners by ztunnel"]
        );
    }
}
