//! Requests to the HTTP API, with retries of what may succeed later.

use std::time::Duration;

use meshdelta_run::TimestampMs;
use reqwest::{Client, Method, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use super::decode::{Answer, QueryData, RawSeries, series};
use super::page::LastValue;
use super::service::ServiceProxy;
use super::time::to_seconds;
use super::url::PrometheusUrl;
use crate::error::CollectorError;

const ATTEMPTS: u32 = 5;
/// Through an API server, which may be restarting: about two minutes.
const ATTEMPTS_BY_SERVICE: u32 = 9;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(150);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client of one Prometheus.
#[derive(Debug, Clone)]
pub struct PrometheusClient {
    url: PrometheusUrl,
    way: Way,
    first_pause: Duration,
}

/// How requests get there.
#[derive(Debug, Clone)]
enum Way {
    /// Straight to the address.
    Direct(Client),
    /// Through the API server of a Kubernetes cluster, with its credentials.
    Service(Box<ServiceProxy>),
}

/// Why a request failed, as far as the caller can act on it.
#[derive(Debug)]
pub(super) enum Failure {
    /// The answer would hold too many samples: ask for less.
    TooMuch(CollectorError),
    /// Nothing that the caller can change.
    Final(CollectorError),
}

impl From<Failure> for CollectorError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TooMuch(error) | Failure::Final(error) => error,
        }
    }
}

/// What to do about an answer that is no success.
enum Remedy {
    Retry,
    AskForLess,
    GiveUp,
}

/// Makes an HTTP client that goes to no proxy: everything it talks to is named by the user or on loopback.
pub(crate) fn http_client() -> Result<Client, CollectorError> {
    // Installing fails when it was done before, which is what is wanted.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .no_proxy()
        .build()
        .map_err(|error| CollectorError::PrometheusQuery {
            url: "any address".to_owned(),
            reason: error.to_string(),
        })
}

impl PrometheusClient {
    /// Makes a client.
    pub fn new(url: PrometheusUrl) -> Result<Self, CollectorError> {
        Ok(Self {
            url,
            way: Way::Direct(http_client()?),
            first_pause: FIRST_PAUSE,
        })
    }

    /// Makes a client of a Prometheus in a Kubernetes cluster, reached through its API server.
    pub fn of_service(service: ServiceProxy) -> Result<Self, CollectorError> {
        Ok(Self {
            url: PrometheusUrl::parse(&service.url())?,
            way: Way::Service(Box::new(service)),
            first_pause: FIRST_PAUSE,
        })
    }

    /// Returns the address, which is shown without credentials.
    pub fn url(&self) -> &PrometheusUrl {
        &self.url
    }

    /// Returns the address that k6 writes to.
    pub(crate) fn write_url(&self) -> String {
        format!("{}/api/v1/write", self.url)
    }

    #[cfg(test)]
    pub(super) fn without_pauses(mut self) -> Self {
        self.first_pause = Duration::ZERO;
        self
    }

    /// Tells whether the server is ready to answer.
    pub(crate) async fn is_ready(&self) -> bool {
        let answer = self.exchange(&Method::GET, "-/ready", &[], CONNECT_TIMEOUT);
        answer.await.is_ok_and(|(status, _)| status.is_success())
    }

