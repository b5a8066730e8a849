use std::collections::BTreeMap;

use super::super::component::COMPONENTS;
use super::super::inspection::{GatewayBundle, component};
use super::super::ledger::{InstalledComponent, Item};
use super::super::release::Release;
use super::super::workload::Workload;
use super::*;

const PRINT: &str = "print";

fn workload(name: &str, image: &str, labels: &[(&str, &str)]) -> Workload {
    Workload {
        kind: "Deployment",
        namespace: "theirs".to_owned(),
        name: name.to_owned(),
        desired: 1,
        ready: 1,
        image: image.to_owned(),
        labels: labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        pod_labels: BTreeMap::new(),
        release: None,
    }
}

fn istiod(version: &str) -> Workload {
    workload(
        "istiod-stable",
        &format!("registry.istio.io/release/pilot:{version}"),
        &[("app", "istiod"), ("istio.io/rev", "stable")],
    )
}

fn with(workloads: Vec<Workload>) -> Inspection {
    Inspection {
        workloads,
        ..Inspection::default()
    }
}

fn decide_on(id: ComponentId, inspection: &Inspection) -> Decision {
    decide(component(id), inspection, &Ledger::new(None), PRINT, true)
}

fn installed(id: ComponentId, version: &str, fingerprint: &str, complete: bool) -> Ledger {
    let mut ledger = Ledger::new(None);
    let item = Item::Component(InstalledComponent {
        id,
        release: None,
        version: version.to_owned(),
        fingerprint: fingerprint.to_owned(),
        definitions_before: Vec::new(),
        definitions: Vec::new(),
    });
    ledger.begin(item.clone());
    if complete {
        ledger.complete(&item, Vec::new());
    }
    ledger
}

#[test]
fn an_empty_cluster_gets_everything() {
    for component in COMPONENTS {
        assert_eq!(
            decide_on(component.id, &Inspection::default()),
            Decision::Install,
            "{}",
            component.id
        );
    }
}

#[test]
fn kiali_can_be_left_out() {
    let decision = decide(
        component(ComponentId::Kiali),
        &Inspection::default(),
        &Ledger::new(None),
        PRINT,
        false,
    );
    assert!(matches!(decision, Decision::Leave { .. }));
}

#[test]
fn what_was_begun_is_gone_on_with_and_what_is_done_is_left() {
    let decide = |ledger: &Ledger| {
        decide(
            component(ComponentId::Istiod),
            &Inspection::default(),
            ledger,
            PRINT,
            true,
        )
    };
    assert_eq!(
        decide(&installed(ComponentId::Istiod, "1.30.3", PRINT, false)),
        Decision::GoOn
    );
    assert_eq!(
        decide(&installed(ComponentId::Istiod, "1.30.3", PRINT, true)),
        Decision::Done
    );
    assert_eq!(
        decide(&installed(ComponentId::Istiod, "1.29.0", "other", true)),
        Decision::Upgrade {
            from: "1.29.0".to_owned()
        }
    );
}

#[test]
fn a_foreign_istio_is_kept_whole_with_its_version_and_revision() {
    let inspection = with(vec![istiod("1.29.1")]);
    assert_eq!(
        decide_on(ComponentId::Istiod, &inspection),
        Decision::Keep {
            seen: "1.29.1 in namespace theirs, revision stable".to_owned()
        }
    );
    let with_definitions = Inspection {
        definitions: vec!["virtualservices.networking.istio.io".to_owned()],
        ..inspection.clone()
    };
    assert!(matches!(
        decide_on(ComponentId::IstioBase, &with_definitions),
        Decision::Keep { .. }
    ));
    // Installed without ambient: nothing is added to it.
    for id in [ComponentId::IstioCni, ComponentId::Ztunnel] {
        assert!(
            matches!(decide_on(id, &inspection), Decision::Leave { .. }),
            "{id}"
        );
    }
    let ambient = with(vec![
        istiod("1.29.1"),
        workload("ztunnel", "ztunnel:1.29.1", &[("app", "ztunnel")]),
    ]);
    assert!(matches!(
        decide_on(ComponentId::Ztunnel, &ambient),
        Decision::Keep { .. }
    ));
}

#[test]
fn an_old_foreign_istio_does_not_serve() {
    let decision = decide_on(ComponentId::Istiod, &with(vec![istiod("1.23.9")]));
    assert!(matches!(decision, Decision::Unfit { .. }), "{decision:?}");
}

