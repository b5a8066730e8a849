//! What a Prometheus must have, against stubs that answer as its versions do.

use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

async fn fitness(version: &str, flags: &str) -> Result<(), CollectorError> {
    let server = MockServer::start().await;
    let answers = [
        (
            "/api/v1/status/buildinfo",
            format!(r#"{{"status":"success","data":{{"version":"{version}"}}}}"#),
        ),
        (
            "/api/v1/status/flags",
            format!(r#"{{"status":"success","data":{{{flags}}}}}"#),
        ),
    ];
    for (place, body) in answers {
        Mock::given(path(place))
            .respond_with(ResponseTemplate::new(200).set_body_string(body))
            .mount(&server)
            .await;
    }
    let url = PrometheusUrl::parse(&server.uri()).unwrap();
    PrometheusClient::new(url)
        .unwrap()
        .without_pauses()
        .check_fitness()
        .await
}

const WITH: &str = r#""enable-feature":"exemplar-storage,native-histograms","web.enable-remote-write-receiver":"true""#;
const WITHOUT_HISTOGRAMS: &str = r#""enable-feature":"","web.enable-remote-write-receiver":"true""#;
const WITHOUT_RECEIVER: &str =
    r#""enable-feature":"native-histograms","web.enable-remote-write-receiver":"false""#;

#[tokio::test]
async fn a_prometheus_that_serves_is_accepted() {
    for (version, flags) in [
        ("2.42.0+ds", WITH),
        ("3.5.3", WITH),
        ("3.8.0", WITHOUT_HISTOGRAMS),
        ("3.14.0-rc.1", WITH),
    ] {
        fitness(version, flags).await.unwrap();
    }
}

#[tokio::test]
async fn a_prometheus_that_would_lose_every_push_is_refused_before_the_load() {
    let unfit = [
        ("2.39.1", WITH, "2.40 or newer"),
        (
            "2.53.3",
            WITHOUT_HISTOGRAMS,
            "--enable-feature=native-histograms",
        ),
        (
            "3.7.9",
            WITHOUT_HISTOGRAMS,
            "--enable-feature=native-histograms",
        ),
        (
            "2.53.3",
            WITHOUT_RECEIVER,
            "--web.enable-remote-write-receiver",
        ),
    ];
    for (version, flags, hint) in unfit {
        let error = fitness(version, flags).await.unwrap_err().to_string();
        assert!(error.contains(hint), "{version}: {error}");
    }
}

#[tokio::test]
async fn a_service_that_does_not_tell_is_given_the_benefit_of_the_doubt() {
    let server = MockServer::start().await;
    let url = PrometheusUrl::parse(&server.uri()).unwrap();
    PrometheusClient::new(url)
        .unwrap()
        .without_pauses()
        .check_fitness()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_that_is_gone_is_named_without_credentials() {
    let url = PrometheusUrl::parse("http://user:secret@127.0.0.1:1").unwrap();
    let client = PrometheusClient::new(url).unwrap().without_pauses();
    let error: CollectorError = client.query("up[1m]", "0.000").await.unwrap_err().into();
    let text = error.to_string();
    assert!(
        text.contains("http://127.0.0.1:1") && !text.contains("secret"),
        "{text}"
    );
}
