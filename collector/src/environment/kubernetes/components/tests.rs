//! Whose use is counted, on nodes that carry one workload each.

use kube::Config;
use meshdelta_run::RunId;
use meshdelta_run::plan::parse_plan_file;
use serde_json::json;
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::kubernetes::Cluster;

const PLAN: &str = "
environment = 'kubernetes'
[kubernetes.load.node_selector]
'meshdelta.io/role' = 'load'
";

/// Serves a pod of each workload on a node of its own, and a ztunnel on each of these and one more.
async fn serve_pods(server: &MockServer) {
    let list = |pods: &[(&str, &str)]| {
        let pods: Vec<_> = pods
            .iter()
            .map(|(name, node)| json!({"metadata": {"name": name}, "spec": {"nodeName": node, "containers": []}}))
            .collect();
        ResponseTemplate::new(200).set_body_json(
            json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods}),
        )
    };
    let serve = async |namespace: &str, selector: &str, pods: &[(&str, &str)]| {
        Mock::given(path(format!("/api/v1/namespaces/{namespace}/pods")))
            .and(query_param("labelSelector", selector))
            .respond_with(list(pods))
            .mount(server)
            .await;
    };
    serve("meshdelta", "app=not-in-mesh", &[("plain", "one")]).await;
    serve("meshdelta", "app=in-mesh", &[("meshed", "two")]).await;
    serve("meshdelta", "app=in-ambient", &[("ambient", "three")]).await;
    let waypoints = "gateway.networking.k8s.io/gateway-name=waypoint";
    serve("meshdelta", waypoints, &[("waypoint", "three")]).await;
    let ztunnels = [
        ("z1", "one"),
        ("z2", "two"),
        ("z3", "three"),
        ("z4", "idle"),
    ];
    serve("istio-system", "app=ztunnel", &ztunnels).await;
}

/// Returns the roles with what they match, of each phase of the plan in turn.
async fn of_phases(settings: &str) -> Vec<Vec<Component>> {
    let server = MockServer::start().await;
    serve_pods(&server).await;
    let config = Config::new(server.uri().parse().unwrap());
    let cluster = Cluster::from_config(config, "test".to_owned()).unwrap();
    let plan = parse_plan_file("plan.toml", settings)
        .unwrap()
        .resolve(7)
        .unwrap();
    let run = RunId::try_new("r1").unwrap();
    let session = Session::new(cluster, plan.kubernetes.clone().unwrap(), &run);
    let mut all = Vec::new();
    for phase in &plan.phases {
        let runners = ["runner".to_owned()];
        all.push(
            session
                .components(&plan, &phase.id, &runners)
                .await
                .unwrap(),
        );
    }
    all
}

#[tokio::test]
async fn the_same_ztunnels_count_in_every_phase_of_a_run() {
    let phases = of_phases(PLAN).await;
    assert_eq!(phases.len(), 5);
    for components in phases {
        let ztunnels: Vec<_> = components
            .iter()
            .filter(|component| component.role == "ztunnel")
            .collect();
        assert_eq!(ztunnels.len(), 1);
        assert!(ztunnels[0].on_path);
        assert!(
            ztunnels[0].matchers.contains(r#"pod=~"z1|z2|z3""#),
            "{}",
            ztunnels[0].matchers
        );
    }
}

#[tokio::test]
async fn istiod_is_told_and_costs_no_path() {
    let settings = format!("phases = ['baseline', 'sidecar']\n{PLAN}");
    let phases = of_phases(&settings).await;
    let roles = |components: &[Component]| -> Vec<(String, bool)> {
        let components = components.iter();
        components
            .map(|component| (component.role.clone(), component.on_path))
            .collect()
    };
    let expected = |roles: &[(&str, bool)]| -> Vec<(String, bool)> {
        let roles = roles.iter();
        roles
            .map(|(role, on_path)| ((*role).to_owned(), *on_path))
            .collect()
    };
    assert_eq!(
        roles(&phases[0]),
        expected(&[("k6", false), ("application", true), ("istiod", false)])
    );
    assert_eq!(
        roles(&phases[1]),
        expected(&[
            ("k6", false),
            ("application", true),
            ("server-sidecar", true),
            ("client-sidecar", true),
            ("istiod", false)
        ])
    );
}

#[tokio::test]
async fn without_a_mesh_nothing_of_it_is_looked_at() {
    let custom = "
phases = ['baseline', 'other']
environment = 'kubernetes'
[[kubernetes.phase]]
id = 'other'
title = 'Other'
data_path = 'client → server'
target = 'http://other:8000'
[[kubernetes.phase.proof]]
name = 'requests'
query = 'requests_total'
grows = 'by-requests'
[[kubernetes.phase.component]]
role = 'proxy'
matchers = 'namespace=\"{{ namespace }}\",container=\"proxy\"'
";
    let phases = of_phases(custom).await;
    let matchers: Vec<_> = phases[1].iter().map(|one| one.matchers.as_str()).collect();
    assert_eq!(
        matchers[1..],
        [r#"namespace="meshdelta",container="proxy""#]
    );
}