#[test]
fn our_own_istio_is_not_taken_for_a_foreign_one() {
    // The istiod of an earlier call runs; ztunnel was not reached yet.
    let ledger = installed(ComponentId::Istiod, "1.30.3", PRINT, true);
    let inspection = with(vec![istiod("1.30.3")]);
    let decision = decide(
        component(ComponentId::Ztunnel),
        &inspection,
        &ledger,
        PRINT,
        true,
    );
    assert_eq!(decision, Decision::Install);
}

#[test]
fn definitions_of_the_gateway_api_are_never_downgraded_nor_upgraded_for_others() {
    let decide_bundle = |version| {
        let inspection = Inspection {
            gateway_api: Some(GatewayBundle {
                version,
                channel: "experimental".to_owned(),
            }),
            ..Inspection::default()
        };
        decide_on(ComponentId::GatewayApi, &inspection)
    };
    let kept = |seen: &str| Decision::Keep {
        seen: seen.to_owned(),
    };
    assert_eq!(
        decide_bundle(Some(Version(1, 7, 0))),
        kept("version 1.7.0, channel experimental")
    );
    assert_eq!(
        decide_bundle(Some(Version(1, 2, 0))),
        kept("version 1.2.0, channel experimental")
    );
    assert_eq!(
        decide_bundle(None),
        kept("version unknown, channel experimental")
    );
    // Its standard channel does not know how a waypoint is given replicas and resources.
    for old in [Version(1, 1, 1), Version(0, 8, 1)] {
        assert!(matches!(
            decide_bundle(Some(old)),
            Decision::Unfit { advice, .. } if advice.contains("needs 1.2.0 or newer")
        ));
    }
    // Our own, of a newer meshdelta.
    let ledger = installed(ComponentId::GatewayApi, "1.9.0", "other", true);
    let decision = decide(
        component(ComponentId::GatewayApi),
        &Inspection::default(),
        &ledger,
        PRINT,
        true,
    );
    assert_eq!(decision, Decision::Done);
}

#[test]
fn an_old_foreign_k6_operator_does_not_serve() {
    let operator = |tag: &str| {
        with(vec![workload(
            "k6-operator-controller-manager",
            &format!("ghcr.io/grafana/k6-operator:{tag}"),
            &[("app.kubernetes.io/name", "k6-operator")],
        )])
    };
    assert!(matches!(
        decide_on(ComponentId::K6Operator, &operator("controller-v1.4.0")),
        Decision::Unfit { .. }
    ));
    assert!(matches!(
        decide_on(ComponentId::K6Operator, &operator("controller-v1.6.1")),
        Decision::Keep { .. }
    ));
}

#[test]
fn a_foreign_metrics_api_is_kept_whoever_serves_it() {
    let inspection = Inspection {
        has_metrics_api: true,
        ..Inspection::default()
    };
    assert!(matches!(
        decide_on(ComponentId::MetricsServer, &inspection),
        Decision::Keep { .. }
    ));
}

#[test]
fn monitors_go_to_any_operator_of_prometheus_and_to_none_where_there_is_none() {
    let prometheus = workload(
        "prometheus",
        "prometheus:v3.5.3",
        &[("app.kubernetes.io/name", "prometheus")],
    );
    let without_operator = with(vec![prometheus.clone()]);
    assert!(matches!(
        decide_on(ComponentId::MeshMonitors, &without_operator),
        Decision::Leave { .. }
    ));
    let with_operator = Inspection {
        definitions: vec!["podmonitors.monitoring.coreos.com".to_owned()],
        ..with(vec![prometheus])
    };
    assert_eq!(
        decide_on(ComponentId::MeshMonitors, &with_operator),
        Decision::Install
    );
}

#[test]
fn a_release_of_somebody_else_under_our_name_is_never_touched() {
    let inspection = |is_ours| Inspection {
        releases: vec![Release {
            name: "istiod".to_owned(),
            namespace: "istio-system".to_owned(),
            status: "deployed".to_owned(),
            chart: "istiod-1.29.0".to_owned(),
            is_ours,
        }],
        ..Inspection::default()
    };
    let id = ComponentId::Istiod;
    for (fingerprint, complete, ours) in [
        (PRINT, true, Decision::Done),
        (PRINT, false, Decision::GoOn),
        (
            "other",
            true,
            Decision::Upgrade {
                from: "1.30.3".to_owned(),
            },
        ),
    ] {
        let ledger = installed(id, "1.30.3", fingerprint, complete);
        let decided = |is_ours| decide(component(id), &inspection(is_ours), &ledger, PRINT, true);
        assert_eq!(decided(true), ours);
        let Decision::Keep { seen } = decided(false) else {
            panic!("{:?}", decided(false));
        };
        assert_eq!(
            seen,
            "release istiod (istiod-1.29.0, deployed) in namespace istio-system, which meshdelta did not install"
        );
    }
}
