//! Namespaces that are there before a run, by an API server that answers as written.

use kube::Config;
use meshdelta_run::RunId;
use meshdelta_run::plan::KubernetesPlan;
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::kubernetes::Cluster;

const PLACE: &str = "/api/v1/namespaces/load";

/// Prepares the namespace that is there with these labels, or that is not there, and expects this level of `PodSecurity` to be applied, or nothing.
/// Returns whether the run counts it as made by itself.
async fn make_over(labels: Option<&Value>, applied: Option<&str>) -> bool {
    let server = MockServer::start().await;
    let kinds = json!([{"name": "namespaces", "singularName": "", "namespaced": false, "kind": "Namespace", "verbs": ["get"]}]);
    Mock::given(path("/api/v1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(
            json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": kinds}),
        ))
        .mount(&server)
        .await;
    let found = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "load", "labels": labels}});
    let missing = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404});
    let answer = match labels {
        Some(_) => ResponseTemplate::new(200).set_body_json(&found),
        None => ResponseTemplate::new(404).set_body_json(missing),
    };
    Mock::given(method("GET"))
        .and(path(PLACE))
        .respond_with(answer)
        .mount(&server)
        .await;
    let mine = json!({"metadata": {"labels": {"meshdelta.io/run": "r1", POD_SECURITY: applied}}});
    Mock::given(method("PATCH"))
        .and(path(PLACE))
        .and(body_partial_json(mine))
        .respond_with(ResponseTemplate::new(200).set_body_json(&found))
        .expect(u64::from(applied.is_some()))
        .mount(&server)
        .await;
    let config = Config::new(server.uri().parse().unwrap());
    let cluster = Cluster::from_config(config, "test".to_owned()).unwrap();
    let run = RunId::try_new("r1".to_owned()).unwrap();
    let mut session = Session::new(cluster, KubernetesPlan::default(), &run);
    session.make_namespace("load").await.unwrap();
    !session.made.is_empty()
}

#[tokio::test]
async fn a_namespace_of_a_run_is_taken_over_with_the_label_of_this_one() {
    let left =
        json!({"app.kubernetes.io/managed-by": "meshdelta", "meshdelta.io/run": "another-run"});
    assert!(make_over(Some(&left), Some("privileged")).await);
    let resumed = json!({"app.kubernetes.io/managed-by": "meshdelta", "meshdelta.io/run": "r1"});
    assert!(make_over(Some(&resumed), Some("privileged")).await);
}

#[tokio::test]
async fn a_namespace_that_is_made_takes_sidecars_and_one_that_somebody_restricted_stays_so() {
    assert!(make_over(None, Some("privileged")).await);
    let restricted = json!({
        "app.kubernetes.io/managed-by": "meshdelta", "meshdelta.io/run": "another-run", POD_SECURITY: "restricted"
    });
    assert!(make_over(Some(&restricted), Some("restricted")).await);
}

#[tokio::test]
async fn a_namespace_that_no_run_made_is_left_as_it_is() {
    assert!(!make_over(Some(&json!({"team": "a"})), None).await);
    assert!(!make_over(Some(&json!({"meshdelta.io/run": "by hand"})), None).await);
    assert!(!make_over(Some(&json!({POD_SECURITY: "restricted"})), None).await);
}
