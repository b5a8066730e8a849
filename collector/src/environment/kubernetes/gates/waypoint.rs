//! The waypoint is programmed and as planned, the Service is bound to it, and the route is accepted.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::ResourceExt;
use kube::api::DynamicObject;
use meshdelta_run::manifest::Proof;
use meshdelta_run::plan::{Amounts, KubernetesPlan};
use serde_json::Value;

use super::super::data_path::PROXY_CONTAINER;
use super::{amount, finding, is_true};

/// Who must have accepted a route (istio, `gateway/testdata/mesh.status.yaml.golden`).
const CONTROLLER: &str = "istio.io/gateway-controller";

/// Judges a Gateway.
pub(in super::super) fn gateway(gateway: &DynamicObject) -> Vec<Proof> {
    let subject = format!("Gateway {}", gateway.name_any());
    let conditions = &gateway.data["status"]["conditions"];
    let generation = gateway.metadata.generation;
    ["Accepted", "Programmed"]
        .map(|type_name| is_true(&subject, conditions, type_name, generation))
        .into()
}

/// Judges whether the Deployment that Istio made of the Gateway is the waypoint of the plan. One that the overlay was not laid over, or that
/// something else scales, is another.
pub(in super::super) fn planned_waypoint(
    deployment: &Deployment,
    plan: &KubernetesPlan,
) -> Vec<Proof> {
    let spec = deployment.spec.as_ref();
    let replicas = spec.and_then(|spec| spec.replicas);
    let pod = spec.and_then(|spec| spec.template.spec.as_ref());
    let mut containers = pod.into_iter().flat_map(|pod| &pod.containers);
    let proxy = containers.find(|container| container.name == PROXY_CONTAINER);
    let resources = proxy.and_then(|proxy| proxy.resources.as_ref());
    let requests = resources.and_then(|resources| resources.requests.as_ref());
    let limits = resources.and_then(|resources| resources.limits.as_ref());
    vec![
        finding(
            "replicas of the waypoint by the plan",
            plan.waypoint_replicas.to_string(),
            replicas.map_or_else(|| "none".to_owned(), |count| count.to_string()),
            replicas.is_some() && replicas == i32::try_from(plan.waypoint_replicas).ok(),
        ),
        amounts("requests", &plan.resources.proxy_requests, requests),
        amounts("limits", &plan.resources.proxy_limits, limits),
    ]
}

fn amounts(what: &str, planned: &Amounts, found: Option<&BTreeMap<String, Quantity>>) -> Proof {
    let of = |resource: &str| {
        let quantity = found.and_then(|found| found.get(resource));
        quantity.map_or("none", |quantity| quantity.0.as_str())
    };
    let (cpu, memory) = (of("cpu"), of("memory"));
    finding(
        format!("{what} of the waypoint by the plan"),
        format!("CPU {}, memory {}", planned.cpu, planned.memory),
        format!("CPU {cpu}, memory {memory}"),
        amount::is_same(&planned.cpu, cpu) && amount::is_same(&planned.memory, memory),
    )
}

/// Judges whether a Service is bound to a waypoint, or is not where it must not be.
pub(in super::super) fn waypoint_bound(service: &DynamicObject, is_wanted: bool) -> Proof {
    let subject = format!("waypoint of Service {}", service.name_any());
    let conditions = &service.data["status"]["conditions"];
    let bound = is_true(&subject, conditions, "istio.io/WaypointBound", None);
    if is_wanted {
        return bound;
    }
    finding(
        subject,
        "none",
        if bound.passed { "bound" } else { "none" },
        !bound.passed,
    )
}

