//! A Prometheus of the test's own, filled by a real k6.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use meshdelta_collector::environment::local::{Program, REQUIREMENTS};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use procfs::process::{FDTarget, Process};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::recording::{HistogramJson, QUANTILES, RANGES, RecordedCase, Recording};

/// Generous: only a broken program is this slow.
const DEADLINE: Duration = Duration::from_mins(2);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// A free port can be taken by another program before Prometheus has it.
const PORT_ATTEMPTS: u32 = 5;

/// Series of k6 itself. Reused connections make `blocked` and `connecting` mostly zero.
const MEASURED: [&str; 5] = [
    "k6_http_req_duration_seconds",
    "k6_http_req_waiting_seconds",
    "k6_http_req_blocked_seconds",
    "k6_http_req_connecting_seconds",
    "k6_iteration_duration_seconds",
];

/// Names of the cases that are no stored series but computed by the server.
pub(crate) const COMPUTED: [&str; 3] = ["increment", "sum", "sum that is NaN"];

/// The values of one series, as text because JSON has no infinity.
#[derive(Debug, Deserialize)]
pub(crate) struct ChosenCase {
    pub(crate) name: String,
    /// A value and how often it is observed.
    pub(crate) values: Vec<(String, u64)>,
}

impl ChosenCase {
    pub(crate) fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("cases.json")).unwrap()
    }

    pub(crate) fn count(&self) -> u64 {
        self.values.iter().map(|(_, times)| times).sum()
    }

    pub(crate) fn selector(&self) -> String {
        selector(&self.name)
    }
}

