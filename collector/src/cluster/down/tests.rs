//! What `down` deletes, by an API server and a helm that answer as written.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::ledger::ReleaseName;
use super::super::ledger_store::NAME;
use super::*;
use crate::kubernetes::Access;

const LEDGER: &str = "/api/v1/namespaces/meshdelta-system/configmaps/meshdelta-ledger";
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const FILTERS: &str = "envoyfilters.networking.istio.io";

/// Lists istiod and istio-base; only those of `OURS` have the label.
const HELM: &str = r#"#!/bin/sh
echo "$*" >> "$0.calls"
one() { echo "{\"name\":\"$1\",\"namespace\":\"istio-system\",\"status\":\"deployed\",\"chart\":\"$1-1.30.3\"}"; }
case "$*" in
  uninstall*) ;;
  *--selector*) list="OURS" ;;
  *) list="istio-base istiod" ;;
esac
sep=; printf '['
for name in $list; do printf '%s' "$sep"; one "$name"; sep=,; done
printf ']'
"#;

fn helm(folder: &std::path::Path, ours: &str) -> Helm {
    let program = folder.join("helm");
    fs_err::write(&program, HELM.replace("OURS", ours)).unwrap();
    let executable = std::fs::Permissions::from_mode(0o755);
    fs_err::set_permissions(&program, executable).unwrap();
    Helm::new(program, Access::default())
}

async fn answer(server: &MockServer, verb: &str, place: &str, body: Value) {
    let mock = Mock::given(method(verb)).and(path(place));
    mock.respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

fn list(kind: &str, items: &Value) -> Value {
    json!({"kind": format!("{kind}List"), "apiVersion": "v1", "metadata": {}, "items": items})
}

fn installed(id: ComponentId, name: &str, definitions: &[&str]) -> Item {
    Item::Component(InstalledComponent {
        id,
        release: Some(ReleaseName {
            name: name.to_owned(),
            namespace: "istio-system".to_owned(),
        }),
        version: "1.30.3".to_owned(),
        fingerprint: String::new(),
        definitions_before: Vec::new(),
        definitions: definitions.iter().map(|&name| name.to_owned()).collect(),
    })
}

fn ledger_map() -> Value {
    let mut ledger = Ledger::new(None);
    let base = installed(ComponentId::IstioBase, "istio-base", &[FILTERS]);
    ledger.begin(base.clone());
    ledger.complete(&base, vec![FILTERS.to_owned()]);
    let istiod = installed(ComponentId::Istiod, "istiod", &[]);
    ledger.begin(istiod.clone());
    ledger.complete(&istiod, Vec::new());
    let text = serde_json::to_string(&ledger).unwrap();
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"ledger.json": text},
        "metadata": {"name": NAME, "namespace": SYSTEM_NAMESPACE, "uid": "u", "resourceVersion": "1"}
    })
}

/// A server with one definition of istio-base, and a resource of it that the release `istiod` made.
async fn server(istiod_runs: bool) -> MockServer {
    let server = MockServer::start().await;
    answer(&server, "GET", LEDGER, ledger_map()).await;
    answer(&server, "PUT", LEDGER, ledger_map()).await;
    let names = json!({"kind": "EnvoyFilter", "plural": "envoyfilters"});
    let version = json!({"name": "v1alpha3", "served": true, "storage": true});
    let definition = json!({
        "metadata": {"name": FILTERS},
        "spec": {"group": "networking.istio.io", "scope": "Namespaced", "names": names, "versions": [version]}
    });
    let all = json!({
        "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {},
        "items": [{"metadata": {"name": FILTERS}}]
    });
    answer(&server, "GET", DEFINITIONS, all).await;
    let one = format!("{DEFINITIONS}/{FILTERS}");
    answer(&server, "GET", &one, definition).await;
    answer(
        &server,
        "DELETE",
        &one,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Success"}),
    )
    .await;
    let filter = json!([{"metadata": {"name": "stats", "namespace": "istio-system", "annotations": {
        "meta.helm.sh/release-name": "istiod", "meta.helm.sh/release-namespace": "istio-system"
    }}}]);
    let filters = "/apis/networking.istio.io/v1alpha3/envoyfilters";
    answer(&server, "GET", filters, list("EnvoyFilter", &filter)).await;
    let istiod = json!([{"metadata": {"name": "istiod", "namespace": "istio-system", "labels": {"app": "istiod"}},
        "spec": {"selector": {}, "template": {"metadata": {"labels": {"app": "istiod"}}}}}]);
    let deployments = if istiod_runs { istiod } else { json!([]) };
    answer(
        &server,
        "GET",
        "/apis/apps/v1/deployments",
        list("Deployment", &deployments),
    )
    .await;
    let others = Mock::given(method("GET")).and(path_regex(
        "^/apis/(apps|admissionregistration.k8s.io)/v1/[a-z]+$",
    ));
    others
        .respond_with(ResponseTemplate::new(200).set_body_json(list("Any", &json!([]))))
        .with_priority(10)
        .mount(&server)
        .await;
    server
}