/// Judges an `HTTPRoute` of a Service.
pub(in super::super) fn route(route: &DynamicObject) -> Vec<Proof> {
    let subject = format!("HTTPRoute {}", route.name_any());
    let parents = route.data["status"]["parents"].as_array();
    let parent = parents.into_iter().flatten().find(|parent| {
        parent["controllerName"] == CONTROLLER && parent["parentRef"]["kind"] == "Service"
    });
    let conditions = parent.map_or(&Value::Null, |parent| &parent["conditions"]);
    ["Accepted", "ResolvedRefs"]
        .map(|type_name| is_true(&subject, conditions, type_name, route.metadata.generation))
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> DynamicObject {
        serde_json::from_value(value).unwrap()
    }

    fn passed(findings: &[Proof]) -> Vec<bool> {
        findings.iter().map(|finding| finding.passed).collect()
    }

    /// After `mesh.status.yaml.golden` of Istio 1.30.3.
    fn accepted_route() -> Value {
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": "in-mesh-l7", "namespace": "meshdelta", "generation": 2},
            "status": {"parents": [{
                "controllerName": "istio.io/gateway-controller",
                "parentRef": {"group": "", "kind": "Service", "name": "in-mesh-l7", "port": 8000},
                "conditions": [
                    {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "Route was valid", "observedGeneration": 2},
                    {"type": "ResolvedRefs", "status": "True", "reason": "ResolvedRefs", "observedGeneration": 2}
                ]
            }]}
        })
    }

    #[test]
    fn a_route_passes_when_istio_accepted_this_generation_for_the_service() {
        assert_eq!(passed(&route(&object(accepted_route()))), [true, true]);
        let changed = |pointer: &str, value: Value| {
            let mut route_object = accepted_route();
            *route_object.pointer_mut(pointer).unwrap() = value;
            passed(&route(&object(route_object)))
        };
        assert_eq!(
            changed("/status/parents/0/conditions/1/status", json!("False")),
            [true, false]
        );
        assert_eq!(
            changed(
                "/status/parents/0/conditions/0/observedGeneration",
                json!(1)
            ),
            [false, true]
        );
        assert_eq!(
            changed("/status/parents/0/controllerName", json!("other")),
            [false, false]
        );
        assert_eq!(
            changed("/status/parents/0/parentRef/kind", json!("Gateway")),
            [false, false]
        );
        assert_eq!(changed("/status", json!({})), [false, false]);
    }

    #[test]
    fn a_gateway_passes_when_it_is_programmed() {
        let status = |programmed: &str| {
            object(json!({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
                "metadata": {"name": "waypoint", "namespace": "meshdelta", "generation": 1},
                "status": {"conditions": [
                    {"type": "Accepted", "status": "True", "reason": "Accepted", "observedGeneration": 1},
                    {"type": "Programmed", "status": programmed, "reason": "Pending", "observedGeneration": 1}
                ]}
            }))
        };
        assert_eq!(passed(&gateway(&status("True"))), [true, true]);
        let failing = gateway(&status("False"));
        assert_eq!(passed(&failing), [true, false]);
        assert_eq!(failing[1].observed, "Programmed=False Pending");
    }

    /// The Deployment of a waypoint after `gatewaycommon/testdata/deployment/waypoint.yaml` of Istio 1.31, shortened, with these changes.
    fn waypoint(change: impl FnOnce(&mut Value)) -> Vec<bool> {
        let mut deployment = json!({
            "metadata": {"name": "waypoint"},
            "spec": {"replicas": 2, "selector": {}, "template": {"spec": {"containers": [{
                "name": "istio-proxy",
                // The plan's `1Gi`, as another writer would say it.
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "2", "memory": "1024Mi"}}
            }]}}}
        });
        change(&mut deployment["spec"]);
        let deployment: Deployment = serde_json::from_value(deployment).unwrap();
        passed(&planned_waypoint(&deployment, &KubernetesPlan::default()))
    }

    #[test]
    fn a_waypoint_is_the_one_that_is_planned() {
        let resources = |spec: &mut Value, change: fn(&mut Value)| {
            change(&mut spec["template"]["spec"]["containers"][0]["resources"]);
        };
        assert_eq!(waypoint(|_| ()), [true, true, true]);
        assert_eq!(
            waypoint(|spec| spec["replicas"] = json!(1)),
            [false, true, true]
        );
        assert_eq!(
            waypoint(|spec| spec["replicas"] = json!(3)),
            [false, true, true]
        );
        assert_eq!(
            waypoint(|spec| resources(spec, |all| all["requests"]["cpu"] = json!("200m"))),
            [true, false, true]
        );
        assert_eq!(
            waypoint(|spec| resources(spec, |all| all["limits"]["memory"] = json!("1G"))),
            [true, true, false]
        );
        assert_eq!(
            waypoint(|spec| resources(spec, |all| all["limits"] = json!({"cpu": "2"}))),
            [true, true, false]
        );
        // As Istio makes it without the overlay, with another container, and not yet.
        let without = waypoint(|spec| {
            spec["replicas"] = Value::Null;
            resources(spec, |all| *all = json!({}));
        });
        assert_eq!(without, [false, false, false]);
        let other = waypoint(|spec| spec["template"]["spec"]["containers"][0]["name"] = json!("o"));
        assert_eq!(other, [true, false, false]);
        let none = planned_waypoint(&Deployment::default(), &KubernetesPlan::default());
        assert_eq!(passed(&none), [false, false, false]);
        assert_eq!(none[1].expected, "CPU 100m, memory 128Mi");
        assert_eq!(none[1].observed, "CPU none, memory none");
    }

    #[test]
    fn a_service_is_bound_where_it_must_be_and_nowhere_else() {
        let service = |conditions: Value| {
            object(json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": "in-ambient-l7"},
                "status": {"loadBalancer": {}, "conditions": conditions}
            }))
        };
        // After pilot/pkg/model/service.go of Istio 1.30.3.
        let bound = service(
            json!([{"type": "istio.io/WaypointBound", "status": "True", "reason": "WaypointAccepted"}]),
        );
        let free = service(json!([]));
        assert!(waypoint_bound(&bound, true).passed && waypoint_bound(&free, false).passed);
        assert!(!waypoint_bound(&free, true).passed && !waypoint_bound(&bound, false).passed);
    }
}
