//! Against a recording HTTP server: what is asked of the API server, and what its answers mean. A real cluster is in `tests/cluster/`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{body_partial_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

fn failure(code: u16, reason: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(code).set_body_json(json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "reason": reason, "message": message, "code": code
    }))
}

async fn serve_config_maps(server: &MockServer) {
    Mock::given(path("/api/v1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "kind": "APIResourceList", "groupVersion": "v1", "resources": [
                {"name": "configmaps", "singularName": "", "namespaced": true, "kind": "ConfigMap", "verbs": ["get", "list"]}
            ]
        })))
        .mount(server)
        .await;
}

const CONFIG_MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: load}\ndata: {key: value}\n";

#[tokio::test]
async fn an_object_is_applied_server_side_strictly_and_with_the_labels() {
    let server = MockServer::start().await;
    serve_config_maps(&server).await;
    Mock::given(method("PATCH"))
        .and(path("/api/v1/namespaces/load/configmaps/one"))
        .and(query_param("fieldManager", "meshdelta"))
        .and(query_param("force", "true"))
        .and(query_param("fieldValidation", "Strict"))
        .and(body_partial_json(json!({"metadata": {"labels": {"meshdelta.io/run": "r1"}}, "data": {"key": "value"}})))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "load", "uid": "u"}
        })))
        .expect(2)
        .mount(&server)
        .await;
    let cluster = Cluster::of_test(&server);
    let objects = parse_manifests("test", CONFIG_MAP).unwrap();
    let labels = BTreeMap::from([(RUN_LABEL.to_owned(), "r1".to_owned())]);
    let stored = cluster.apply(&objects[0], &labels).await.unwrap();
    assert_eq!(stored.metadata.uid.as_deref(), Some("u"));
    cluster.apply_all(&objects, &labels).await.unwrap();
}

#[tokio::test]
async fn errors_name_the_object_and_say_whether_asking_again_helps() {
    let server = MockServer::start().await;
    serve_config_maps(&server).await;
    Mock::given(method("PATCH"))
        .respond_with(failure(403, "Forbidden", "no right to patch"))
        .mount(&server)
        .await;
    Mock::given(path("/api/v1/namespaces/load/configmaps/one"))
        .respond_with(failure(503, "ServiceUnavailable", "starting"))
        .mount(&server)
        .await;
    Mock::given(path("/apis/k6.io/v1alpha1"))
        .respond_with(failure(404, "NotFound", "not found"))
        .mount(&server)
        .await;
    let cluster = Cluster::of_test(&server);
    let objects = parse_manifests("test", CONFIG_MAP).unwrap();
    let refused = cluster
        .apply(&objects[0], &BTreeMap::new())
        .await
        .unwrap_err();
    assert!(refused.is_refused() && !refused.is_transient());
    assert_eq!(
        refused.to_string(),
        "failed to apply ConfigMap `load/one` (context `test`): no right to patch"
    );
    let kind = KindName::new("v1", "ConfigMap");
    let starting = cluster.get(&kind, Some("load"), "one").await.unwrap_err();
    assert!(starting.is_transient(), "{starting}");
    let unknown = cluster
        .get(
            &KindName::new("k6.io/v1alpha1", "TestRun"),
            Some("load"),
            "one",
        )
        .await
        .unwrap_err();
    assert!(unknown.is_not_found());
    assert_eq!(
        unknown.to_string(),
        "the cluster of context `test` does not know k6.io/v1alpha1 TestRun"
    );
}

#[tokio::test]
async fn only_what_has_the_label_is_deleted_and_it_is_waited_for() {
    let server = MockServer::start().await;
    serve_config_maps(&server).await;
    let labelled = Mock::given(method("GET"))
        .and(path("/api/v1/namespaces/load/configmaps"))
        .and(query_param("labelSelector", "meshdelta.io/run=r1"));
    labelled
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "kind": "ConfigMapList", "apiVersion": "v1", "metadata": {},
            "items": [{"metadata": {"name": "one", "namespace": "load", "uid": "u", "resourceVersion": "7"}}]
        })))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/api/v1/namespaces/load/configmaps"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "kind": "ConfigMapList", "apiVersion": "v1", "metadata": {}, "items": []
        })))
        .mount(&server)
        .await;
    // It changed since it was listed: it is looked at again.
    Mock::given(method("DELETE"))
        .respond_with(failure(409, "Conflict", "the precondition failed"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let as_seen = json!({"preconditions": {"uid": "u", "resourceVersion": "7"}});
    Mock::given(method("DELETE"))
        .and(path("/api/v1/namespaces/load/configmaps/one"))
        .and(body_partial_json(as_seen))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"kind": "Status", "apiVersion": "v1", "status": "Success"})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let scope = Scope {
        kind: KindName::new("v1", "ConfigMap"),
        namespace: Some("load".to_owned()),
    };
    let deleted = Cluster::of_test(&server)
        .delete_labelled(&[scope], "meshdelta.io/run=r1", Duration::from_secs(30))
        .await
        .unwrap();
    assert_eq!(deleted, ["ConfigMap `load/one`"]);
}

