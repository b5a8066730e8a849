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
}
