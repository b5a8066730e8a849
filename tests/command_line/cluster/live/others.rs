//! What others have in the cluster, and what the user may not do.

use super::{Live, assert_done};

/// A resource that a user made of a kind that came with an installation.
const THEIRS: &str = r"
apiVersion: k6.io/v1alpha1
kind: TestRun
metadata: {name: theirs, namespace: default}
spec: {}
";
const MONITOR: &str = r"
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: theirs, namespace: default}
spec: {selector: {}, podMetricsEndpoints: [{port: http}]}
";

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn what_others_made_meanwhile_is_kept_with_what_it_needs() {
    let live = Live::new();
    let before = live.world();
    let status_before = live.status();
    assert_done(&live.up(&[]));
    if status_before["kube-prometheus-stack"] != "missing" {
        // The definitions of monitors are not ours here, so that they stay is no finding.
        assert_done(&live.cluster(&["down", "--yes"]));
        return;
    }
    live.apply(MONITOR);
    live.apply(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs, namespace: monitoring}\n",
    );

    let said = live.cluster(&["down", "--yes"]);
    assert_done(&said);
    assert!(
        said.stderr
            .contains("kept: the definitions of kube-prometheus-stack"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("PodMonitor default/theirs"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("kept: namespace monitoring"),
        "{}",
        said.stderr
    );
    let world = live.world();
    assert!(world.contains("CustomResourceDefinition /podmonitors.monitoring.coreos.com"));
    assert!(world.contains("ConfigMap monitoring/theirs"));

    // Once nobody needs it, the same command removes the rest.
    live.delete(MONITOR);
    live.delete(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs, namespace: monitoring}\n",
    );
    let said = live.cluster(&["down", "--yes"]);
    assert_done(&said);
    let after = live.world();
    assert_eq!(after, before, "{}", said.stderr);
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn load_tests_of_others_keep_the_operator() {
    let live = Live::new();
    let status_before = live.status();
    assert_done(&live.up(&[]));
    if status_before["k6-operator"] == "missing" {
        let test_run = THEIRS.replace("v1alpha1", "v1");
        live.apply(&test_run);
        let said = live.cluster(&["down", "--yes"]);
        assert_done(&said);
        assert!(
            said.stderr.contains("kept: k6-operator: "),
            "{}",
            said.stderr
        );
        assert!(
            said.stderr.contains("TestRun default/theirs"),
            "{}",
            said.stderr
        );
        assert!(
            live.helm(&["list", "--all-namespaces"])
                .contains("k6-operator")
        );
        live.delete(&test_run);
    }
    assert_done(&live.cluster(&["down", "--yes"]));
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn rights_that_are_missing_are_listed_before_anything_is_made() {
    let mut live = Live::new();
    let before = live.world();
    let kubeconfig = fs_err::read_to_string(&live.kubeconfig).unwrap();
    let nobody = kubeconfig.replacen("token:", "as: nobody, token:", 1);
    assert_ne!(nobody, kubeconfig, "the user of the kubeconfig has a token");
    let file = live.environment.write("nobody", &nobody);
    let kubeconfig = std::mem::replace(&mut live.kubeconfig, file);
    let said = live.up(&[]);
    live.kubeconfig = kubeconfig;
    assert_eq!(said.code, Some(6), "{}", said.failure());
    assert!(
        said.stderr
            .contains("create customresourcedefinitions.apiextensions.k8s.io in the whole cluster"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("list nodes in the whole cluster"),
        "{}",
        said.stderr
    );
    assert_eq!(live.world(), before);
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn grafana_without_a_pod_cannot_be_opened_and_its_password_is_not_shown() {
    let live = Live::new();
    let status_before = live.status();
    assert_done(&live.up(&[]));
    if status_before["kube-prometheus-stack"] == "missing" {
        let said = live.cluster(&["open", "grafana"]);
        assert_eq!(said.code, Some(1), "{}", said.failure());
        assert!(
            said.stderr.contains("no pod behind it is ready"),
            "{}",
            said.stderr
        );
        assert!(!said.stderr.contains("a-secret-of-the-test"));
    }
    assert_done(&live.cluster(&["down", "--yes"]));
}
