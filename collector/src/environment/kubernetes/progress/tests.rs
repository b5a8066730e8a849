//! Objects as k6-operator 1.6.0 and the kubelet make them (after its source and `kubernetes.md`), shortened.

use serde_json::{Value, json};

use super::*;

const NOW: &str = "2026-11-27T03:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn pod(number: u32, state: &Value) -> Value {
    json!({
        "metadata": {
            "name": format!("tr-{number}-abcde"), "namespace": "load",
            "labels": {"runner": "true", "app": "k6", "k6_cr": "tr", "job-name": format!("tr-{number}")}
        },
        "spec": {"nodeName": "node-1", "containers": []},
        "status": {"containerStatuses": [{
            "name": "k6", "image": "k6", "imageID": "", "ready": false, "restartCount": 0, "state": state
        }]}
    })
}

fn running() -> Value {
    json!({"running": {"startedAt": NOW}})
}

fn ended(code: i32) -> Value {
    json!({"terminated": {"exitCode": code, "finishedAt": "2026-11-27T02:59:58Z"}})
}

fn seen(stage: &str, jobs: Value, pods: Value) -> Seen {
    let test_run = json!({
        "apiVersion": "k6.io/v1alpha1", "kind": "TestRun", "metadata": {"name": "tr", "namespace": "load"},
        "spec": {}, "status": {"stage": stage}
    });
    Seen {
        test_run: serde_json::from_value(test_run).unwrap(),
        jobs: serde_json::from_value(jobs).unwrap(),
        pods: serde_json::from_value(pods).unwrap(),
        refusals: Vec::new(),
    }
}

fn judged(stage: &str, jobs: Value, pods: Value) -> Progress {
    judge(&seen(stage, jobs, pods), 2, now())
}

#[test]
fn success_is_when_every_container_ended_with_zero_whatever_the_stage() {
    let pods = json!([pod(1, &ended(0)), pod(2, &ended(0))]);
    let Progress::Ended(runners) = judged("started", json!([]), pods) else {
        panic!("it ended");
    };
    assert_eq!(runners.len(), 2);
    assert_eq!(
        (runners[1].number.as_str(), runners[1].node.as_str()),
        ("2", "node-1")
    );
    assert_eq!(
        runners[0].ended_at.unwrap().to_rfc3339(),
        "2026-11-27T02:59:58+00:00"
    );
    // `finished` with a runner that is missing is no success.
    assert!(matches!(
        judged("finished", json!([]), json!([pod(1, &ended(0))])),
        Progress::Hopeless(..)
    ));
}

#[test]
fn it_starts_until_all_runners_run_and_the_operator_has_started_them() {
    assert!(matches!(
        judged("created", json!([]), json!([pod(1, &running())])),
        Progress::Starting(_)
    ));
    let both = json!([pod(1, &running()), pod(2, &running())]);
    assert!(matches!(
        judged("created", json!([]), both.clone()),
        Progress::Starting(_)
    ));
    assert!(matches!(
        judged("started", json!([]), both),
        Progress::Running(_)
    ));
}

#[test]
fn a_runner_that_dies_before_the_start_fails_at_once() {
    let pods = json!([pod(1, &ended(107)), pod(2, &running())]);
    let Progress::RunnerFailed(runner) = judged("created", json!([]), pods) else {
        panic!("it failed");
    };
    assert_eq!((runner.number.as_str(), runner.exit_code), ("1", 107));
    // One that ends with success while the other has not begun did not run its share of the load.
    let pods = json!([
        pod(1, &ended(0)),
        pod(2, &json!({"waiting": {"reason": "ContainerCreating"}}))
    ]);
    assert!(matches!(
        judged("created", json!([]), pods),
        Progress::Hopeless(..)
    ));
}

#[test]
fn states_that_do_not_pass_are_hopeless() {
    for reason in HOPELESS_REASONS {
        let pods = json!([
            pod(1, &running()),
            pod(2, &json!({"waiting": {"reason": reason}}))
        ]);
        let Progress::Hopeless(text, Some(pod)) = judged("created", json!([]), pods) else {
            panic!("{reason} is hopeless");
        };
        assert_eq!(pod, "tr-2-abcde");
        assert!(text.contains(reason), "{text}");
    }
    assert!(matches!(
        judged("error", json!([]), json!([])),
        Progress::Hopeless(..)
    ));
    let jobs = json!([{"metadata": {"name": "tr-starter"}, "status": {"failed": 1}}]);
    let Progress::Hopeless(text, None) = judged("started", jobs, json!([])) else {
        panic!("a failed starter is hopeless");
    };
    assert_eq!(text, "the Job `tr-starter` failed");
    let gone = Seen {
        test_run: None,
        jobs: Vec::new(),
        pods: Vec::new(),
        refusals: Vec::new(),
    };
    assert!(matches!(judge(&gone, 2, now()), Progress::Hopeless(..)));
}

