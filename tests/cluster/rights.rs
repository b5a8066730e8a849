//! A user with no more than `manifests/kubernetes/rbac.yaml` can run; one with less is told what is missing, and nothing is changed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use meshdelta_collector::kubernetes::{Cluster, parse_manifests};
use serde_json::json;

use crate::support::{TestCluster, on_cluster};

const RBAC: &str = include_str!("../../manifests/kubernetes/rbac.yaml");

/// Makes a service account, and returns a kubeconfig with a token of it.
fn kubeconfig_of(cluster: &TestCluster, account: &str) -> PathBuf {
    let token = on_cluster(&cluster.kubeconfig(), async |cluster| {
        let manifest = format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {account}, namespace: default}}\n"
        );
        let objects = parse_manifests("account", &manifest).unwrap();
        cluster.apply_all(&objects, &BTreeMap::new()).await.unwrap();
        token(&cluster, account).await
    });
    let admin = fs_err::read_to_string(cluster.kubeconfig()).unwrap();
    let start = admin.find("users:").unwrap();
    let name = admin[start..].split("name:").nth(1).unwrap();
    let name = name.split([',', '\n', '}']).next().unwrap().trim();
    let rest = admin[..start].to_owned();
    // The kubeconfig of the test cluster has its users last.
    let text = format!("{rest}users:\n- name: {name}\n  user: {{token: \"{token}\"}}\n");
    let path = cluster.path(account);
    fs_err::write(&path, text).unwrap();
    path
}

async fn token(cluster: &Cluster, account: &str) -> String {
    let path = format!("/api/v1/namespaces/default/serviceaccounts/{account}/token");
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}});
    let request = http::Request::post(path)
        .header("content-type", "application/json")
        .body(serde_json::to_vec(&body).unwrap())
        .unwrap();
    let answer: serde_json::Value = cluster.client().request(request).await.unwrap();
    answer["status"]["token"].as_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs a real cluster"]
fn a_user_without_rights_is_told_all_that_is_missing_before_anything_is_changed() {
    let cluster = TestCluster::new("refused");
    let kubeconfig = kubeconfig_of(&cluster, "meshdelta-without-rights");
    let plan = cluster.plan("grafana = \"\"");
    let said = cluster.run_as(
        &kubeconfig,
        &["run", &plan, "--output", &cluster.text("run")],
    );
    assert_eq!(said.code, Some(6));
    for right in [
        "create testruns.k6.io in namespace kube-refused-load",
        "patch deployments.apps in namespace kube-refused",
        "get pods/log in namespace kube-refused-load",
        "create leases.coordination.k8s.io in namespace default",
        "get services/proxy `http:kps-prometheus:9090` in namespace monitoring",
    ] {
        assert!(
            said.stderr.contains(right),
            "{right} is missing in\n{}",
            said.stderr
        );
    }
    assert_eq!(cluster.left(), Vec::<String>::new());
}

#[test]
#[ignore = "needs a real cluster"]
fn the_rights_of_the_manifest_are_enough() {
    let cluster = TestCluster::new("rights");
    let kubeconfig = kubeconfig_of(&cluster, "meshdelta-with-rights");
    let (servers, load) = (cluster.namespace(), cluster.load_namespace());
    // The manifest with the namespaces of this test and its service account; that of Istio is not there.
    let account = "{kind: ServiceAccount, name: meshdelta-with-rights, namespace: default}";
    let manifest = RBAC
        .replace(
            "{apiGroup: rbac.authorization.k8s.io, kind: Group, name: meshdelta}",
            account,
        )
        .replace("namespace: meshdelta-load", &format!("namespace: {load}"))
        .replace("namespace: meshdelta\n", &format!("namespace: {servers}\n"))
        .replace("name: meshdelta-load\n", &format!("name: {load}\n"))
        .replace("name: meshdelta\n", &format!("name: {servers}\n"));
    let objects: Vec<_> = parse_manifests("rbac.yaml", &manifest)
        .unwrap()
        .into_iter()
        .filter(|object| object.metadata.namespace.as_deref() != Some("istio-system"))
        .collect();
    let label = BTreeMap::from([("meshdelta.io/test".to_owned(), "rights".to_owned())]);
    on_cluster(&cluster.kubeconfig(), async |admin| {
        admin.apply_all(&objects, &label).await.unwrap();
    });
    let plan = cluster.plan("grafana = \"\"");
    let said = cluster.run_as(
        &kubeconfig,
        &["run", &plan, "--output", &cluster.text("run")],
    );
    on_cluster(&cluster.kubeconfig(), async |admin| {
        for object in objects.iter().rev() {
            admin.delete(object).await.unwrap();
        }
    });
    assert!(matches!(said.code, Some(0 | 5)));
}
