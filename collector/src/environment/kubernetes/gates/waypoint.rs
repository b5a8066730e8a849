//! The waypoint is programmed, the Service is bound to it, and the route is accepted.

use kube::ResourceExt;
use kube::api::DynamicObject;
use meshdelta_run::manifest::Proof;
use serde_json::Value;

use super::{finding, is_true};

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
