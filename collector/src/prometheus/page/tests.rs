//! Paging against a stub that follows the two window rules, and against one that fails.

use std::sync::atomic::{AtomicUsize, Ordering};

use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::*;
use crate::prometheus::PrometheusUrl;

/// Stored times in milliseconds: on and off the edges of pages.
const STORED: [i64; 6] = [
    1_000_000, 1_000_997, 1_002_007, 1_004_014, 1_005_000, 1_010_000,
];

/// Answers range selectors of one counter as Prometheus does.
struct Store {
    left_closed: bool,
    longest_page_ms: i64,
    pages: AtomicUsize,
    extra: &'static str,
}

impl Store {
    fn new(left_closed: bool) -> Self {
        Self {
            left_closed,
            longest_page_ms: i64::MAX,
            pages: AtomicUsize::new(0),
            extra: "",
        }
    }

    fn answer(&self, form: &BTreeMap<String, String>) -> ResponseTemplate {
        let query = &form["query"];
        let range = query
            .rsplit_once('[')
            .and_then(|(_, range)| range.strip_suffix("ms]"))
            .expect("a range selector");
        let range: i64 = range.parse().unwrap();
        if range > self.longest_page_ms {
            let error = r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples"}"#;
            return ResponseTemplate::new(422).set_body_string(error);
        }
        self.pages.fetch_add(1, Ordering::Relaxed);
        let end = crate::prometheus::time::from_seconds(form["time"].parse().unwrap()).0;
        let inside = |time: &&i64| {
            let start = end - range;
            **time <= end && (**time > start || (self.left_closed && **time == start))
        };
        let values: Vec<String> = STORED
            .iter()
            .filter(inside)
            .map(|time| format!(r#"[{},"{time}"]"#, *time as f64 / 1000.0))
            .collect();
        let series = if values.is_empty() {
            String::new()
        } else {
            format!(
                r#"{{"metric":{{"__name__":"m","a":"b"}},"values":[{}]}}"#,
                values.join(",")
            )
        };
        let body = format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}{}}}"#,
            self.extra
        );
        ResponseTemplate::new(200).set_body_string(body)
    }
}

impl Respond for Store {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let form = reqwest::Url::parse(&format!(
            "http://x/?{}",
            String::from_utf8_lossy(&request.body)
        ))
        .unwrap();
        self.answer(&form.query_pairs().into_owned().collect())
    }
}

async fn serve(store: impl Respond + 'static, listed: &str) -> (MockServer, PrometheusClient) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/v1/query"))
        .respond_with(store)
        .mount(&server)
        .await;
    let series = format!(r#"{{"status":"success","data":[{listed}]}}"#);
    Mock::given(path("/api/v1/series"))
        .respond_with(ResponseTemplate::new(200).set_body_string(series))
        .mount(&server)
        .await;
    let client = PrometheusClient::new(PrometheusUrl::parse(&server.uri()).unwrap())
        .unwrap()
        .without_pauses();
    (server, client)
}

const LISTED: &str = r#"{"__name__":"m","a":"b"}"#;

async fn times(client: &PrometheusClient, page_ms: i64) -> Result<Vec<i64>, CollectorError> {
    let (from, to) = (TimestampMs(1_000_000), TimestampMs(1_010_000));
    let series = client
        .raw_samples_by("{a=\"b\"}", from, to, page_ms)
        .await?;
    Ok(series
        .iter()
        .flat_map(|series| &series.values)
        .map(|(time, _)| time.0)
        .collect())
}

#[tokio::test]
async fn every_page_length_gives_the_same_samples_under_both_window_rules() {
    for left_closed in [true, false] {
        let (_server, client) = serve(Store::new(left_closed), LISTED).await;
        for page_ms in [997, 2007, 5000, 60_000] {
            let found = times(&client, page_ms).await.unwrap();
            assert_eq!(
                found,
                STORED[1..],
                "pages of {page_ms} ms, left closed: {left_closed}"
            );
        }
    }
}

#[tokio::test]
async fn pages_are_halved_until_the_answer_is_small_enough() {
    let store = Store {
        longest_page_ms: 3000,
        ..Store::new(false)
    };
    let (_server, client) = serve(store, LISTED).await;
    assert_eq!(times(&client, 60_000).await.unwrap(), STORED[1..]);
    let store = Store {
        longest_page_ms: 500,
        ..Store::new(false)
    };
    let (_server, client) = serve(store, LISTED).await;
    let error = times(&client, 60_000).await.unwrap_err().to_string();
    assert!(error.contains("too many samples"), "{error}");
}

#[tokio::test]
async fn warnings_and_missing_series_are_errors() {
    let store = Store {
        extra: r#","warnings":["results truncated due to limit"]"#,
        ..Store::new(false)
    };
    let (_server, client) = serve(store, LISTED).await;
    let error = times(&client, 60_000).await.unwrap_err().to_string();
    assert!(error.contains("truncated due to limit"), "{error}");

    let listed = format!("{LISTED},{}", r#"{"__name__":"m","a":"lost"}"#);
    let (_server, client) = serve(Store::new(false), &listed).await;
    let error = times(&client, 60_000).await.unwrap_err().to_string();
    assert!(error.contains("lost"), "{error}");
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_what_will_not_is_named() {
    struct Flaky(AtomicUsize, u16);
    impl Respond for Flaky {
        fn respond(&self, request: &Request) -> ResponseTemplate {
            if self.0.fetch_add(1, Ordering::Relaxed) < 3 {
                return ResponseTemplate::new(self.1).set_body_string("not now");
            }
            Store::new(false).respond(request)
        }
    }
    for status in [429, 500, 502, 503, 504] {
        let (_server, client) = serve(Flaky(AtomicUsize::new(0), status), LISTED).await;
        assert_eq!(
            times(&client, 60_000).await.unwrap(),
            STORED[1..],
            "{status}"
        );
    }
    for (status, hint) in [(400, "not now"), (401, "credentials"), (404, "path")] {
        let (_server, client) = serve(Flaky(AtomicUsize::new(0), status), LISTED).await;
        let error = times(&client, 60_000).await.unwrap_err().to_string();
        assert!(error.contains(hint), "{status}: {error}");
    }
}

#[test]
fn a_repeated_sample_that_differs_is_an_error() {
    let mut known = vec![(TimestampMs(1), 1.0), (TimestampMs(2), 2.0)];
    let same = |left: &f64, right: &f64| left.to_bits() == right.to_bits();
    append(
        &mut known,
        vec![(TimestampMs(2), 2.0), (TimestampMs(3), 3.0)],
        same,
    )
    .unwrap();
    assert_eq!(known.len(), 3);
    assert_eq!(
        append(&mut known, vec![(TimestampMs(3), 4.0)], same),
        Err(TimestampMs(3))
    );
    assert_eq!(
        append(&mut known, vec![(TimestampMs(1), 1.0)], same),
        Err(TimestampMs(1))
    );
}
