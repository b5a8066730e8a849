//! The cluster: its version, its nodes, and what others installed.

use super::Finding;
use crate::cluster::decision::Decision;
use crate::cluster::inspection::Inspection;
use crate::cluster::{ComponentId, ISTIO_VERSION};
use crate::environment::local::Version;
use crate::environment::local::programs::parse_version;

/// The Kubernetes versions that Istio 1.30 is made for (its `k8sversion` package, and its support table).
const OLDEST_KUBERNETES: Version = Version(1, 32, 0);
const NEWEST_KUBERNETES: (u32, u32) = (1, 36);
/// From this kubelet on, sidecars are init containers without being asked for it.
const NATIVE_SIDECARS: Version = Version(1, 33, 0);
/// From this kubelet on, sidecars can be init containers when asked for it.
const SIDECAR_CONTAINERS: Version = Version(1, 29, 0);

/// Judges what was seen of the cluster.
pub(in crate::cluster) fn examine_cluster(
    inspection: &Inspection,
    decisions: &[(ComponentId, Decision)],
) -> Vec<Finding> {
    let mut findings = vec![
        kubernetes(&inspection.server_version, installs_istio(decisions)),
        nodes(inspection),
        native_sidecars(inspection, installs_istio(decisions)),
    ];
    findings.extend(
        decisions
            .iter()
            .filter_map(|(id, decision)| unfit(*id, decision)),
    );
    if inspection.revisions.len() > 1 {
        findings.push(Finding::warning(
            "Istio",
            format!(
                "several revisions inject sidecars: {}",
                inspection.revisions.join(", ")
            ),
            "name the one to measure in the plan",
        ));
    }
    findings
}

fn installs_istio(decisions: &[(ComponentId, Decision)]) -> bool {
    decisions
        .iter()
        .any(|(id, decision)| *id == ComponentId::Istiod && decision.is_work())
}

fn kubernetes(server: &str, installs_istio: bool) -> Finding {
    let subject = "Kubernetes";
    let Some(version) = parse_version(server) else {
        return Finding::warning(subject, server, "its version is not understood");
    };
    let (major, minor) = NEWEST_KUBERNETES;
    let window = format!(
        "Istio {ISTIO_VERSION} is made for {}.{} to {major}.{minor}",
        OLDEST_KUBERNETES.0, OLDEST_KUBERNETES.1
    );
    if version < OLDEST_KUBERNETES {
        return if installs_istio {
            Finding::problem(
                subject,
                server,
                format!("{window}: upgrade the cluster, or use another one"),
            )
        } else {
            Finding::warning(subject, server, window)
        };
    }
    if (version.0, version.1) > NEWEST_KUBERNETES {
        return Finding::warning(
            subject,
            server,
            format!("{window}: it may work, but nobody promises it"),
        );
    }
    Finding::good(subject, server)
}

fn nodes(inspection: &Inspection) -> Finding {
    let nodes = &inspection.nodes;
    let lagging: Vec<_> = nodes
        .iter()
        .filter(|node| !node.is_ready)
        .map(|node| node.name.as_str())
        .collect();
    let seen = nodes.len().to_string();
    if lagging.len() == nodes.len() {
        return Finding::problem(
            "nodes",
            format!("none of {seen} is ready"),
            "`kubectl describe nodes` tells why",
        );
    }
    if !lagging.is_empty() {
        return Finding::warning(
            "nodes",
            format!(
                "{} of {seen} not ready: {}",
                lagging.len(),
                lagging.join(", ")
            ),
            "DaemonSets cannot become ready on them, so helm may wait in vain",
        );
    }
    if nodes.len() < 3 {
        return Finding::warning(
            "nodes",
            seen,
            "with fewer than three, the load runs beside what it measures: trust ratios rather than times",
        );
    }
    Finding::good("nodes", seen)
}

