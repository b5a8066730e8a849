//! Agreement with running Prometheus servers about histograms that a real k6 pushed.
//!
//! `golden/prometheus-*.json` are answers of Prometheus 2.42.0, 2.53.3 and 3.5.3 (Debian's packages) to k6 1.1.0. To record them again, for
//! each version put its `prometheus` into a folder and, with k6 on `PATH`:
//!
//! ```text
//! MESHDELTA_TOOLS=FOLDER cargo test -p meshdelta-collector --test promql_agreement -- --ignored
//! ```

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "promql_agreement/live.rs"]
mod live;
#[path = "promql_agreement/recording.rs"]
mod recording;

use std::path::{Path, PathBuf};

use live::{COMPUTED, ChosenCase, Prometheus, selector};
use meshdelta_collector::prometheus::{PrometheusClient, PrometheusUrl, RawHistogram};
use meshdelta_run::TimestampMs;
use meshdelta_stats::Quantile;
use meshdelta_stats::histogram::{BucketList, NativeHistogram, Schema};
use meshdelta_stats::quantile::{CompatRule, compat_quantile, quantile};
use recording::{Agreement, HistogramJson, RecordedCase, Recording, number};
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const RULES: [CompatRule; 3] = [CompatRule::Prom242, CompatRule::Prom2, CompatRule::Prom3];

