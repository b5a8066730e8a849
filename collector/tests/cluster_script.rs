//! The proof that a runner makes of its own path (`k6/cluster.js`), by a real k6 and a server that answers as the proxies would.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use meshdelta_collector::environment::local::REQUIREMENTS;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Generous: the longest proof takes half a minute, and the load two seconds.
const DEADLINE: Duration = Duration::from_mins(2);
/// What k6 ends with when the script aborts.
const ABORTED: i32 = 108;

/// How many replicas the waypoint has.
const WAYPOINTS: usize = 2;

/// Who applied the route to a request, by its number; nobody where the route was not applied.
type Route = fn(usize) -> Option<String>;

/// Serves as behind a waypoint: the route adds a header on the way there, the waypoint one on the way back.
async fn behind_waypoint(route: Route) -> MockServer {
    let server = MockServer::start().await;
    let requests = AtomicUsize::new(0);
    let answer = move |_: &Request| {
        let number = requests.fetch_add(1, Ordering::Relaxed);
        let echo = match route(number) {
            Some(name) => format!("GET /debug HTTP/1.1\n\nheaders:\n\nX-Istio-Workload: {name}\n"),
            None => "GET /debug HTTP/1.1\n\nheaders:\n\n".to_owned(),
        };
        ResponseTemplate::new(200)
            .insert_header("x-envoy-upstream-service-time", "1")
            .set_body_string(echo)
    };
    Mock::given(path("/debug"))
        .respond_with(answer)
        .mount(&server)
        .await;
    Mock::given(path("/"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    server
}

/// Runs the script, and returns the exit code of k6 and what it said of its proof.
async fn prove(waypoints: usize, route: Route) -> (i32, Value) {
    let server = behind_waypoint(route).await;
    let mut requirements = REQUIREMENTS.into_iter();
    let k6 = requirements.find(|requirement| requirement.name == "k6");
    let k6 = k6.unwrap().find().await.unwrap().path;
    let home = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../k6/cluster.js");
    let mut command = Command::new(k6);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("K6_") {
            command.env_remove(name);
        }
    }
    let running = command
        .args(["run", "--quiet", "--no-usage-report", "--address="])
        .arg(script)
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("K6_LOG_FORMAT", "json")
        .env("MESHDELTA_TARGET", server.uri())
        .env("MESHDELTA_EXPECTED_PATH", "ambient-l7")
        .env("HOSTNAME", "runner")
        .env("MESHDELTA_WAYPOINTS", waypoints.to_string())
        .envs(
            [
                "RATE_PER_SECOND",
                "WARMUP_SECONDS",
                "DURATION_SECONDS",
                "PUSH_INTERVAL_SECONDS",
                "VIRTUAL_USERS",
                "MAXIMUM_VIRTUAL_USERS",
            ]
            .map(|name| (format!("MESHDELTA_{name}"), "1")),
        )
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(DEADLINE, running).await.unwrap().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let lines = log.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        let proof = line["msg"].as_str()?.strip_prefix("MESHDELTA_PROOF ")?;
        serde_json::from_str(proof).ok()
    });
    let proofs: Vec<Value> = lines.collect();
    let [proof] = proofs.as_slice() else {
        panic!("{} proofs: {log}", proofs.len());
    };
    (output.status.code().unwrap(), proof.clone())
}

fn one_of(replicas: usize, number: usize) -> String {
    format!("waypoint-{}", number % replicas)
}

fn passed(requests: usize, applied: &[String], replicas: usize) -> (i32, Value) {
    let proof = json!({
        "expected": "ambient-l7", "passed": true, "requests": requests, "applied": applied, "host": "runner",
        "replicas": replicas
    });
    (0, proof)
}

#[tokio::test]
async fn a_runner_that_sees_every_waypoint_begins_at_once() {
    let all = ["waypoint-0", "waypoint-1"].map(str::to_owned);
    let proved = prove(WAYPOINTS, |number| Some(one_of(2, number))).await;
    assert_eq!(proved, passed(40, &all, WAYPOINTS));
}

#[tokio::test]
async fn a_runner_that_sees_the_waypoints_of_its_zone_only_begins_a_little_later_and_says_so() {
    let proved = prove(WAYPOINTS, |number| Some(one_of(1, number))).await;
    assert_eq!(proved, passed(200, &["waypoint-0".to_owned()], WAYPOINTS));
}

#[tokio::test]
async fn more_waypoints_than_requests_are_seen_by_more_requests() {
    let all: Vec<String> = (0..60).map(|number| one_of(60, number)).collect();
    let proved = prove(60, |number| Some(one_of(60, number))).await;
    assert_eq!(proved, passed(80, &all, 60));
}

#[tokio::test]
async fn what_was_seen_before_a_request_took_another_path_is_forgotten() {
    let proved = prove(WAYPOINTS, |number| match number {
        0..40 => Some("waypoint-before".to_owned()),
        60 => None,
        _ => Some(one_of(1, number)),
    });
    assert_eq!(
        proved.await,
        passed(200, &["waypoint-0".to_owned()], WAYPOINTS)
    );
}

#[tokio::test]
async fn one_request_of_forty_on_another_path_ends_the_load_however_many_waypoints_were_seen() {
    let (code, proof) = prove(WAYPOINTS, |number| match number % 40 {
        39 => None,
        _ => Some(one_of(2, number)),
    })
    .await;
    assert_eq!((code, &proof["passed"]), (ABORTED, &json!(false)));
    assert_eq!(proof["seen"]["route"], "");
}