/// Returns the selector of a series by the name of its case.
pub(crate) fn selector(case: &str) -> String {
    if case.starts_with("k6_") {
        format!(r#"{{__name__="{case}"}}"#)
    } else {
        format!(r#"{{__name__="k6_chosen",case="{case}"}}"#)
    }
}

/// A stored histogram.
#[derive(Debug)]
struct Stored {
    seconds: f64,
    histogram: HistogramJson,
}

/// A running Prometheus; it is killed when dropped.
pub(crate) struct Prometheus {
    child: Child,
    pub(crate) url: String,
    http: reqwest::Client,
    folder: TempDir,
}

impl Prometheus {
    pub(crate) async fn start() -> Self {
        let program = program("prometheus").await;
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("prometheus.yaml");
        fs_err::write(configuration, "global:\n  scrape_interval: 1m\n").unwrap();
        // Installing fails when it was done before, which is what is wanted.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut server = Self::spawn(&program, folder, http);
        for _ in 1..PORT_ATTEMPTS {
            if server.wait_until_ready().await {
                return server;
            }
            server = Self::spawn(&program, server.folder, server.http);
        }
        assert!(server.wait_until_ready().await, "{}", server.log());
        server
    }

    fn spawn(program: &Path, folder: TempDir, http: reqwest::Client) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let log = fs_err::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(program)
            .current_dir(folder.path())
            .args(["--config.file=prometheus.yaml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .args([
                "--web.enable-remote-write-receiver",
                "--enable-feature=native-histograms",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.into_file())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            child,
            url: format!("http://{address}"),
            http,
            folder,
        }
    }

    /// Returns whether it became ready; otherwise it ended because its port was taken.
    async fn wait_until_ready(&mut self) -> bool {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let log = self.log();
                assert!(log.contains("address already in use"), "{status}: {log}");
                return false;
            }
            let answer = self.http.get(format!("{}/-/ready", self.url)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) && self.listens() {
                return true;
            }
            assert!(Instant::now() < deadline, "not ready: {}", self.log());
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Tells whether the server itself has the port, and not another one that happens to answer there.
    fn listens(&self) -> bool {
        let port: u16 = self.url.rsplit(':').next().unwrap().parse().unwrap();
        let listening = procfs::net::tcp().unwrap().into_iter().filter(|socket| {
            socket.state == procfs::net::TcpState::Listen && socket.local_address.port() == port
        });
        let inodes: Vec<u64> = listening.map(|socket| socket.inode).collect();
        let Ok(files) = Process::new(self.pid().as_raw()).and_then(|process| process.fd()) else {
            return false;
        };
        files
            .flatten()
            .any(|file| matches!(file.target, FDTarget::Socket(inode) if inodes.contains(&inode)))
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().unwrap().try_into().unwrap())
    }

    fn log(&self) -> String {
        fs_err::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(crate) async fn stop(mut self) {
        kill(self.pid(), Signal::SIGTERM).unwrap();
        let ended = timeout(DEADLINE, self.child.wait()).await;
        assert!(ended.unwrap().unwrap().success(), "{}", self.log());
    }

    /// Lets k6 push the chosen cases and the latencies of requests, and waits until all of it is stored.
    pub(crate) async fn fill(&self) {
        let target = target().await;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/promql_agreement/push.js");
        let mut k6 = Command::new(program("k6").await);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("K6_") {
                k6.env_remove(name);
            }
        }
        let running = k6
            .args([
                "run",
                "--quiet",
                "--no-color",
                "--no-usage-report",
                "--address=",
            ])
            .args(["--out", "experimental-prometheus-rw", "--env"])
            .arg(format!("TARGET={}", target.uri()))
            .arg(script)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env(
                "K6_PROMETHEUS_RW_SERVER_URL",
                format!("{}/api/v1/write", self.url),
            )
            .env("K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM", "true")
            .env("K6_PROMETHEUS_RW_PUSH_INTERVAL", "400ms")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = timeout(DEADLINE, running).await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", output.status);

        let requests = target.received_requests().await.unwrap().len();
        let mut expected: BTreeMap<String, u64> = ChosenCase::all()
            .into_iter()
            .map(|case| (case.selector(), case.count()))
            .collect();
        expected.insert(selector(MEASURED[0]), requests.try_into().unwrap());
        let deadline = Instant::now() + DEADLINE;
        for (selector, count) in expected {
            loop {
                let stored = self.stored(&selector).await;
                let last = stored.last().map(|stored| stored.histogram.count.clone());
                if last == Some(count.to_string()) {
                    break;
                }
                assert!(
                    Instant::now() < deadline,
                    "{selector}: {last:?}, not {count}: {said}"
                );
                sleep(POLL_INTERVAL).await;
            }
        }
    }

    /// Asks for every case and for all answers about it.
    pub(crate) async fn record(&self) -> Recording {
        let build = self.get("status/buildinfo", &[]).await;
        let version = build["version"].as_str().unwrap();
        let duration = self.stored(&selector(MEASURED[0])).await;
        let last = duration.last().unwrap().seconds;
        // A whole second after the last sample, because servers truncate the fraction of a time.
        let time = format!("{:.0}", last.ceil() + 1.0);
        let mut cases = Vec::new();
        let chosen = ChosenCase::all().into_iter().map(|case| case.name);
        for name in chosen.chain(MEASURED.map(str::to_owned)) {
            let selector = selector(&name);
            let stored = self
                .stored(&selector)
                .await
                .pop()
                .unwrap_or_else(|| panic!("no {name}"));
            cases.push(self.case(name, stored.histogram, &selector, &time).await);
        }
        // What servers compute themselves: part of a series, and several series in one.
        let (whole, first) = (selector(MEASURED[0]), duration[0].seconds + 0.005);
        let expressions = [
            format!("{whole} - {whole} @ {first:.3}"),
            r#"sum({__name__=~"k6_http_req_(duration|blocked)_seconds"})"#.to_owned(),
            // Infinity and its negative, by finite values whose sums are too large.
            r#"sum({__name__="k6_chosen",case=~"(largest|lowest) numbers"})"#.to_owned(),
        ];
        for (name, expression) in COMPUTED.into_iter().zip(expressions) {
            let vector = self.query(&expression, &time).await;
            // Prometheus 2.42 cannot subtract histograms; the answer is empty.
            if let Some(histogram) = vector.pointer("/0/histogram/1") {
                let histogram = serde_json::from_value(histogram.clone()).unwrap();
                cases.push(
                    self.case(name.to_owned(), histogram, &expression, &time)
                        .await,
                );
            }
        }
        Recording {
            version: version.split('+').next().unwrap().to_owned(),
            cases,
        }
    }

    async fn case(
        &self,
        name: String,
        histogram: HistogramJson,
        expression: &str,
        time: &str,
    ) -> RecordedCase {
        let mut quantiles = Vec::new();
        for q in QUANTILES {
            let query = format!("histogram_quantile({q}, {expression})");
            quantiles.push((q.to_owned(), self.value(&query, time).await));
        }
        let mut fractions = Vec::new();
        for (lower, upper) in RANGES {
            let query = format!("histogram_fraction({lower}, {upper}, {expression})");
            let answer = self.value(&query, time).await;
            fractions.push((lower.to_owned(), upper.to_owned(), answer));
        }
        RecordedCase {
            name,
            histogram,
            quantiles,
            fractions,
        }
    }

    /// Returns the stored samples of one series.
    async fn stored(&self, selector: &str) -> Vec<Stored> {
        let matrix = self
            .get("query", &[("query", &format!("{selector}[1h]"))])
            .await;
        let samples = matrix.pointer("/result/0/histograms").cloned();
        let samples: Vec<(f64, HistogramJson)> =
            serde_json::from_value(samples.unwrap_or(Value::Array(Vec::new()))).unwrap();
        let stored = samples
            .into_iter()
            .map(|(seconds, histogram)| Stored { seconds, histogram });
        stored.collect()
    }

    async fn value(&self, query: &str, time: &str) -> String {
        let vector = self.query(query, time).await;
        let value = vector.pointer("/0/value/1").and_then(Value::as_str);
        value
            .unwrap_or_else(|| panic!("{query}: {vector}"))
            .to_owned()
    }

    async fn query(&self, query: &str, time: &str) -> Value {
        let data = self.get("query", &[("query", query), ("time", time)]).await;
        data["result"].clone()
    }

    async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let request = self
            .http
            .get(format!("{}/api/v1/{path}", self.url))
            .query(parameters);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["status"], "success", "{parameters:?}: {answer}");
        answer["data"].clone()
    }
}

/// Finds a program where `meshdelta` itself finds it.
async fn program(name: &str) -> PathBuf {
    let requirement = REQUIREMENTS
        .into_iter()
        .find(|requirement| requirement.name == name);
    let Program { path, .. } = requirement.unwrap().find().await.unwrap();
    path
}

/// Starts a server whose answers take a while now and then, so that latencies have two modes.
async fn target() -> MockServer {
    let server = MockServer::start().await;
    let requests = AtomicU32::new(0);
    let answer = move |_: &Request| {
        let is_slow = requests.fetch_add(1, Ordering::Relaxed).is_multiple_of(10);
        let delay = if is_slow { 15 } else { 0 };
        ResponseTemplate::new(200).set_delay(Duration::from_millis(delay))
    };
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}
