//! What a ztunnel says it knows: `GET /config_dump` of its admin interface (ztunnel, `src/state.rs` and `src/admin.rs`).

use std::collections::BTreeMap;

use meshdelta_run::manifest::Proof;
use serde::Deserialize;
use serde_json::Value;

use super::finding;

/// The parts of a configuration dump that are looked at. Newer versions have lists where older ones have maps.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(in super::super) struct ConfigDump {
    workloads: ListOrMap,
    services: ListOrMap,
    certificates: ListOrMap,
}

/// The elements of a list, or the values of a map.
#[derive(Debug, Default)]
struct ListOrMap(Vec<Value>);

impl<'de> Deserialize<'de> for ListOrMap {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Array(elements) => elements,
            Value::Object(map) => map.into_iter().map(|(_, value)| value).collect(),
            Value::Null => Vec::new(),
            other => {
                return Err(serde::de::Error::custom(format!(
                    "expected a list or a map, found {other}"
                )));
            }
        }))
    }
}

/// Judges whether the ztunnel of a node knows every server pod as one that is reached by HBONE, and has a certificate for them.
pub(in super::super) fn knows_pods(
    node: &str,
    dump: &ConfigDump,
    namespace: &str,
    pods: &[String],
) -> Vec<Proof> {
    let protocols: BTreeMap<&str, &str> = dump
        .workloads
        .0
        .iter()
        .filter(|workload| workload["namespace"] == namespace)
        .filter_map(|workload| Some((workload["name"].as_str()?, workload["protocol"].as_str()?)))
        .collect();
    let wrong: Vec<String> = pods
        .iter()
        .map(|pod| {
            (
                pod,
                protocols.get(pod.as_str()).copied().unwrap_or("unknown"),
            )
        })
        .filter(|(_, protocol)| *protocol != "HBONE")
        .map(|(pod, protocol)| format!("{pod} by {protocol}"))
        .collect();
    let identity = format!("/ns/{namespace}/");
    let states: Vec<&str> = dump
        .certificates
        .0
        .iter()
        .filter(|certificate| {
            certificate["identity"]
                .as_str()
                .is_some_and(|name| name.contains(&identity))
        })
        .filter_map(|certificate| certificate["state"].as_str())
        .collect();
    vec![
        finding(
            format!("server pods as ztunnel on {node} knows them"),
            format!("all {} by HBONE", pods.len()),
            if wrong.is_empty() {
                format!("all {} by HBONE", pods.len())
            } else {
                wrong.join(", ")
            },
            wrong.is_empty() && !pods.is_empty(),
        ),
        // A ztunnel has a certificate only for pods of its own node.
        finding(
            format!("certificates for {namespace} of ztunnel on {node}"),
            "Available, or none where no pod is",
            if states.is_empty() {
                "none".to_owned()
            } else {
                states.join(", ")
            },
            states.iter().all(|state| *state == "Available"),
        ),
    ]
}