/// Removes all, and returns what was kept, what was deleted from the API server, and what helm uninstalled.
async fn removed(server: &MockServer, ours: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let helm = helm(folder.path(), ours);
    let cluster = Cluster::of_test(server);
    let store = LedgerStore::open(&cluster).await.unwrap();
    let releases = helm.list(store.uid()).await.unwrap();
    let mut remover = Remover {
        cluster: &cluster,
        helm: Some(helm),
        store,
        releases,
        foreign: Vec::new(),
        timeout: Duration::from_secs(1),
        tell: &|_| {},
        kept: Kept::default(),
    };
    let entries = remover.store.ledger().entries.clone();
    for entry in entries.iter().rev() {
        let Item::Component(installed) = &entry.item else {
            panic!("{entry:?}");
        };
        if remover.remove_component(installed, entry).await.unwrap() {
            let forget = |ledger: &mut Ledger| ledger.remove(&entry.item);
            remover.store.change(forget).await.unwrap();
        }
    }
    let requests = server.received_requests().await.unwrap();
    let deletions = requests
        .iter()
        .filter(|request| request.method.as_str() == "DELETE");
    let deleted = deletions
        .map(|request| request.url.path().to_owned())
        .collect();
    let calls = fs_err::read_to_string(folder.path().join("helm.calls")).unwrap();
    let uninstalled = calls
        .lines()
        .filter_map(|line| line.strip_prefix("uninstall "));
    let names = uninstalled
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned);
    (remover.kept.0, deleted, names.collect())
}

#[tokio::test]
async fn what_is_ours_goes_with_its_definitions() {
    let (kept, deleted, uninstalled) = removed(&server(false).await, "istio-base istiod").await;
    assert_eq!(kept, [""; 0]);
    assert_eq!(deleted, [format!("{DEFINITIONS}/{FILTERS}")]);
    assert_eq!(uninstalled, ["istiod", "istio-base"]);
}

#[tokio::test]
async fn under_a_foreign_istiod_our_definitions_stay() {
    let (kept, deleted, uninstalled) = removed(&server(true).await, "istio-base").await;
    assert_eq!(
        kept,
        [
            "istiod: meshdelta did not install release istiod (istiod-1.30.3, deployed) in namespace istio-system",
            "istio-base: istiod, which meshdelta did not install, needs it"
        ]
    );
    assert_eq!(deleted, [""; 0]);
    assert_eq!(uninstalled, [""; 0]);
}

const NAMESPACE: &str = "/api/v1/namespaces/meshdelta-system";

