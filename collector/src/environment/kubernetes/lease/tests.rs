//! Leases as other runs leave them, and an API server that answers as written.

use serde_json::json;
use wiremock::matchers::{body_partial_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const ONE: &str = "/apis/coordination.k8s.io/v1/namespaces/default/leases/meshdelta-run";

fn status(code: u16, reason: &str) -> ResponseTemplate {
    ResponseTemplate::new(code).set_body_json(json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "reason": reason, "message": reason, "code": code
    }))
}

fn held_by(holder: &str, version: &str, renewed: &str, seconds: i32) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": LEASE_NAME, "namespace": LEASE_NAMESPACE, "uid": "u", "resourceVersion": version},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": seconds,
                 "acquireTime": "2026-11-27T10:00:00.000000Z", "renewTime": renewed}
    }))
}

async fn mount(server: &MockServer, verb: &str, place: &str, answer: ResponseTemplate) {
    let mock = Mock::given(method(verb)).and(path(place));
    mock.respond_with(answer).mount(server).await;
}

fn held(cluster: &Cluster, holder: &str, renewed: Instant) -> HeldLease {
    HeldLease::held(cluster, holder.to_owned(), renewed)
}

#[test]
fn a_lease_is_free_only_after_it_was_seen_unchanged_for_its_duration() {
    let mut found = lease("a", "run-a");
    let begin = Instant::now();
    let after = |seconds| begin + Duration::from_secs(seconds);
    let mut watch = Watch::default();
    // What its holder's clock says is of no matter.
    let long_ago = MicroTime(Timestamp::from_second(1).unwrap());
    found.spec.as_mut().unwrap().renew_time = Some(long_ago);
    let first = Sight::Unknown { is_first: true };
    assert_eq!(watch.look(&found, "b", begin), first);
    let later = Sight::Unknown { is_first: false };
    assert_eq!(watch.look(&found, "b", after(59)), later);
    assert_eq!(watch.look(&found, "b", after(60)), Sight::Free);

    let mut renewed = found.clone();
    renewed.spec.as_mut().unwrap().renew_time = Some(MicroTime(Timestamp::now()));
    let seen = watch.look(&renewed, "b", after(60));
    assert!(matches!(seen, Sight::Renewed { holder, .. } if holder == "a"));
    assert_eq!(Watch::default().look(&found, "a", begin), Sight::Free);
}

#[test]
fn a_duration_that_makes_no_sense_is_limited() {
    let of = |seconds| {
        let mut found = lease("a", "run-a");
        found.spec.as_mut().unwrap().lease_duration_seconds = seconds;
        watch::duration_of(&found).as_secs()
    };
    assert_eq!(of(Some(i32::MAX)), 300);
    assert_eq!(of(Some(0)), 1);
    assert_eq!([of(Some(15)), of(Some(-1)), of(None)], [15, 60, 60]);
}

#[tokio::test]
async fn a_lease_that_comes_and_goes_is_not_asked_for_without_a_pause() {
    let server = MockServer::start().await;
    mount(&server, "POST", LEASES, status(409, "AlreadyExists")).await;
    mount(&server, "GET", ONE, status(404, "NotFound")).await;
    let cluster = Cluster::of_test(&server);
    let taking = HeldLease::acquire(&cluster, "b");
    timeout(Duration::from_secs(1), taking).await.unwrap_err();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
}

#[test]
fn a_lease_that_was_not_renewed_for_its_duration_is_lost() {
    let sent = Instant::now();
    let after = |seconds| sent + Duration::from_secs(seconds);
    assert!(!Standing::Renewed(sent).is_lost(after(59)));
    assert!(Standing::Renewed(sent).is_lost(after(60)));
    assert!(Standing::Taken.is_lost(sent));
}

#[tokio::test]
async fn a_run_that_renews_is_never_replaced() {
    let server = MockServer::start().await;
    mount(&server, "POST", LEASES, status(409, "AlreadyExists")).await;
    Mock::given(path(ONE))
        .respond_with(held_by("a", "1", "2020-01-01T00:00:00.000000Z", 60))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let renewed = held_by("a", "2", "2020-01-01T00:00:15.000000Z", 60);
    mount(&server, "GET", ONE, renewed).await;
    let refused = HeldLease::acquire(&Cluster::of_test(&server), "b").await;
    let Err(Refusal::Held { holder, since }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (holder.as_str(), since.as_str()),
        ("a", "2026-11-27T10:00:00Z")
    );
}

#[tokio::test]
async fn a_lease_that_nobody_renews_is_taken_over_at_the_version_that_was_seen() {
    let server = MockServer::start().await;
    mount(&server, "POST", LEASES, status(409, "AlreadyExists")).await;
    let left = held_by("a", "7", "2099-01-01T00:00:00.000000Z", 1);
    mount(&server, "GET", ONE, left).await;
    Mock::given(method("PUT"))
        .and(path(ONE))
        .and(body_partial_json(
            json!({"metadata": {"resourceVersion": "7", "labels": {"meshdelta.io/run": "b"}}}),
        ))
        .respond_with(held_by("b", "8", "2026-11-27T10:00:00.000000Z", 60))
        .expect(1)
        .mount(&server)
        .await;
    let lease = HeldLease::acquire(&Cluster::of_test(&server), "b")
        .await
        .unwrap();
    assert!(!lease.is_lost());
}

