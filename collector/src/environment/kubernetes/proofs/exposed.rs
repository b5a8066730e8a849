//! The counters as a real Prometheus has them of what Istio's proxies expose. The texts are written after ztunnel's `src/proxy/metrics.rs` and
//! Istio's `tests/integration/ambient/baseline_test.go` (1.31), with all their labels: what is selected of them is what is tested.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::super::data_path::DataPath;
use super::growth::Growth;
use super::*;
use crate::clock;
use crate::prometheus::{LastValue, PrometheusClient, PrometheusUrl};

const REQUESTS: u64 = 1000;
const SENT: Sent = Sent {
    succeeded: REQUESTS,
    all: REQUESTS,
};
const PATIENCE: Duration = Duration::from_mins(1);

/// What the proxies of the cluster have counted so far.
#[derive(Debug, Clone, Default)]
struct Counted {
    into_server_sidecars: [u64; 2],
    by_waypoint: u64,
    bytes_by_ztunnel: u64,
}

impl Counted {
    /// Counts the requests of a phase as the proxies on its path do.
    fn load(&mut self, data_path: DataPath) {
        match data_path {
            DataPath::Direct => {}
            // The pods are behind both Services; the counter names the one that the client asked for.
            DataPath::Sidecar => self.into_server_sidecars[0] += REQUESTS,
            DataPath::SidecarL7 => self.into_server_sidecars[1] += REQUESTS,
            DataPath::Ambient => self.bytes_by_ztunnel += REQUESTS * 120,
            DataPath::AmbientL7 => {
                self.by_waypoint += REQUESTS;
                self.bytes_by_ztunnel += REQUESTS * 120;
            }
        }
    }

    fn of_sidecar(&self) -> String {
        let mut text = "# TYPE istio_requests_total counter\n".to_owned();
        for (service, requests) in ["in-mesh", "in-mesh-l7"]
            .iter()
            .zip(self.into_server_sidecars)
        {
            let labels = traffic("destination", "in-mesh", service, "http", "mutual_tls");
            let code = r#"response_code="200",grpc_response_status="""#;
            writeln!(text, "istio_requests_total{{{labels},{code}}} {requests}").unwrap();
        }
        text
    }

    fn of_waypoint(&self) -> String {
        let labels = traffic(
            "waypoint",
            "in-ambient",
            "in-ambient-l7",
            "http",
            "mutual_tls",
        );
        format!(
            "# TYPE istio_requests_total counter\nistio_requests_total{{{labels},response_code=\"200\"}} {}\n",
            self.by_waypoint
        )
    }

    fn of_ztunnel(&self) -> String {
        let mut text = "# TYPE istio_tcp_received_bytes_total counter\n".to_owned();
        // The ztunnel of the client's side tells of the same bytes, and each tells of other workloads of its node.
        for (reporter, workload) in [
            ("destination", "in-ambient"),
            ("source", "in-ambient"),
            ("destination", "other"),
        ] {
            let labels = traffic(reporter, workload, "in-ambient", "tcp", "mutual_tls");
            let bytes = self.bytes_by_ztunnel + u64::from(workload == "other") * 77;
            writeln!(text, "istio_tcp_received_bytes_total{{{labels}}} {bytes}").unwrap();
        }
        text
    }
}

/// The labels of Istio's standard metrics.
fn traffic(reporter: &str, workload: &str, service: &str, protocol: &str, policy: &str) -> String {
    let client = "md-r0-s0-1";
    format!(
        "reporter=\"{reporter}\",source_workload=\"{client}\",source_canonical_service=\"k6\",source_canonical_revision=\"latest\",\
         source_workload_namespace=\"meshdelta-load\",source_principal=\"spiffe://cluster.local/ns/meshdelta-load/sa/default\",\
         source_app=\"k6\",source_version=\"unknown\",source_cluster=\"Kubernetes\",\
         destination_service=\"{service}.meshdelta.svc.cluster.local\",destination_service_namespace=\"meshdelta\",\
         destination_service_name=\"{service}\",destination_workload=\"{workload}\",destination_canonical_service=\"{workload}\",\
         destination_canonical_revision=\"latest\",destination_workload_namespace=\"meshdelta\",\
         destination_principal=\"spiffe://cluster.local/ns/meshdelta/sa/default\",destination_app=\"{workload}\",\
         destination_version=\"unknown\",destination_cluster=\"Kubernetes\",request_protocol=\"{protocol}\",response_flags=\"-\",\
         connection_security_policy=\"{policy}\""
    )
}

