//! The servers of all phases stand on the same nodes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;
use meshdelta_run::manifest::Proof;

use super::super::progress::node_of;
use super::finding;

/// Judges whether servers are on the nodes of the others that they are compared with. They stay there for the whole run: were they elsewhere,
/// every round would have the same way through the network more or less.
pub(in super::super) fn placement(others: &[Pod], servers: &[Pod]) -> Proof {
    let (expected, observed) = (pods_by_node(others), pods_by_node(servers));
    finding(
        "nodes of the servers",
        // What to do is said where it is seen: a gate has no other place for it.
        format!(
            "on those of the others: {} (each needs room for one server of every kind, and servers of own phases a podAffinity)",
            nodes(others)
        ),
        nodes(servers),
        !observed.is_empty() && expected.keys().eq(observed.keys()),
    )
}

/// Names the nodes of pods, with how many are on each: `n1 (2), n2 (2)`.
pub(in super::super) fn nodes(pods: &[Pod]) -> String {
    let nodes = pods_by_node(pods).into_iter();
    let nodes: Vec<String> = nodes
        .map(|(node, count)| format!("{node} ({count})"))
        .collect();
    nodes.join(", ")
}

fn pods_by_node(pods: &[Pod]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for pod in pods {
        *counts.entry(node_of(pod)).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pods(nodes: &[&str]) -> Vec<Pod> {
        let pods = nodes.iter().map(
            |node| json!({"metadata": {"name": "p"}, "spec": {"nodeName": node, "containers": []}}),
        );
        let pods = pods.map(|pod| serde_json::from_value(pod).unwrap());
        pods.collect()
    }

    #[test]
    fn servers_elsewhere_are_not_compared() {
        let others = pods(&["n1", "n2", "n2"]);
        assert!(placement(&others, &pods(&["n2", "n1", "n1"])).passed);
        let elsewhere = placement(&others, &pods(&["n1", "n3"]));
        assert!(!elsewhere.passed);
        let expected = "on those of the others: n1 (1), n2 (2) (each needs room";
        assert!(
            elsewhere.expected.starts_with(expected),
            "{}",
            elsewhere.expected
        );
        assert_eq!(elsewhere.observed, "n1 (1), n3 (1)");
        // A node less is another way too; no pod at all is no place.
        assert!(!placement(&others, &pods(&["n1", "n1"])).passed);
        assert!(!placement(&[], &[]).passed);
    }
}