#[test]
fn a_pod_may_wait_a_minute_for_a_node_and_no_longer() {
    let waiting_since = |since: &str| {
        let mut pod = pod(1, &json!({"waiting": {"reason": "PodInitializing"}}));
        pod["status"]["conditions"] = json!([{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/1 nodes are available: 1 Insufficient cpu.", "lastTransitionTime": since
        }]);
        judged("created", json!([]), json!([pod]))
    };
    assert!(matches!(
        waiting_since("2026-11-27T02:59:10Z"),
        Progress::Starting(_)
    ));
    let Progress::Hopeless(text, _) = waiting_since("2026-11-27T02:58:00Z") else {
        panic!("two minutes are too long");
    };
    assert!(text.contains("Insufficient cpu"), "{text}");
}

/// After the events that the Job controller of Kubernetes 1.34 makes: each try names another pod, so each is an event of its own.
fn refusal(uid: &str, reason: &str, first: &str, last: &str) -> Value {
    json!({
        "metadata": {"name": "tr-1.1", "namespace": "load"},
        "involvedObject": {"kind": "Job", "name": "tr-1", "uid": uid},
        "reason": reason, "type": "Warning", "firstTimestamp": first, "lastTimestamp": last,
        "message": format!("Error creating: pods \"tr-1-{last}\" is forbidden: exceeded quota")
    })
}

const EARLY: &str = "2026-11-27T02:58:00Z";
const SOON: &str = "2026-11-27T02:58:31Z";
const LATE: &str = "2026-11-27T02:59:03Z";

fn judged_with(pods: Value, refusals: Value) -> Progress {
    let jobs = json!([
        {"metadata": {"name": "tr-1", "uid": "u1"}, "status": {"ready": 0}},
        {"metadata": {"name": "tr-2", "uid": "u2"}, "status": {"active": 1}}
    ]);
    let mut seen = seen("created", jobs, pods);
    seen.refusals = serde_json::from_value(refusals).unwrap();
    judge(&seen, 2, now())
}

#[test]
fn a_pod_that_is_refused_for_a_minute_is_told_with_what_refuses_it() {
    let refused = json!([
        refusal("u1", REFUSED, EARLY, EARLY),
        refusal("u1", REFUSED, LATE, LATE),
        refusal("u1", REFUSED, SOON, SOON),
    ]);
    let Progress::Hopeless(text, None) = judged_with(json!([pod(2, &running())]), refused.clone())
    else {
        panic!("63 seconds are too long");
    };
    assert_eq!(
        text,
        format!(
            "the Job `tr-1` gets no pod: Error creating: pods \"tr-1-{LATE}\" is forbidden: exceeded quota"
        )
    );
    // One event for several tries, of the older kind and of the newer one.
    let counted = json!([refusal("u1", REFUSED, EARLY, LATE)]);
    let newer = json!([{
        "metadata": {}, "involvedObject": {"uid": "u1"}, "reason": REFUSED,
        "eventTime": "2026-11-27T02:58:00.000000Z",
        "series": {"count": 7, "lastObservedTime": "2026-11-27T02:59:03.000000Z"}
    }]);
    for refused in [counted, newer] {
        let judged = judged_with(json!([]), refused);
        assert!(matches!(judged, Progress::Hopeless(_, None)), "{judged:?}");
    }
}

#[test]
fn a_refusal_that_may_pass_passed_or_is_about_another_is_waited_for() {
    let refused = |uid: &str, reason: &str, last: &str| {
        json!([
            refusal(uid, reason, EARLY, EARLY),
            refusal(uid, reason, last, last)
        ])
    };
    for refusals in [
        refused("u1", REFUSED, SOON),
        refused("another", REFUSED, LATE),
        refused("u1", "SuccessfulCreate", LATE),
        json!([refusal("u1", REFUSED, EARLY, EARLY)]),
        json!([]),
    ] {
        let judged = judged_with(json!([pod(2, &running())]), refusals);
        assert!(matches!(judged, Progress::Starting(_)), "{judged:?}");
    }
    // The pod came after all.
    let both = json!([pod(1, &running()), pod(2, &running())]);
    let judged = judged_with(both, refused("u1", REFUSED, LATE));
    assert!(matches!(judged, Progress::Starting(_)), "{judged:?}");
}
