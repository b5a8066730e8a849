//! What earlier runs left, by an API server that answers as written.

use meshdelta_run::RunId;
use meshdelta_run::plan::KubernetesPlan;
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::kubernetes::Cluster;

const TEST_RUNS: &str = "/apis/k6.io/v1alpha1/namespaces/load/testruns";
const TEST_RUN: &str = "/apis/k6.io/v1alpha1/namespaces/load/testruns/md-old-r0-s0";
const ALL_TEST_RUNS: &str = "/apis/k6.io/v1alpha1/testruns";
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const MAPS: &str = "/api/v1/namespaces/load/configmaps";

fn session(server: &MockServer) -> Session {
    let cluster = Cluster::of_test(server);
    let plan = KubernetesPlan {
        load_namespace: "load".to_owned(),
        ..KubernetesPlan::default()
    };
    Session::new(cluster, plan, &RunId::try_new("r1".to_owned()).unwrap())
}

async fn kinds(server: &MockServer, group_version: &str, resource: &str, kind: &str) {
    let place = if group_version == "v1" {
        "/api/v1".to_owned()
    } else {
        format!("/apis/{group_version}")
    };
    let resources = json!([{"name": resource, "singularName": "", "namespaced": true, "kind": kind, "verbs": ["get", "list"]}]);
    let list =
        json!({"kind": "APIResourceList", "groupVersion": group_version, "resources": resources});
    answer(server, "GET", &place, list).await;
}

async fn answer(server: &MockServer, verb: &str, place: &str, body: Value) {
    Mock::given(method(verb))
        .and(path(place))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

fn list(kind: &str, items: &Value) -> Value {
    json!({"kind": format!("{kind}List"), "apiVersion": "v1", "metadata": {}, "items": items})
}

fn gone() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Success"})
}

#[tokio::test]
async fn a_load_that_was_left_is_removed_with_its_pods() {
    // Where all namespaces may be looked into, and where they may not.
    for (is_allowed, place) in [(true, ALL_TEST_RUNS), (false, TEST_RUNS)] {
        remove_left_load(is_allowed, place).await;
    }
}

async fn remove_left_load(is_allowed: bool, place: &str) {
    let server = MockServer::start().await;
    kinds(&server, "k6.io/v1alpha1", "testruns", "TestRun").await;
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {}, "status": {"allowed": is_allowed}});
    answer(&server, "POST", REVIEWS, review).await;
    let left = json!({
        "apiVersion": "k6.io/v1alpha1", "kind": "TestRun",
        "metadata": {"name": "md-old-r0-s0", "namespace": "load", "uid": "u", "resourceVersion": "4"}
    });
    let ours = "app.kubernetes.io/managed-by=meshdelta,meshdelta.io/run";
    Mock::given(method("GET"))
        .and(path(place))
        .and(query_param("labelSelector", ours))
        .respond_with(ResponseTemplate::new(200).set_body_json(list("TestRun", &json!([left]))))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(TEST_RUN))
        .respond_with(ResponseTemplate::new(200).set_body_json(&left))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let missing = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": "gone"});
    Mock::given(method("GET"))
        .and(path(TEST_RUN))
        .respond_with(ResponseTemplate::new(404).set_body_json(missing))
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .and(path(TEST_RUN))
        .and(body_partial_json(json!({"preconditions": {"uid": "u"}})))
        .respond_with(ResponseTemplate::new(200).set_body_json(gone()))
        .expect(1)
        .mount(&server)
        .await;
    // Its pods take a moment longer.
    let pods = "/api/v1/namespaces/load/pods";
    let pod = json!([{"metadata": {"name": "md-old-r0-s0-1-x", "namespace": "load"}}]);
    Mock::given(method("GET"))
        .and(path(pods))
        .and(query_param("labelSelector", "k6_cr=md-old-r0-s0"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list("Pod", &pod)))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    answer(&server, "GET", pods, list("Pod", &json!([]))).await;
    session(&server).remove_left_loads().await.unwrap();
}

#[tokio::test]
async fn of_the_objects_of_other_runs_those_go_that_this_one_did_not_make_its_own() {
    let server = MockServer::start().await;
    kinds(&server, "v1", "configmaps", "ConfigMap").await;
    let others = "app.kubernetes.io/managed-by=meshdelta,meshdelta.io/run,meshdelta.io/run!=r1";
    let script = json!([{"metadata": {"name": "r0-script", "namespace": "load", "uid": "s", "resourceVersion": "1"}}]);
    Mock::given(method("GET"))
        .and(path(MAPS))
        .and(query_param("labelSelector", others))
        .respond_with(ResponseTemplate::new(200).set_body_json(list("ConfigMap", &script)))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    answer(&server, "GET", MAPS, list("ConfigMap", &json!([]))).await;
    Mock::given(method("DELETE"))
        .and(path(format!("{MAPS}/r0-script")))
        .respond_with(ResponseTemplate::new(200).set_body_json(gone()))
        .expect(1)
        .mount(&server)
        .await;
    // The namespaces themselves are for the end of the run.
    let objects = ["Namespace", "ConfigMap", "ConfigMap"].map(|kind| {
        let object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": kind, "namespace": "load"}});
        serde_json::from_value(object).unwrap()
    });
    session(&server)
        .remove_left_objects(&objects)
        .await
        .unwrap();
}