/// What a proxy says of what was counted.
type Exposed = fn(&Counted) -> String;

/// Proxies that expose what was counted, and a Prometheus that scrapes them.
struct Mesh {
    counted: Arc<Mutex<Counted>>,
    client: PrometheusClient,
    prometheus: Child,
    _proxies: MockServer,
    _folder: TempDir,
}

impl Drop for Mesh {
    fn drop(&mut self) {
        self.prometheus.kill().unwrap();
        self.prometheus.wait().unwrap();
    }
}

impl Mesh {
    async fn start() -> Self {
        let counted = Arc::new(Mutex::new(Counted::default()));
        let proxies = MockServer::start().await;
        let mut jobs = String::new();
        let exposed: [(&str, &str, Exposed); 3] = [
            ("in-mesh-x", "meshdelta", Counted::of_sidecar),
            ("waypoint-x", "meshdelta", Counted::of_waypoint),
            ("ztunnel-x", "istio-system", Counted::of_ztunnel),
        ];
        for (pod, namespace, text) in exposed {
            let counted = Arc::clone(&counted);
            Mock::given(path(format!("/{pod}")))
                .respond_with(move |_: &Request| {
                    ResponseTemplate::new(200).set_body_string(text(&counted.lock().unwrap()))
                })
                .mount(&proxies)
                .await;
            writeln!(
                jobs,
                "- {{job_name: {pod}, metrics_path: /{pod}, static_configs: [{{targets: [\"{}\"], labels: {{namespace: {namespace}, pod: {pod}}}}}]}}",
                proxies.address()
            )
            .unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}\nscrape_configs:\n{jobs}"
        );
        fs_err::write(&configuration, text).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = port.local_addr().unwrap().port();
        let prometheus = Command::new("prometheus")
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus is on PATH: `make programs` gets it");
        let url = PrometheusUrl::parse(&format!("http://127.0.0.1:{port}")).unwrap();
        Self {
            counted,
            client: PrometheusClient::new(url).unwrap(),
            prometheus,
            _proxies: proxies,
            _folder: folder,
        }
    }

    /// Waits until Prometheus has scraped each proxy once more since now.
    async fn wait_for_scrapes(&self) {
        let begin = clock::now();
        // Of anything but a plain selector, `timestamp` is the moment of the question.
        let seconds = begin.0 as f64 / 1000.0;
        let fresh = format!("timestamp(up) > {seconds} and up == 1");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let scraped = self.client.evaluate(&fresh, clock::now()).await;
            if scraped.as_ref().is_ok_and(|scraped| scraped.len() == 3) {
                return;
            }
            assert!(Instant::now() < deadline, "{scraped:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn read(&self) -> Vec<Vec<LastValue>> {
        self.wait_for_scrapes().await;
        let now = clock::now();
        let mut all = Vec::new();
        // Every phase has every counter.
        for (counter, _) in counters(DataPath::Direct) {
            let query = counter.query("meshdelta", 1);
            all.push(self.client.evaluate(&query, now).await.unwrap());
        }
        all
    }
}

#[tokio::test]
async fn what_each_path_makes_the_proxies_count_proves_that_path_alone() {
    let mesh = Mesh::start().await;
    let mut before = mesh.read().await;
    for taken in DataPath::ALL {
        mesh.counted.lock().unwrap().load(taken);
        let after = mesh.read().await;
        let grown: Vec<Growth> = before
            .iter()
            .zip(&after)
            .map(|(a, b)| growth(a, b))
            .collect();
        for wanted in DataPath::ALL {
            let judged = counters(wanted).into_iter().zip(&grown);
            let failed: Vec<_> = judged
                .map(|((counter, movement), grown)| judge(counter.subject(), movement, grown, SENT))
                .filter(|proof| !proof.passed)
                .collect();
            // Which of the two Services a sidecar was asked for, only the route tells.
            let sidecars = [DataPath::Sidecar, DataPath::SidecarL7];
            let is_same =
                wanted == taken || [wanted, taken].iter().all(|one| sidecars.contains(one));
            assert_eq!(
                failed.is_empty(),
                is_same,
                "{wanted:?} by {taken:?}: {failed:#?}"
            );
        }
        before = after;
    }
}