    /// Fails when the server says that it has no native histograms or takes no remote write. Hosted services do not tell; then nothing fails.
    pub async fn check_fitness(&self) -> Result<(), CollectorError> {
        #[derive(serde::Deserialize)]
        struct BuildInformation {
            version: String,
        }
        type Flags = std::collections::BTreeMap<String, String>;
        let Ok(build) = self
            .get::<BuildInformation>("api/v1/status/buildinfo", &[])
            .await
        else {
            return Ok(());
        };
        let Ok(flags) = self.get::<Flags>("api/v1/status/flags", &[]).await else {
            return Ok(());
        };
        let lacks = |lacks: &str| CollectorError::PrometheusUnfit {
            url: self.url.to_string(),
            lacks: lacks.to_owned(),
        };
        let mut numbers = build.version.split(['.', '+', '-']).map(str::parse::<u32>);
        let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
        let version = (next(), next());
        let enabled = flags
            .get("enable-feature")
            .is_some_and(|features| features.contains("native-histograms"));
        if version < (2, 40) {
            return Err(lacks(&format!(
                "is version {}, which has no native histograms (2.40 or newer)",
                build.version
            )));
        }
        if version < (3, 8) && !enabled {
            return Err(lacks(
                "has native histograms switched off (--enable-feature=native-histograms)",
            ));
        }
        if flags
            .get("web.enable-remote-write-receiver")
            .is_some_and(|value| value == "false")
        {
            return Err(lacks(
                "takes no remote write (--web.enable-remote-write-receiver)",
            ));
        }
        Ok(())
    }

    /// Runs an instant query that must answer with stored samples.
    pub(super) async fn query(&self, query: &str, time: &str) -> Result<Vec<RawSeries>, Failure> {
        let body = self
            .send(
                &Method::POST,
                "api/v1/query",
                &[("query", query), ("time", time)],
            )
            .await?;
        let unusable = |reason: String| {
            Failure::Final(CollectorError::PrometheusAnswer {
                query: query.to_owned(),
                reason,
            })
        };
        let answer: Answer<QueryData<'_>> =
            serde_json::from_slice(&body).map_err(|error| unusable(error.to_string()))?;
        let data = self.content(query, answer)?;
        if data.result_type != "matrix" {
            return Err(unusable(format!(
                "it is a {}, not stored samples",
                data.result_type
            )));
        }
        data.result
            .into_iter()
            .map(series)
            .collect::<Result<_, _>>()
            .map_err(unusable)
    }

    /// Asks another path of the API.
    pub(super) async fn get<Data: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Data, CollectorError> {
        let body = self.send(&Method::GET, path, parameters).await?;
        let answer: Answer<Data> =
            serde_json::from_slice(&body).map_err(|error| CollectorError::PrometheusAnswer {
                query: path.to_owned(),
                reason: error.to_string(),
            })?;
        Ok(self.content(path, answer)?)
    }

    /// Takes the data out of an answer. A warning means that samples are missing (a limit, a store that is down), so it is an error.
    #[expect(clippy::unused_self, reason = "reads as a step of asking this server")]
    fn content<Data>(&self, query: &str, answer: Answer<Data>) -> Result<Data, Failure> {
        let unusable = |reason: String| {
            Failure::Final(CollectorError::PrometheusAnswer {
                query: query.to_owned(),
                reason,
            })
        };
        if !answer.warnings.is_empty() {
            return Err(unusable(format!(
                "it came with warnings: {}",
                answer.warnings.join("; ")
            )));
        }
        match answer.data {
            Some(data) if answer.status == "success" => Ok(data),
            _ => Err(unusable(
                answer.error.unwrap_or_else(|| "it has no data".to_owned()),
            )),
        }
    }

