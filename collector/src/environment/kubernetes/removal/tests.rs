//! What is deleted in the end of a run, by an API server that answers as written.

use serde_json::{Value, json};
use tokio::time::Instant;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::kubernetes::Cluster;
use meshdelta_run::RunId;
use meshdelta_run::plan::KubernetesPlan;

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/default/leases/meshdelta-run";
const NAMESPACES: &str = "/api/v1/namespaces";
const NAMESPACE: &str = "/api/v1/namespaces/load";
const SCRIPT: &str = "/api/v1/namespaces/load/configmaps/script";

async fn answer(server: &MockServer, verb: &str, place: &str, body: Value) {
    Mock::given(method(verb))
        .and(path(place))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

/// A server with the namespace that the run made, with `maps` in it, and the Lease of `holder`. The second list of namespaces is empty.
async fn server(holder: &str, maps: &Value) -> MockServer {
    let server = MockServer::start().await;
    let resource = |name: &str, kind: &str, namespaced: bool| json!({"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"]});
    let all = json!([
        resource("namespaces", "Namespace", false),
        resource("configmaps", "ConfigMap", true)
    ]);
    let kinds = json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": all});
    answer(&server, "GET", "/api/v1", kinds).await;
    let config_maps = json!({"resource": "configmaps", "responseKind": {"kind": "ConfigMap"}, "scope": "Namespaced", "verbs": ["list", "delete"]});
    let core = json!({"metadata": {"name": ""}, "versions": [{"version": "v1", "resources": [config_maps], "freshness": "Current"}]});
    let groups = |items: Value| json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
    answer(&server, "GET", "/api", groups(json!([core]))).await;
    answer(&server, "GET", "/apis", groups(json!([]))).await;
    let maps = json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "items": maps});
    let place = "/api/v1/namespaces/load/configmaps";
    // The first list is of what the run made; one map is there until it is deleted.
    let script = json!([{"metadata": {"name": "script", "namespace": "load", "uid": "s", "resourceVersion": "1"}}]);
    for items in [script, json!([])] {
        let list =
            json!({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {}, "items": items});
        Mock::given(method("GET"))
            .and(path(place))
            .and(query_param("labelSelector", "meshdelta.io/run=r1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(list))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    answer(&server, "GET", place, maps).await;
    let list = |items: Value| json!({"kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": items});
    let made = json!([{"metadata": {"name": "load", "labels": {"meshdelta.io/run": "r1"}}}]);
    Mock::given(method("GET"))
        .and(path(NAMESPACES))
        .respond_with(ResponseTemplate::new(200).set_body_json(list(made)))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    answer(&server, "GET", NAMESPACES, list(json!([]))).await;
    let gone = json!({"kind": "Status", "apiVersion": "v1", "status": "Success"});
    answer(&server, "DELETE", "/api/v1/namespaces/load", gone.clone()).await;
    answer(&server, "DELETE", SCRIPT, gone.clone()).await;
    answer(&server, "DELETE", LEASE, gone).await;
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "meshdelta-run", "namespace": "default", "uid": "u", "resourceVersion": "1"},
        "spec": {"holderIdentity": holder, "renewTime": "2026-11-27T10:00:00.000000Z"}
    });
    answer(&server, "GET", LEASE, lease.clone()).await;
    answer(&server, "PATCH", LEASE, lease).await;
    server
}

/// Ends a run that made the namespace, and returns what was deleted.
async fn deleted(server: &MockServer) -> Vec<String> {
    let (removed, deleted) = end(server).await;
    removed.unwrap();
    deleted
}

/// Ends a run that made the namespace, and returns what came of it.
async fn end(server: &MockServer) -> (Result<(), CollectorError>, Vec<String>) {
    let cluster = Cluster::of_test(server);
    let run = RunId::try_new("r1".to_owned()).unwrap();
    let mut session = Session::new(cluster.clone(), KubernetesPlan::default(), &run);
    session.made.push(Scope {
        kind: namespace_kind(),
        namespace: None,
    });
    session.made.push(Scope {
        kind: KindName::new("v1", "ConfigMap"),
        namespace: Some("load".to_owned()),
    });
    session.lease = Some(HeldLease::held(&cluster, "me".to_owned(), Instant::now()));
    let removed = session.remove().await;
    let requests = server.received_requests().await.unwrap();
    let deletions = requests
        .iter()
        .filter(|request| request.method.as_str() == "DELETE");
    let deleted = deletions.map(|request| request.url.path().to_owned());
    (removed, deleted.collect())
}