/// A server with nothing left but the ledger, and a config map beside it.
async fn server_with_empty_ledger(map: &str) -> MockServer {
    let server = MockServer::start().await;
    let text = serde_json::to_string(&Ledger::new(None)).unwrap();
    let ledger = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"ledger.json": text},
        "metadata": {"name": NAME, "namespace": SYSTEM_NAMESPACE, "uid": "u", "resourceVersion": "1"}
    });
    answer(&server, "GET", LEDGER, ledger).await;
    let namespace = json!({"metadata": {
        "name": SYSTEM_NAMESPACE, "labels": {"app.kubernetes.io/managed-by": "meshdelta"}
    }});
    let namespace = ResponseTemplate::new(200).set_body_json(namespace);
    let there = Mock::given(method("GET")).and(path(NAMESPACE));
    there
        .respond_with(namespace)
        .up_to_n_times(2)
        .mount(&server)
        .await;
    let gone = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": ""});
    Mock::given(method("GET"))
        .and(path(NAMESPACE))
        .respond_with(ResponseTemplate::new(404).set_body_json(gone))
        .mount(&server)
        .await;
    let groups = |items: Value| json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
    let maps = json!({"resource": "configmaps", "responseKind": {"kind": "ConfigMap"}, "scope": "Namespaced", "verbs": ["list", "delete"]});
    let core = json!({"metadata": {"name": ""}, "versions": [{"version": "v1", "resources": [maps], "freshness": "Current"}]});
    answer(&server, "GET", "/api", groups(json!([core]))).await;
    answer(&server, "GET", "/apis", groups(json!([]))).await;
    let maps = json!({
        "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {},
        "items": [{"metadata": {"name": map}}]
    });
    let place = format!("{NAMESPACE}/configmaps");
    answer(&server, "GET", &place, maps).await;
    let done = json!({"kind": "Status", "apiVersion": "v1", "status": "Success"});
    answer(&server, "DELETE", NAMESPACE, done.clone()).await;
    let as_read = json!({"preconditions": {"uid": "u", "resourceVersion": "1"}});
    Mock::given(method("DELETE"))
        .and(path(LEDGER))
        .and(body_partial_json(as_read))
        .respond_with(ResponseTemplate::new(200).set_body_json(done))
        .mount(&server)
        .await;
    server
}

/// Removes the ledger, and returns what was kept and what was deleted.
async fn without_ledger(server: &MockServer) -> (Vec<String>, Vec<String>) {
    let cluster = Cluster::of_test(server);
    let mut remover = Remover {
        cluster: &cluster,
        helm: None,
        store: LedgerStore::open(&cluster).await.unwrap(),
        releases: Vec::new(),
        foreign: Vec::new(),
        timeout: Duration::from_secs(1),
        tell: &|_| {},
        kept: Kept::default(),
    };
    remover.remove_all().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let deletions = requests
        .iter()
        .filter(|request| request.method.as_str() == "DELETE");
    let deleted = deletions.map(|request| request.url.path().to_owned());
    (remover.kept.0, deleted.collect())
}

#[tokio::test]
async fn the_ledger_goes_as_it_was_read_and_then_its_namespace() {
    let server = server_with_empty_ledger("kube-root-ca.crt").await;
    let (kept, deleted) = without_ledger(&server).await;
    assert_eq!(kept, [""; 0]);
    assert_eq!(deleted, [LEDGER, NAMESPACE]);
}

#[tokio::test]
async fn the_ledger_stays_with_a_namespace_that_has_to_stay() {
    let server = server_with_empty_ledger("theirs").await;
    let (kept, deleted) = without_ledger(&server).await;
    assert_eq!(
        kept,
        [
            "namespace meshdelta-system with the ledger: others have something in it: ConfigMap theirs"
        ]
    );
    assert_eq!(deleted, [""; 0]);
}

#[test]
fn what_stays_is_not_announced_for_removal() {
    let mut ledger = Ledger::new(None);
    for name in ["istio-system", "monitoring"] {
        ledger.begin(Item::Namespace(name.to_owned()));
    }
    ledger.begin(installed(ComponentId::KubePrometheusStack, "kps", &[]));
    ledger.begin(installed(ComponentId::IstioBase, "istio-base", &[]));
    ledger.begin(installed(ComponentId::Istiod, "istiod", &[]));
    let release = |name: &str, is_ours| Release {
        name: name.to_owned(),
        namespace: "istio-system".to_owned(),
        status: "deployed".to_owned(),
        chart: String::new(),
        is_ours,
    };
    let of = |is_ours| {
        announced(
            &ledger,
            &[release("istio-base", true), release("istiod", is_ours)],
        )
    };
    assert_eq!(of(true).len(), 6);
    assert_eq!(
        of(false),
        [
            "kube-prometheus-stack 1.30.3 (release kps in namespace istio-system)",
            "namespace monitoring"
        ]
    );
}