/// A runner's Job completes only when its sidecar ends by itself, and that a sidecar does only as an init container.
fn native_sidecars(inspection: &Inspection, installs_istio: bool) -> Finding {
    let subject = "native sidecars";
    let oldest = inspection
        .nodes
        .iter()
        .filter_map(|node| node.kubelet)
        .min();
    match oldest {
        None => Finding::warning(
            subject,
            "no kubelet tells its version",
            "the sidecar phases may not end by themselves",
        ),
        Some(version) if version >= NATIVE_SIDECARS => {
            Finding::good(subject, format!("kubelets {version} or newer"))
        }
        Some(version) if version >= SIDECAR_CONTAINERS && installs_istio => Finding::good(
            subject,
            format!("kubelets from {version}: switched on in the istiod that is installed"),
        ),
        Some(version) if version >= SIDECAR_CONTAINERS => Finding::warning(
            subject,
            format!("kubelets from {version}"),
            "set `pilot.env.ENABLE_NATIVE_SIDECARS=true` in your Istio; until then only the annotation `sidecar.istio.io/nativeSidecar` makes the sidecar phases end",
        ),
        Some(version) => Finding::problem(
            subject,
            format!("kubelets from {version} have none"),
            format!(
                "the sidecar phases would never end: upgrade the nodes to {}.{}",
                NATIVE_SIDECARS.0, NATIVE_SIDECARS.1
            ),
        ),
    }
}

fn unfit(id: ComponentId, decision: &Decision) -> Option<Finding> {
    match decision {
        Decision::Unfit { seen, advice } => Some(Finding::problem(id.as_str(), seen, advice)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::inspection::NodeFacts;

    fn cluster(server: &str, kubelets: &[Version]) -> Inspection {
        let node = |(index, kubelet): (usize, &Version)| NodeFacts {
            name: format!("node-{index}"),
            kubelet: Some(*kubelet),
            is_ready: true,
            role: None,
        };
        Inspection {
            server_version: server.to_owned(),
            nodes: kubelets.iter().enumerate().map(node).collect(),
            ..Inspection::default()
        }
    }

    fn problems(inspection: &Inspection, decision: Decision) -> Vec<String> {
        examine_cluster(inspection, &[(ComponentId::Istiod, decision)])
            .into_iter()
            .filter(Finding::is_problem)
            .map(|finding| finding.subject)
            .collect()
    }

    const NEW: [Version; 3] = [Version(1, 36, 4); 3];

    #[test]
    fn a_cluster_in_the_window_of_istio_is_fit() {
        let inspection = cluster("v1.36.4", &NEW);
        let findings = examine_cluster(&inspection, &[(ComponentId::Istiod, Decision::Install)]);
        assert!(
            findings
                .iter()
                .all(|finding| finding.verdict == super::super::Verdict::Good),
            "{findings:?}"
        );
    }

    #[test]
    fn an_old_cluster_is_a_problem_only_where_istio_is_installed() {
        let old = cluster("v1.31.9-gke.1", &[Version(1, 31, 9); 3]);
        assert_eq!(problems(&old, Decision::Install), ["Kubernetes"]);
        let kept = Decision::Keep {
            seen: String::new(),
        };
        assert!(problems(&old, kept).is_empty());
    }

    #[test]
    fn kubelets_without_native_sidecars_are_a_problem() {
        let mut kubelets = NEW;
        kubelets[1] = Version(1, 28, 3);
        assert_eq!(
            problems(&cluster("v1.36.4", &kubelets), Decision::Done),
            ["native sidecars"]
        );
    }

    #[test]
    fn a_cluster_without_a_ready_node_is_a_problem() {
        let mut inspection = cluster("v1.36.4", &NEW);
        for node in &mut inspection.nodes {
            node.is_ready = false;
        }
        assert_eq!(problems(&inspection, Decision::Install), ["nodes"]);
    }

    #[test]
    fn what_does_not_serve_is_named_with_what_to_do() {
        let decision = Decision::Unfit {
            seen: "1.20.0".to_owned(),
            advice: "upgrade it".to_owned(),
        };
        let findings = examine_cluster(
            &cluster("v1.36.4", &NEW),
            &[(ComponentId::Istiod, decision)],
        );
        assert_eq!(
            findings.last().unwrap().to_string(),
            "istiod: 1.20.0\n    upgrade it"
        );
    }
}