fn golden_file(version: &str) -> PathBuf {
    let name = format!("tests/golden/prometheus-{version}.json");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn recordings() -> [Recording; 3] {
    ["2.42.0", "2.53.3", "3.5.3"].map(|version| {
        let text = fs_err::read_to_string(golden_file(version)).unwrap();
        serde_json::from_str(&text).unwrap()
    })
}

#[test]
fn each_rule_agrees_with_its_server_and_no_other_does() {
    for (recording, rule) in recordings().iter().zip(RULES) {
        assert_eq!(recording.rule(), rule, "{}", recording.version);
        recording.compare(rule).assert_holds();
        for other in RULES.into_iter().filter(|other| *other != rule) {
            let disagreements = recording.compare(other).disagreements;
            assert!(
                !disagreements.is_empty(),
                "{} fits {other:?}",
                recording.version
            );
        }
    }
}

#[test]
fn the_recordings_hold_all_cases() {
    for recording in recordings() {
        for case in ChosenCase::all() {
            let recorded = recording.case(&case.name).unwrap();
            assert_eq!(
                recorded.histogram.count,
                case.count().to_string(),
                "{}",
                case.name
            );
        }
        let latencies = recording.case("k6_http_req_duration_seconds").unwrap();
        assert!(latencies.histogram.buckets.len() >= 10);
        assert!(recording.case("sum").is_some());
        assert_eq!(
            recording.case("sum that is NaN").unwrap().histogram.sum,
            "NaN"
        );
        let can_subtract = recording.rule() != CompatRule::Prom242;
        assert_eq!(recording.case("increment").is_some(), can_subtract);
    }
}

#[test]
fn a_difference_of_one_in_ten_to_the_eleven_is_noticed() {
    let [_, _, mut recording] = recordings();
    let rule = recording.rule();
    let place = recording
        .cases
        .iter()
        .position(|case| case.name == "bimodal")
        .unwrap();
    let answer = &mut recording.cases[place].quantiles[6].1;
    *answer = (number(answer) * (1.0 + 1e-11)).to_string();
    let disagreements = recording.compare(rule).disagreements;
    let [line] = disagreements.as_slice() else {
        panic!("{disagreements:?}")
    };
    assert!(line.contains("quantile 0.5 of bimodal"), "{line}");
}

#[test]
fn k6_puts_values_where_this_project_puts_them() {
    for recording in recordings() {
        for case in ChosenCase::all() {
            let stored = &recording.case(&case.name).unwrap().histogram;
            if stored.has_negative_buckets() || case.name == "within the zero bucket" {
                continue;
            }
            let values = case.values.iter().flat_map(|(value, times)| {
                std::iter::repeat_n(number(value), (*times).try_into().unwrap())
            });
            let own = BucketList::from(&NativeHistogram::from_values(Schema::K6, values));
            assert_eq!(
                own.buckets(),
                stored.bucket_list().buckets(),
                "{}",
                case.name
            );
        }
    }
}

/// The project's own quantiles are those of Prometheus 3, from the answer of the API on.
#[tokio::test(flavor = "multi_thread")]
async fn own_quantiles_of_decoded_answers_are_those_of_prometheus_3() {
    let [_, _, recording] = recordings();
    let mut agreement = Agreement::default();
    for case in &recording.cases {
        let answer = answer_with(&case.histogram).await;
        if let Some(decoded) = decode(&answer.uri(), "{}", case).await {
            compare_decoded(&decoded, case, CompatRule::Prom3, &mut agreement);
        }
    }
    agreement.assert_holds();
    assert!(agreement.compared > 300, "{}", agreement.compared);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_installed_prometheus_agrees() {
    let server = Prometheus::start().await;
    server.fill().await;
    let recording = server.record().await;
    let rule = recording.rule();
    recording.compare(rule).assert_holds();
    let mut agreement = Agreement::default();
    for case in recording
        .cases
        .iter()
        .filter(|case| !COMPUTED.contains(&case.name.as_str()))
    {
        if let Some(decoded) = decode(&server.url, &selector(&case.name), case).await {
            compare_decoded(&decoded, case, rule, &mut agreement);
        }
    }
    agreement.assert_holds();
    assert!(agreement.compared > 300, "{}", agreement.compared);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes a golden file"]
async fn record() {
    let server = Prometheus::start().await;
    server.fill().await;
    let recording = server.record().await;
    server.stop().await;
    let cases: Vec<String> = recording
        .cases
        .iter()
        .map(|case| serde_json::to_string(case).unwrap())
        .collect();
    let version = serde_json::to_string(&recording.version).unwrap();
    let text = format!(
        "{{\"version\":{version},\"cases\":[\n{}\n]}}\n",
        cases.join(",\n")
    );
    fs_err::write(golden_file(&recording.version), text).unwrap();
}

/// Starts a server that has one series with one sample.
async fn answer_with(histogram: &HistogramJson) -> MockServer {
    let server = MockServer::start().await;
    let now = chrono::Utc::now().timestamp();
    let series = json!({"metric": {"__name__": "k6_chosen"}, "histograms": [[now, histogram]]});
    let matrix = json!({"resultType": "matrix", "result": [series]});
    let answer =
        |data| ResponseTemplate::new(200).set_body_json(json!({"status": "success", "data": data}));
    Mock::given(method("POST"))
        .and(path("/api/v1/query"))
        .respond_with(answer(matrix))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/api/v1/series"))
        .respond_with(answer(json!([])))
        .mount(&server)
        .await;
    server
}

/// Reads the last sample of a case as `collect` does, or returns `None` where that must fail: no duration is negative or infinite.
async fn decode(url: &str, selector: &str, case: &RecordedCase) -> Option<RawHistogram> {
    let client = PrometheusClient::new(PrometheusUrl::parse(url).unwrap()).unwrap();
    let now = TimestampMs(chrono::Utc::now().timestamp_millis());
    let from = now.plus_ms(-10 * 60 * 1000);
    let decoded = client
        .raw_samples(selector, from, now.plus_ms(60 * 1000))
        .await;
    let refusal = if case.histogram.has_negative_buckets() {
        "is negative"
    } else if case.name == "overflow only" {
        "fits no schema"
    } else {
        let mut series = decoded.unwrap();
        assert_eq!(series.len(), 1, "{}", case.name);
        return Some(series.remove(0).histograms.pop().unwrap().1);
    };
    let error = decoded.unwrap_err().to_string();
    assert!(error.contains(refusal), "{}: {error}", case.name);
    None
}

/// Compares what was decoded with the JSON, and quantiles of it with the server's answers.
fn compare_decoded(
    decoded: &RawHistogram,
    case: &RecordedCase,
    rule: CompatRule,
    agreement: &mut Agreement,
) {
    let schema = decoded
        .schema
        .map(|schema| Schema::try_new(schema.into()).unwrap());
    let native = NativeHistogram::try_new(
        schema,
        decoded.zero_threshold.unwrap_or(0.0),
        decoded.zero_count,
        decoded.count,
        decoded.sum,
        decoded.buckets.clone(),
    )
    .unwrap();
    let list = BucketList::from(&native);
    // Bounds are computed again from schema and index, and must be those that the server printed, to the bit.
    assert_eq!(list, case.histogram.bucket_list(), "{}", case.name);
    for (q, answer) in &case.quantiles {
        let what = format!("quantile {q} of {}, decoded", case.name);
        agreement.add(&what, compat_quantile(rule, number(q), &list), answer);
        let Ok(own) = Quantile::try_new(number(q)).map(|q| quantile(&native, q)) else {
            continue;
        };
        // Refused where too few observations lie beyond it, and in the zero and overflow buckets.
        if let Ok(own) = own {
            let by_prometheus_3 = compat_quantile(CompatRule::Prom3, number(q), &list);
            let answer = match rule {
                CompatRule::Prom3 => answer.clone(),
                _ => by_prometheus_3.unwrap().to_string(),
            };
            let what = format!("own quantile {q} of {}", case.name);
            agreement.add(&what, Some(own.value.get()), &answer);
        }
    }
}
