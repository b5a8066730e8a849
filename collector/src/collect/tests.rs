//! Collecting from a stub that is late, or that lost samples for good.

use std::sync::atomic::{AtomicUsize, Ordering};

use meshdelta_run::order::{PlannedSlot, run_order};
use meshdelta_run::{Phase, Plan, RunId};
use tokio_util::sync::CancellationToken;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::*;
use crate::prometheus::PrometheusUrl;

const COUNTED: u64 = 482;
const BEFORE_THE_LAST_PUSH: u64 = 300;

/// A moment ago: a page is asked for each stretch of time since then, so a fixed date would ask for more of them each day.
fn begin() -> TimestampMs {
    TimestampMs(clock::now().0 - 10_000)
}

/// From the begin to the start of the measured load.
const START_AFTER_MS: i64 = 1_307;
/// From the begin to the sample that is stored.
const SAMPLE_AFTER_MS: i64 = 2_000;

/// Stores all but the last push, until it was asked so many times.
struct LateStore {
    begin: TimestampMs,
    asked: AtomicUsize,
    late_by: usize,
}

impl Respond for LateStore {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let matrix = |series: &str| {
            let body = format!(
                r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#
            );
            ResponseTemplate::new(200).set_body_string(body)
        };
        let count = if self.asked.load(Ordering::Relaxed) < self.late_by {
            BEFORE_THE_LAST_PUSH
        } else {
            COUNTED
        };
        let time = (self.begin.0 + SAMPLE_AFTER_MS) as f64 / 1e3;
        let labels =
            r#""expected_response":"true","scenario":"measure","instance_id":"1","status":"200""#;
        if form.contains(REQUESTS) {
            self.asked.fetch_add(1, Ordering::Relaxed);
            return matrix(&format!(
                r#"{{"metric":{{"__name__":"{REQUESTS}",{labels}}},"values":[[{time},"{count}"]]}}"#
            ));
        }
        if form.contains(DURATION) {
            return matrix(&format!(
                r#"{{"metric":{{"__name__":"{DURATION}",{labels}}},"histograms":[[{time},
                {{"count":"{count}","sum":"1","buckets":[[0,"1","2","{count}"]]}}]]}}"#
            ));
        }
        matrix("")
    }
}

async fn collect_from(begin: TimestampMs, late_by: usize) -> Collected {
    let server = MockServer::start().await;
    let store = LateStore {
        begin,
        asked: AtomicUsize::new(0),
        late_by,
    };
    Mock::given(path("/api/v1/query"))
        .respond_with(store)
        .mount(&server)
        .await;
    let nothing = ResponseTemplate::new(200).set_body_string(r#"{"status":"success","data":[]}"#);
    Mock::given(path("/api/v1/series"))
        .respond_with(nothing)
        .mount(&server)
        .await;
    let client = PrometheusClient::new(PrometheusUrl::parse(&server.uri()).unwrap()).unwrap();

    let plan = Plan::default();
    let slot: PlannedSlot = run_order(&plan).remove(0);
    let (run_id, phase) = (
        RunId::try_new("test-1").unwrap(),
        Phase::find("baseline").unwrap(),
    );
    let cancellation = CancellationToken::new();
    let context = SlotContext {
        run_id: &run_id,
        plan: &plan,
        slot: &slot,
        phase: &phase,
        attempt: TimestampMs(0),
        cancellation: &cancellation,
    };
    let value = |name: &str, value: f64| BTreeMap::from([(name.to_owned(), value)]);
    let metrics = [
        ("http_reqs", value("count", COUNTED as f64)),
        (
            "http_reqs{scenario:measure,expected_response:true}",
            value("count", COUNTED as f64),
        ),
        (
            "meshdelta_measure_start_ms",
            value("value", (begin.0 + START_AFTER_MS) as f64),
        ),
    ];
    let metrics = metrics
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values))
        .collect();
    let report = LoadReport {
        runner: "1".to_owned(),
        metrics,
        ..LoadReport::default()
    };
    let outcome = LoadOutcome {
        reports: vec![report],
        resources: Vec::new(),
        unsampled: Vec::new(),
    };
    collect_slot(&client, context, begin, &outcome)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_last_push_that_comes_late_is_waited_for() {
    let begin = begin();
    let collected = collect_from(begin, 4).await;
    assert_eq!(collected.failures, Vec::<String>::new());
    assert_eq!(collected.tables.histograms[0].count, COUNTED);
    assert_eq!(collected.load.succeeded_requests, COUNTED);
    let start = begin.0 + START_AFTER_MS;
    assert_eq!(collected.window.start, TimestampMs(start));
    assert_eq!(collected.window.end, TimestampMs(start + 120_000));
}

#[tokio::test]
async fn a_last_push_that_is_lost_is_told_with_both_numbers() {
    let collected = collect_from(begin(), usize::MAX).await;
    let failures = collected.failures.join("\n");
    for metric in ["all requests", REQUESTS, DURATION] {
        assert!(failures.contains(metric), "{failures}");
    }
    assert!(
        failures.contains("stores 300") && failures.contains("counted 482"),
        "{failures}"
    );
    // What is there is kept all the same.
    assert_eq!(collected.tables.histograms[0].count, BEFORE_THE_LAST_PUSH);
}