#[tokio::test]
async fn a_namespace_that_the_run_made_goes_once_nothing_is_in_it() {
    let server = server("me", &json!([{"metadata": {"name": "kube-root-ca.crt"}}])).await;
    assert_eq!(deleted(&server).await, [SCRIPT, NAMESPACE, LEASE]);
}

#[tokio::test]
async fn a_namespace_in_which_others_have_something_stays() {
    let server = server("me", &json!([{"metadata": {"name": "theirs"}}])).await;
    assert_eq!(deleted(&server).await, [SCRIPT, LEASE]);
}

#[tokio::test]
async fn what_an_earlier_run_left_in_a_namespace_does_not_keep_it() {
    let labels = json!({"app.kubernetes.io/managed-by": "meshdelta", "meshdelta.io/run": "r0"});
    let server = server(
        "me",
        &json!([{"metadata": {"name": "script", "labels": labels}}]),
    )
    .await;
    assert_eq!(deleted(&server).await, [SCRIPT, NAMESPACE, LEASE]);
}

#[tokio::test]
async fn after_the_lease_was_lost_all_is_left_to_the_other_run() {
    let server = server("another run", &json!([])).await;
    let (removed, deleted) = end(&server).await;
    assert_eq!(deleted, [""; 0]);
    let error = removed.unwrap_err().to_string();
    assert!(
        error.contains("label meshdelta.io/run=r1") && error.contains("another run took its Lease"),
        "{error}"
    );
}

#[tokio::test]
async fn a_lease_that_is_lost_during_the_removal_saves_the_namespace() {
    let server = server("me", &json!([])).await;
    let taken = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "meshdelta-run", "namespace": "default", "uid": "u", "resourceVersion": "2"},
        "spec": {"holderIdentity": "another run"}
    });
    let mine = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "meshdelta-run", "namespace": "default", "uid": "u", "resourceVersion": "1"},
        "spec": {"holderIdentity": "me"}
    });
    // Asked before the first deletion it is held, and taken since.
    let asked = Mock::given(method("GET")).and(path(LEASE));
    asked
        .respond_with(ResponseTemplate::new(200).set_body_json(mine))
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&server)
        .await;
    let later = Mock::given(method("GET")).and(path(LEASE));
    later
        .respond_with(ResponseTemplate::new(200).set_body_json(taken))
        .with_priority(2)
        .mount(&server)
        .await;
    let (removed, deleted) = end(&server).await;
    assert_eq!(deleted, [SCRIPT]);
    removed.unwrap_err();
}

#[tokio::test]
async fn a_lease_that_was_not_renewed_in_time_holds_if_nobody_took_it() {
    let long_ago = Instant::now().checked_sub(Duration::from_secs(90)).unwrap();
    for (holder, is_held) in [("me", true), ("another run", false)] {
        let server = server(holder, &json!([])).await;
        let cluster = Cluster::of_test(&server);
        let run = RunId::try_new("r1".to_owned()).unwrap();
        let mut session = Session::new(cluster.clone(), KubernetesPlan::default(), &run);
        let lease = HeldLease::held(&cluster, "me".to_owned(), long_ago);
        assert!(lease.is_lost());
        session.lease = Some(lease);
        assert_eq!(session.check_lease().await.is_ok(), is_held, "{holder}");
    }
}

#[test]
fn what_cannot_be_seen_is_not_taken_for_nothing() {
    let unknown = ["away.io/v1 (no answer)".to_owned()];
    assert_eq!(obstacle(&[], &[]), None);
    assert_eq!(
        obstacle(&[], &unknown).unwrap(),
        "whether others have something in it cannot be seen: away.io/v1 (no answer)"
    );
    let present = |name: &str| Present {
        kind: KindName::new("v1", "ConfigMap"),
        metadata: kube::api::ObjectMeta {
            name: Some(name.to_owned()),
            ..kube::api::ObjectMeta::default()
        },
    };
    let many: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(present).into();
    let text = obstacle(&many, &unknown).unwrap();
    assert!(
        text.starts_with("others have ConfigMap a, ") && text.ends_with(" and 1 more in it"),
        "{text}"
    );
}
