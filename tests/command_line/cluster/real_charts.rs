//! The values of this project in the real charts, by the real `helm template`. Charts are taken from the folder that `MESHDELTA_TEST_CHARTS` names:
//! those whose Go modules hold them (Istio, k6-operator, metrics-server), of versions near the pinned ones.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use meshdelta_collector::cluster::{COMPONENTS, Chart, Component, ComponentId};
use meshdelta_collector::kubernetes::parse_manifests;
use serde_json::Value;

fn component(id: ComponentId) -> &'static Component {
    static ALL: [Component; COMPONENTS.len()] = COMPONENTS;
    ALL.iter().find(|component| component.id == id).unwrap()
}

/// Renders a chart with the values of this project, and returns its objects.
fn render(id: ComponentId, more: &[&str]) -> Vec<Value> {
    let chart: &Chart = component(id).chart().unwrap();
    let folder = PathBuf::from(
        std::env::var_os("MESHDELTA_TEST_CHARTS")
            .expect("MESHDELTA_TEST_CHARTS names a folder with charts"),
    );
    let helm = std::env::var("MESHDELTA_TEST_HELM").unwrap_or_else(|_| "helm".to_owned());
    let mut child = Command::new(helm)
        .args(["template", chart.release])
        .arg(folder.join(chart.name))
        .args([
            "--namespace",
            chart.namespace,
            "--kube-version",
            "1.36.4",
            "--values",
            "-",
        ])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(chart.values.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let objects = parse_manifests(chart.name, &text).unwrap();
    objects
        .iter()
        .map(|object| serde_json::to_value(object).unwrap())
        .collect()
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects
        .iter()
        .filter(|object| object["kind"] == kind)
        .collect()
}

/// Tells whether the component would be known by its labels.
fn is_known(id: ComponentId, workload: &Value) -> bool {
    let labels = [
        &workload["metadata"]["labels"],
        &workload["spec"]["template"]["metadata"]["labels"],
    ];
    let known = component(id).labels;
    labels
        .iter()
        .any(|labels| known.iter().any(|(key, value)| labels[*key] == *value))
}

#[test]
#[ignore = "needs charts: make test-cluster"]
fn istiod_is_for_ambient_with_native_sidecars_and_one_replica() {
    let objects = render(ComponentId::Istiod, &[]);
    assert!(of_kind(&objects, "HorizontalPodAutoscaler").is_empty());
    let deployments = of_kind(&objects, "Deployment");
    let [istiod] = deployments[..] else {
        panic!("{} Deployments", deployments.len());
    };
    assert!(is_known(ComponentId::Istiod, istiod));
    assert_eq!(istiod["spec"]["replicas"], 1);
    let container = &istiod["spec"]["template"]["spec"]["containers"][0];
    let variables = container["env"].as_array().unwrap();
    for name in ["ENABLE_NATIVE_SIDECARS", "PILOT_ENABLE_AMBIENT"] {
        let variable = variables.iter().find(|variable| variable["name"] == name);
        assert_eq!(variable.unwrap()["value"], "true", "{name}");
    }
    assert_eq!(container["resources"]["requests"]["memory"], "512Mi");
    let waypoint = of_kind(&objects, "ConfigMap")
        .into_iter()
        .find(|map| {
            map["metadata"]["labels"]["gateway.istio.io/defaults-for-class"] == "istio-waypoint"
        })
        .expect("a ConfigMap with the defaults of waypoints");
    let defaults = waypoint["data"]["deployment"].as_str().unwrap();
    assert!(defaults.contains("replicas: 2"), "{defaults}");
}

#[test]
#[ignore = "needs charts: make test-cluster"]
fn the_agents_of_ambient_are_known_by_their_labels() {
    for id in [ComponentId::IstioCni, ComponentId::Ztunnel] {
        let objects = render(id, &[]);
        let agents = of_kind(&objects, "DaemonSet");
        assert_eq!(agents.len(), 1, "{id}");
        assert!(is_known(id, agents[0]), "{id}");
    }
    let cni = render(ComponentId::IstioCni, &[]);
    let configuration = of_kind(&cni, "ConfigMap")[0].to_string();
    assert!(
        configuration.contains(r#""AMBIENT_ENABLED":"true""#),
        "{configuration}"
    );
}

#[test]
#[ignore = "needs charts: make test-cluster"]
fn the_definitions_of_istio_stay_when_its_base_is_uninstalled() {
    let objects = render(ComponentId::IstioBase, &[]);
    let definitions = of_kind(&objects, "CustomResourceDefinition");
    assert!(definitions.len() > 10);
    let groups = component(ComponentId::IstioBase).groups;
    for definition in definitions {
        // So they are removed by meshdelta, after it has looked whether others need them.
        assert_eq!(
            definition["metadata"]["annotations"]["helm.sh/resource-policy"],
            "keep"
        );
        let group = definition["spec"]["group"].as_str().unwrap();
        assert!(groups.contains(&group), "{group}");
    }
}

#[test]
#[ignore = "needs charts: make test-cluster"]
fn the_operator_of_k6_brings_no_namespace_and_its_definitions_only_when_wanted() {
    let objects = render(ComponentId::K6Operator, &[]);
    assert!(of_kind(&objects, "Namespace").is_empty());
    assert!(!of_kind(&objects, "CustomResourceDefinition").is_empty());
    let deployments = of_kind(&objects, "Deployment");
    assert!(is_known(ComponentId::K6Operator, deployments[0]));
    let containers = deployments[0]["spec"]["template"]["spec"]["containers"]
        .as_array()
        .unwrap();
    assert!(
        containers
            .iter()
            .any(|container| container["resources"]["limits"]["memory"] == "256Mi")
    );

    let without = component(ComponentId::K6Operator)
        .chart()
        .unwrap()
        .without_definitions;
    let objects = render(ComponentId::K6Operator, &["--set", without[0]]);
    assert!(of_kind(&objects, "CustomResourceDefinition").is_empty());
}

#[test]
#[ignore = "needs charts: make test-cluster"]
fn metrics_server_trusts_the_kubelets_of_kind_and_only_those() {
    let arguments = |more: &[&str]| {
        let objects = render(ComponentId::MetricsServer, more);
        let server = of_kind(&objects, "Deployment")[0].clone();
        assert!(is_known(ComponentId::MetricsServer, &server));
        server["spec"]["template"]["spec"]["containers"][0]["args"].to_string()
    };
    let on_kind = component(ComponentId::MetricsServer)
        .chart()
        .unwrap()
        .kind_values;
    assert!(arguments(&["--set", on_kind[0]]).contains("--kubelet-insecure-tls"));
    assert!(!arguments(&[]).contains("insecure"));
}