    async fn send(
        &self,
        method: &Method,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<u8>, Failure> {
        let attempts = match self.way {
            Way::Direct(_) => ATTEMPTS,
            Way::Service(_) => ATTEMPTS_BY_SERVICE,
        };
        let mut pause = self.first_pause;
        let mut attempt = 1;
        loop {
            let (remedy, reason) = match self.send_once(method, path, parameters).await {
                Ok(body) => return Ok(body),
                Err(failed) => failed,
            };
            let error = || CollectorError::PrometheusQuery {
                url: self.url.to_string(),
                reason: reason.clone(),
            };
            match remedy {
                Remedy::AskForLess => return Err(Failure::TooMuch(error())),
                Remedy::GiveUp => return Err(Failure::Final(error())),
                Remedy::Retry if attempt == attempts => return Err(Failure::Final(error())),
                Remedy::Retry => {
                    tracing::debug!(%reason, attempt, "asking Prometheus again");
                    sleep(pause).await;
                    pause *= 2;
                    attempt += 1;
                }
            }
        }
    }

    async fn send_once(
        &self,
        method: &Method,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<u8>, (Remedy, String)> {
        let (status, body) = self
            .exchange(method, path, parameters, REQUEST_TIMEOUT)
            .await?;
        if status.is_success() {
            Ok(body)
        } else {
            Err(judge(status, &body))
        }
    }

    /// Sends a request and returns the status and the body of the answer, whatever they say.
    async fn exchange(
        &self,
        method: &Method,
        path: &str,
        parameters: &[(&str, &str)],
        limit: Duration,
    ) -> Result<(StatusCode, Vec<u8>), (Remedy, String)> {
        let http = match &self.way {
            Way::Direct(http) => http,
            Way::Service(service) => {
                let asking = service.get(path, parameters);
                return match tokio::time::timeout(limit, asking).await {
                    Ok(answer) => answer.map_err(|reason| (Remedy::Retry, reason)),
                    Err(_) => Err((Remedy::Retry, format!("no answer within {limit:?}"))),
                };
            }
        };
        let url = self
            .url
            .join(path)
            .map_err(|error| (Remedy::GiveUp, error.to_string()))?;
        let request = http.request(method.clone(), url).timeout(limit);
        let request = if *method == Method::POST {
            request.form(parameters)
        } else {
            request.query(parameters)
        };
        // The address is left out of every message: the caller names it without credentials.
        let failed = |error: reqwest::Error| (Remedy::Retry, with_causes(&error.without_url()));
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(failed)?.to_vec();
        Ok((status, body))
    }

    /// Evaluates an expression at a moment. The result must be a vector.
    pub(crate) async fn evaluate(
        &self,
        query: &str,
        time: TimestampMs,
    ) -> Result<Vec<LastValue>, CollectorError> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Vector {
            result_type: String,
            result: Vec<Element>,
        }
        #[derive(serde::Deserialize)]
        struct Element {
            metric: std::collections::BTreeMap<String, String>,
            value: (f64, String),
        }
        let unusable = |reason: String| CollectorError::PrometheusAnswer {
            query: query.to_owned(),
            reason,
        };
        let time = to_seconds(time);
        let parameters = [("query", query), ("time", time.as_str())];
        let vector: Vector = self.get("api/v1/query", &parameters).await?;
        if vector.result_type != "vector" {
            return Err(unusable(format!(
                "it is a {}, not a vector",
                vector.result_type
            )));
        }
        vector
            .result
            .into_iter()
            .map(|element| {
                let value = element.value.1.parse();
                Ok(LastValue {
                    labels: element.metric,
                    value: value
                        .map_err(|_| unusable(format!("`{}` is no number", element.value.1)))?,
                })
            })
            .collect()
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Decides what an error answer means (`docs/querying/api.md` of Prometheus and what its versions were seen to answer).
fn judge(status: StatusCode, body: &[u8]) -> (Remedy, String) {
    let parsed: Option<Answer<serde::de::IgnoredAny>> = serde_json::from_slice(body).ok();
    let (kind, said) = match parsed {
        Some(answer) => (
            answer.error_type.unwrap_or_default(),
            answer.error.unwrap_or_default(),
        ),
        None => (
            String::new(),
            String::from_utf8_lossy(body)
                .chars()
                .take(200)
                .collect::<String>(),
        ),
    };
    let reason = format!("{status}: {}", said.trim());
    match status.as_u16() {
        422 => (Remedy::AskForLess, reason),
        401 | 403 => (
            Remedy::GiveUp,
            format!("{reason} (are the credentials right, and may they read?)"),
        ),
        404 => (
            Remedy::GiveUp,
            format!("{reason} (is the path of the address right?)"),
        ),
        500 if kind != "unavailable" => (Remedy::Retry, reason),
        408 | 429 | 499 | 502 | 503 | 504 => (Remedy::Retry, reason),
        _ => (Remedy::GiveUp, reason),
    }
}

#[cfg(test)]
mod tests;