#[tokio::test]
async fn what_another_run_has_is_not_held() {
    let server = MockServer::start().await;
    mount(
        &server,
        "PATCH",
        ONE,
        held_by("me", "2", "2026-11-27T10:00:00.000000Z", 60),
    )
    .await;
    let cluster = Cluster::of_test(&server);
    let now = Instant::now();
    {
        let mine = held_by("me", "1", "2026-11-27T10:00:00.000000Z", 60);
        let _mine = Mock::given(method("GET"))
            .and(path(ONE))
            .respond_with(mine)
            .mount_as_scoped(&server)
            .await;
        let asked = held(&cluster, "me", now).ask().await;
        assert!(matches!(asked, Hold::Held), "{asked:?}");
    }
    let others = held_by("other", "3", "2026-11-27T10:00:00.000000Z", 60);
    mount(&server, "GET", ONE, others).await;
    let lease = held(&cluster, "me", now);
    let asked = lease.ask().await;
    assert!(matches!(asked, Hold::Taken), "{asked:?}");
    // And it is left to the other.
    lease.release().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert!(
        requests
            .iter()
            .all(|request| request.method.as_str() != "DELETE")
    );
}

#[tokio::test]
async fn a_renewal_is_of_the_version_that_was_seen_and_changes_nothing_but_its_time() {
    let server = MockServer::start().await;
    let mine = held_by("me", "5", "2026-11-27T10:00:00.000000Z", 60);
    mount(&server, "GET", ONE, mine.clone()).await;
    Mock::given(method("PATCH"))
        .and(path(ONE))
        .respond_with(mine)
        .expect(1)
        .mount(&server)
        .await;
    let renewed = renew_once(&leases(&Cluster::of_test(&server)), "me")
        .await
        .unwrap();
    assert!(renewed);
    let requests = server.received_requests().await.unwrap();
    let sent: serde_json::Value = requests.last().unwrap().body_json().unwrap();
    assert_eq!(sent["metadata"], json!({"resourceVersion": "5"}));
    let spec = sent["spec"].as_object().unwrap();
    assert_eq!(spec.keys().collect::<Vec<_>>(), ["renewTime"]);
}

#[tokio::test]
async fn a_renewal_that_another_run_came_before_is_none() {
    let server = MockServer::start().await;
    let mine = held_by("me", "5", "2026-11-27T10:00:00.000000Z", 60);
    Mock::given(method("GET"))
        .and(path(ONE))
        .respond_with(mine)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let others = held_by("other", "6", "2026-11-27T10:01:00.000000Z", 60);
    mount(&server, "GET", ONE, others).await;
    mount(&server, "PATCH", ONE, status(409, "Conflict")).await;
    let leases = leases(&Cluster::of_test(&server));
    let first = renew_once(&leases, "me").await;
    assert!(matches!(&first, Err(kube::Error::Api(status)) if status.is_conflict()));
    assert!(!renew_once(&leases, "me").await.unwrap());
}

#[tokio::test]
async fn where_the_api_server_does_not_answer_no_other_run_is_blamed() {
    let server = MockServer::start().await;
    mount(&server, "GET", ONE, status(503, "ServiceUnavailable")).await;
    let lease = held(&Cluster::of_test(&server), "me", Instant::now());
    let Hold::Unknown(error) = lease.ask().await else {
        panic!("something is known");
    };
    let text = error.to_string();
    assert!(
        text.contains("ServiceUnavailable") && !text.contains("another run"),
        "{text}"
    );
}

#[tokio::test]
async fn a_lease_is_given_back_also_when_a_last_renewal_came_between() {
    let server = MockServer::start().await;
    let mine = held_by("me", "1", "2026-11-27T10:00:00.000000Z", 60);
    mount(&server, "GET", ONE, mine).await;
    let precondition = json!({"preconditions": {"uid": "u", "resourceVersion": "1"}});
    Mock::given(method("DELETE"))
        .and(path(ONE))
        .and(body_partial_json(precondition))
        .respond_with(status(409, "Conflict"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let gone = ResponseTemplate::new(200)
        .set_body_json(json!({"kind": "Status", "apiVersion": "v1", "status": "Success"}));
    Mock::given(method("DELETE"))
        .and(path(ONE))
        .respond_with(gone)
        .expect(1)
        .mount(&server)
        .await;
    let lease = held(&Cluster::of_test(&server), "me", Instant::now());
    lease.release().await.unwrap();
}

#[test]
fn the_holder_is_named_by_its_run() {
    assert!(holder("run-a").starts_with("run-a of "));
    assert_eq!(holder_of(&lease("a", "run-a")), Some("a"));
}