/// Judges whether the ztunnel of a node sends requests for a Service through a waypoint, or does not where it must not.
pub(in super::super) fn knows_waypoint(
    node: &str,
    dump: &ConfigDump,
    namespace: &str,
    service: &str,
    is_wanted: bool,
) -> Proof {
    let known = dump
        .services
        .0
        .iter()
        .find(|known| known["namespace"] == namespace && known["name"] == service);
    let has_waypoint = known.is_some_and(|known| {
        known
            .get("waypoint")
            .is_some_and(|waypoint| !waypoint.is_null())
    });
    let observed = match (known, has_waypoint) {
        (None, _) => "the Service is not known",
        (_, true) => "a waypoint",
        (_, false) => "no waypoint",
    };
    finding(
        format!("Service {service} as ztunnel on {node} knows it"),
        if is_wanted {
            "a waypoint"
        } else {
            "no waypoint"
        },
        observed,
        known.is_some() && has_waypoint == is_wanted,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Recorded from a running ztunnel by Istio's developers; its first line says where it is from.
    const RECORDED: &str = include_str!("golden/ztunnel-of-istio-1.31.json");

    #[test]
    fn what_a_running_ztunnel_said_is_understood() {
        let dump: ConfigDump = serde_json::from_str(RECORDED).unwrap();
        let judged = |namespace: &str, pods: &[&str]| {
            let pods: Vec<String> = pods.iter().map(ToString::to_string).collect();
            let findings = knows_pods("ambient-worker2", &dump, namespace, &pods);
            let texts = findings.into_iter();
            texts.map(|it| (it.observed, it.passed)).collect::<Vec<_>>()
        };
        let said = |text: &str, passed| (text.to_owned(), passed);
        let captured = ["reviews-v1-5b5d6494f4-qwjv4", "details-v1-698d88b-dqrbr"];
        assert_eq!(
            judged("bookinfo", &captured),
            [said("all 2 by HBONE", true), said("none", true)]
        );
        let waypoint = "namespace-istio-waypoint-d94944bf6-z89g2";
        assert_eq!(
            judged("bookinfo", &[captured[0], waypoint, "gone"]),
            [
                said(&format!("{waypoint} by TCP, gone by unknown"), false),
                said("none", true)
            ]
        );
        // Its certificates are of one namespace: one is there, one is not yet, and two could not be had.
        let [_, (states, passed)] = judged("istio-system", &captured).try_into().unwrap();
        assert!(!passed);
        assert!(
            states.starts_with("Available, Initializing, Unavailable: the identity is no longer"),
            "{states}"
        );
        assert!(knows_waypoint("n", &dump, "bookinfo", "reviews", false).passed);
        let wanted = knows_waypoint("n", &dump, "bookinfo", "reviews", true);
        assert_eq!(
            (wanted.observed.as_str(), wanted.passed),
            ("no waypoint", false)
        );
    }

    /// Written after ztunnel's `src/state.rs` (Istio 1.30): the recorded one has no Service with a waypoint of its own.
    fn dump(protocol: &str, waypoint: Value, state: &str) -> ConfigDump {
        let mut service = json!({"name": "in-ambient-l7", "namespace": "meshdelta", "hostname": "in-ambient-l7.meshdelta.svc.cluster.local"});
        if !waypoint.is_null() {
            service["waypoint"] = waypoint;
        }
        serde_json::from_value(json!({
            "workloads": [
                {"uid": "Kubernetes//Pod/meshdelta/in-ambient-1", "name": "in-ambient-1", "namespace": "meshdelta", "protocol": protocol, "workloadIps": ["10.0.0.1"]},
                {"name": "in-ambient-2", "namespace": "other", "protocol": "HBONE"}
            ],
            "services": [service],
            "certificates": [{"identity": "spiffe://cluster.local/ns/meshdelta/sa/default", "state": state, "certChain": []}]
        }))
        .unwrap()
    }

    fn pods_pass(dump: &ConfigDump, pods: &[&str]) -> Vec<bool> {
        let pods: Vec<String> = pods.iter().map(ToString::to_string).collect();
        knows_pods("n", dump, "meshdelta", &pods)
            .iter()
            .map(|finding| finding.passed)
            .collect()
    }

    #[test]
    fn pods_must_be_known_by_hbone_with_a_certificate() {
        let good = dump("HBONE", Value::Null, "Available");
        assert_eq!(pods_pass(&good, &["in-ambient-1"]), [true, true]);
        assert_eq!(
            pods_pass(&good, &["in-ambient-1", "in-ambient-2"]),
            [false, true]
        );
        assert_eq!(pods_pass(&good, &[]), [false, true]);
        assert_eq!(
            pods_pass(&dump("TCP", Value::Null, "Initializing"), &["in-ambient-1"]),
            [false, false]
        );
    }

    #[test]
    fn a_waypoint_must_be_known_where_it_is_wanted_and_nowhere_else() {
        let with = dump(
            "HBONE",
            json!({"destination": "meshdelta/waypoint", "hboneMtlsPort": 15008}),
            "Available",
        );
        let without = dump("HBONE", Value::Null, "Available");
        let passes = |dump: &ConfigDump, service: &str, wanted| {
            knows_waypoint("n", dump, "meshdelta", service, wanted).passed
        };
        assert!(passes(&with, "in-ambient-l7", true) && passes(&without, "in-ambient-l7", false));
        assert!(!passes(&with, "in-ambient-l7", false) && !passes(&without, "in-ambient-l7", true));
        assert!(!passes(&without, "in-ambient", false));
    }

    #[test]
    fn maps_of_older_versions_are_read_too() {
        let old: ConfigDump = serde_json::from_value(json!({
            "workloads": {"10.0.0.1": {"name": "in-ambient-1", "namespace": "meshdelta", "protocol": "HBONE"}},
            "services": {}
        }))
        .unwrap();
        assert_eq!(pods_pass(&old, &["in-ambient-1"]), [true, true]);
    }
}