fn discovered(kind: &str, plural: &str, scope: &str, verbs: &[&str]) -> serde_json::Value {
    json!({"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind}, "scope": scope, "verbs": verbs})
}

/// Serves a config map, a custom kind in two versions, what has no objects, and a group whose server is away.
async fn serve_all_kinds(server: &MockServer) {
    let all = ["create", "delete", "get", "list"];
    let group = |name: &str, versions: serde_json::Value| json!({"metadata": {"name": name}, "versions": versions});
    let list = |groups: serde_json::Value| {
        ResponseTemplate::new(200).set_body_json(json!({
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": groups
        }))
    };
    let core = json!([
        discovered("ConfigMap", "configmaps", "Namespaced", &all),
        discovered("Node", "nodes", "Cluster", &all),
        discovered("Binding", "bindings", "Namespaced", &["create"]),
    ]);
    let core = group(
        "",
        json!([{"version": "v1", "resources": core, "freshness": "Current"}]),
    );
    let policies = json!([discovered("Policy", "policies", "Namespaced", &all)]);
    let groups = json!([
        group(
            "example.io",
            json!([
                {"version": "v1", "resources": policies.clone(), "freshness": "Current"},
                {"version": "v1beta1", "resources": policies, "freshness": "Current"},
            ])
        ),
        group(
            "metrics.k8s.io",
            json!([{"version": "v1beta1", "freshness": "Current",
            "resources": [discovered("PodMetrics", "pods", "Namespaced", &["get", "list"])]}])
        ),
        group(
            "away.io",
            json!([{"version": "v1", "resources": [], "freshness": "Stale"}])
        ),
    ]);
    for (place, answer) in [("/api", list(json!([core]))), ("/apis", list(groups))] {
        Mock::given(path(place))
            .respond_with(answer)
            .mount(server)
            .await;
    }
}

fn metadata_list(items: &serde_json::Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "items": items
    }))
}

#[tokio::test]
async fn a_namespace_is_looked_at_whole_and_what_cannot_be_seen_is_said() {
    let server = MockServer::start().await;
    serve_all_kinds(&server).await;
    let owned = |api_version: &str, kind: &str| json!([{"apiVersion": api_version, "kind": kind, "name": "o", "uid": "u"}]);
    let maps = json!([
        {"metadata": {"name": "theirs", "labels": {"meshdelta.io/run": "other"}}},
        {"metadata": {"name": "kube-root-ca.crt"}},
        {"metadata": {"name": "istio-ca-root-cert"}},
        {"metadata": {"name": "istio-ca-crl"}},
        {"metadata": {"name": "going", "deletionTimestamp": "2026-11-27T10:00:00Z"}},
        {"metadata": {"name": "of-a-policy", "ownerReferences": owned("example.io/v1beta1", "Policy")}},
        {"metadata": {"name": "of-a-node", "ownerReferences": owned("v1", "Node")}},
    ]);
    Mock::given(path("/api/v1/namespaces/load/configmaps"))
        .respond_with(metadata_list(&maps))
        .mount(&server)
        .await;
    Mock::given(path("/apis/example.io/v1/namespaces/load/policies"))
        .respond_with(failure(403, "Forbidden", "no right to list"))
        .mount(&server)
        .await;
    let contents = Cluster::of_test(&server).contents("load").await.unwrap();
    let seen: Vec<_> = contents.objects.iter().map(ToString::to_string).collect();
    assert_eq!(seen, ["ConfigMap theirs", "ConfigMap of-a-node"]);
    assert!(contents.objects[0].has_label("meshdelta.io/run", "other"));
    assert_eq!(
        contents.unknown,
        [
            "all of away.io/v1 (its server does not answer)",
            "example.io/v1 Policy (failed to list policies (context `test`): no right to list)"
        ]
    );
}

#[tokio::test]
async fn a_kind_that_went_away_since_it_was_discovered_has_no_objects() {
    let server = MockServer::start().await;
    serve_all_kinds(&server).await;
    Mock::given(path("/api/v1/namespaces/load/configmaps"))
        .respond_with(metadata_list(&json!([])))
        .mount(&server)
        .await;
    // The other kind is not served any more.
    let contents = Cluster::of_test(&server).contents("load").await.unwrap();
    assert!(contents.objects.is_empty());
    assert_eq!(contents.unknown.len(), 1, "{:?}", contents.unknown);
}

