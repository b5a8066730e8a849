//! The gates on objects as a real istiod (1.31.0-eed52ebb66ad), k6-operator (1.5.0) and Kubernetes (1.34.4) wrote them, recorded in `golden/`
//! without environment variables and volumes. Each gate passes on what is right, and fails on the same where another phase wants it.

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::DynamicObject;
use meshdelta_run::manifest::Proof;
use meshdelta_run::plan::Placement;
use serde_json::{Value, json};

use super::super::data_path::Workload;
use super::*;

const SERVERS: &str = include_str!("golden/istiod-1.31/server-pods.json");
const RUNNERS: &str = include_str!("golden/istiod-1.31/runner-pods.json");
const ROUTE: &str = include_str!("golden/istiod-1.31/route.json");
const GATEWAY: &str = include_str!("golden/istiod-1.31/gateway.json");
const BOUND: &str = include_str!("golden/istiod-1.31/service-bound.json");
const FREE: &str = include_str!("golden/istiod-1.31/service-free.json");

fn pods(text: &str) -> Vec<Pod> {
    serde_json::from_str(text).unwrap()
}

fn object(text: &str) -> DynamicObject {
    serde_json::from_str(text).unwrap()
}

fn hold(findings: &[Proof]) -> bool {
    findings.iter().all(|finding| finding.passed)
}

#[test]
fn pods_with_a_real_sidecar_are_those_of_the_sidecar_phases_alone() {
    for text in [SERVERS, RUNNERS] {
        let pods = pods(text);
        assert!(hold(&membership(Workload::InMesh, "pods", &pods)));
        for other in [Workload::NotInMesh, Workload::InAmbient] {
            assert!(!hold(&membership(other, "pods", &pods)), "{other:?}");
        }
    }
}

#[test]
fn runners_with_a_real_native_sidecar_pass_on_their_node_alone() {
    let node = |role: &str| -> Node {
        let metadata = json!({"name": "meshdelta-test", "labels": {"meshdelta.io/role": role}});
        serde_json::from_value(json!({"metadata": metadata})).unwrap()
    };
    let placement = Placement {
        node_selector: [("meshdelta.io/role".to_owned(), "load".to_owned())].into(),
        ..Placement::default()
    };
    let judge = |role| {
        runners(
            Some(Workload::InMesh),
            &placement,
            &[node(role)],
            &pods(RUNNERS),
        )
    };
    assert!(hold(&judge("load")));
    assert!(!hold(&judge("backend")));
}

#[test]
fn a_route_that_istio_took_holds_until_it_is_changed() {
    let mut taken = object(ROUTE);
    assert!(hold(&route(&taken)));
    taken.metadata.generation = taken.metadata.generation.map(|generation| generation + 1);
    assert!(!hold(&route(&taken)));
}

#[test]
fn a_service_is_bound_by_what_istio_wrote_on_it() {
    let (bound, free) = (object(BOUND), object(FREE));
    assert!(waypoint_bound(&bound, true).passed && waypoint_bound(&free, false).passed);
    assert!(!waypoint_bound(&bound, false).passed && !waypoint_bound(&free, true).passed);
}

/// Its pods could not start where this was recorded: that a Gateway is programmed says nothing of them, and their rollout is a gate of its own.
#[test]
fn a_gateway_is_programmed_by_its_conditions_whatever_its_pods_do() {
    let programmed = object(GATEWAY);
    assert!(hold(&gateway(&programmed)));
    let mut pending = programmed;
    let conditions = pending.data.pointer_mut("/status/conditions");
    for condition in conditions.and_then(Value::as_array_mut).unwrap() {
        if condition["type"] == "Programmed" {
            condition["status"] = json!("False");
        }
    }
    assert!(!hold(&gateway(&pending)));
}