#[tokio::test]
async fn missing_rights_are_all_named() {
    let server = MockServer::start().await;
    let reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let answer = |allowed: bool| {
        ResponseTemplate::new(201).set_body_json(json!({
            "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": {},
            "status": {"allowed": allowed}
        }))
    };
    Mock::given(path(reviews))
        .and(body_partial_json(
            json!({"spec": {"resourceAttributes": {"verb": "get"}}}),
        ))
        .respond_with(answer(true))
        .mount(&server)
        .await;
    Mock::given(path(reviews))
        .respond_with(answer(false))
        .mount(&server)
        .await;
    let rights = [
        Right::new("get", "", "pods", Some("load")),
        Right::new("create", "", "pods/portforward", Some("load")),
        Right::new("patch", "k6.io", "testruns", None),
    ];
    let error = Cluster::of_test(&server)
        .check_rights(&rights)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the user of context `test` lacks rights:\n  create pods/portforward in namespace load\n  patch testruns.k6.io in the whole cluster"
    );
}

#[tokio::test]
async fn waiting_looks_past_what_may_pass_and_stops_at_what_may_not() {
    let unreachable = |status| KubernetesError::Request {
        action: "get".to_owned(),
        context: "test".to_owned(),
        status,
        reason: "refused".to_owned(),
    };
    let mut looks = 0;
    let found = wait_for("it", Duration::from_secs(10), async || {
        looks += 1;
        match looks {
            1 => Err(unreachable(None)),
            2 => Ok(Poll::Waiting("not yet".to_owned())),
            _ => Ok(Poll::Ready(looks)),
        }
    });
    assert_eq!(found.await.unwrap(), 3);

    let hopeless = wait_for("it", Duration::from_secs(10), async || {
        Ok::<Poll<()>, _>(Poll::Hopeless("broken".to_owned()))
    });
    assert_eq!(
        hopeless.await.unwrap_err().to_string(),
        "it cannot come true: broken"
    );

    let refused = wait_for("it", Duration::from_secs(10), async || {
        Err::<Poll<()>, _>(unreachable(Some(403)))
    });
    assert!(refused.await.unwrap_err().is_refused());

    let late = wait_for("it", Duration::ZERO, async || {
        Ok::<Poll<()>, _>(Poll::Waiting("0 of 2".to_owned()))
    });
    assert_eq!(
        late.await.unwrap_err().to_string(),
        "it did not come true within 0 s; last seen: 0 of 2"
    );
}

#[test]
fn manifests_that_are_no_objects_are_refused_by_document() {
    let objects =
        parse_manifests("two", &format!("---\n{CONFIG_MAP}---\n---\n{CONFIG_MAP}")).unwrap();
    assert_eq!(objects.len(), 2);
    for (text, wanted) in [
        ("a: [", "the manifest `x` cannot be used: "),
        ("kind: Pod", "document 1: it has no apiVersion and kind"),
        (
            "apiVersion: v1\nkind: Pod\n---\nb: 1",
            "document 1: it has no metadata.name",
        ),
    ] {
        let error = parse_manifests("x", text).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn a_description_has_conditions_containers_and_events() {
    let pod = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "k6-1", "namespace": "load"},
        "status": {
            "phase": "Pending",
            "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "containers with unready status: [k6]"}],
            "containerStatuses": [
                {"name": "k6", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}},
                {"name": "ran", "state": {"terminated": {"reason": "Error", "exitCode": 107}}},
                {"name": "fine", "state": {"running": {}}}
            ]
        }
    }))
    .unwrap();
    let event = serde_json::from_value(json!({
        "metadata": {"name": "e"}, "involvedObject": {}, "reason": "Failed", "count": 3,
        "message": "Failed to pull image\n"
    }))
    .unwrap();
    insta::assert_snapshot!(description(&pod, &[event]), @r"
    Pod `load/k6-1`
      phase: Pending
      condition Ready=False ContainersNotReady containers with unready status: [k6]
      container k6: waiting ImagePullBackOff Back-off pulling image
      container ran: terminated Error (exit code 107)
      event Failed: Failed to pull image (3 times)
    ");
}

#[tokio::test]
async fn a_context_that_is_named_is_never_replaced_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    fs_err::write(
        &file,
        "apiVersion: v1\nkind: Config\ncurrent-context: here\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\n\
         contexts: [{name: here, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: secret}}]\n",
    )
    .unwrap();
    let connect = |context: Option<&str>| {
        let access = Access {
            kubeconfig: Some(file.clone()),
            context: context.map(str::to_owned),
        };
        async move { Cluster::connect(&access).await }
    };
    let current = connect(None).await.unwrap();
    assert_eq!(current.context(), "here");
    assert!(!format!("{current:?}").contains("secret"));
    let error = connect(Some("there")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the kubeconfig `{}` has no context `there`; it has here",
            file.display()
        )
    );
    let unreachable = current.version().await.unwrap_err();
    assert!(unreachable.is_transient(), "{unreachable}");
}
