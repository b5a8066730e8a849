//! The cluster, plans for it, and what is left in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use meshdelta_collector::kubernetes::{Access, Cluster, KindName, RUN_LABEL, Scope};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// Longer than anything here takes on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(10);

/// A cluster, a folder for one test, and two namespaces that no other test uses.
pub(crate) struct TestCluster {
    folder: TempDir,
    cluster_folder: PathBuf,
    name: &'static str,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl TestCluster {
    pub(crate) fn new(name: &'static str) -> Self {
        let folder = std::env::var_os("MESHDELTA_TEST_CLUSTER")
            .expect("MESHDELTA_TEST_CLUSTER names the folder of a test cluster");
        let cluster = Self {
            folder: tempfile::tempdir().unwrap(),
            cluster_folder: PathBuf::from(folder),
            name,
        };
        wait_until(|| on_cluster(&cluster.kubeconfig(), is_ready));
        cluster
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.cluster_folder.join("kubeconfig")
    }

    pub(crate) fn namespace(&self) -> String {
        format!("kube-{}", self.name)
    }

    pub(crate) fn load_namespace(&self) -> String {
        format!("kube-{}-load", self.name)
    }

    /// Writes a plan of the baseline and a phase of its own, a second server beside the first: what needs no mesh. `extra` is put into the
    /// table `[kubernetes]`.
    pub(crate) fn plan(&self, extra: &str) -> String {
        fs_err::write(self.path("twin.yaml"), TWIN).unwrap();
        let plan = PLAN.replace("NAME", self.name).replace("EXTRA", extra);
        fs_err::write(self.path("plan.toml"), plan).unwrap();
        self.text("plan.toml")
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn command(kubeconfig: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("meshdelta"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("KUBECONFIG", kubeconfig)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.start(arguments).end()
    }

    pub(crate) fn run_as(&self, kubeconfig: &Path, arguments: &[&str]) -> Said {
        self.start_as(kubeconfig, arguments).end()
    }

    /// Starts the program and returns at once.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.start_as(&self.kubeconfig(), arguments)
    }

    fn start_as(&self, kubeconfig: &Path, arguments: &[&str]) -> Running {
        println!("{arguments:?}");
        let stderr = self.path("stderr");
        let file = fs_err::File::create(&stderr).unwrap();
        let child = Self::command(kubeconfig, arguments)
            .stderr(file.into_parts().0)
            .spawn()
            .unwrap();
        Running { child, stderr }
    }

    /// Runs a command in the node. Each program of the node that ends is started again a second later.
    pub(crate) fn enter(&self, command: &[&str]) {
        let enter = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/test-cluster/enter");
        let ended = Command::new(enter)
            .arg(&self.cluster_folder)
            .args(command)
            .status()
            .unwrap();
        assert!(ended.success(), "{command:?}");
    }

    /// Lists what any run left in the namespaces of this test, and its Lease.
    pub(crate) fn left(&self) -> Vec<String> {
        on_cluster(&self.kubeconfig(), async |cluster| {
            let namespaces = [self.namespace(), self.load_namespace()];
            let mut left = Vec::new();
            for (api_version, kind) in KINDS {
                for namespace in &namespaces {
                    let scope = Scope {
                        kind: KindName::new(api_version, kind),
                        namespace: Some(namespace.clone()),
                    };
                    for object in cluster.list(&scope, RUN_LABEL).await.unwrap() {
                        left.push(format!("{kind} {:?}", object.metadata.name));
                    }
                }
            }
            for name in namespaces {
                let kind = KindName::new("v1", "Namespace");
                if cluster.get(&kind, None, &name).await.unwrap().is_some() {
                    left.push(format!("Namespace {name}"));
                }
            }
            let lease = KindName::new("coordination.k8s.io/v1", "Lease");
            let lease = cluster.get(&lease, Some("default"), "meshdelta-run");
            if let Some(lease) = lease.await.unwrap() {
                left.push(format!("Lease {:?}", lease.data["spec"]));
            }
            left
        })
    }

    /// Waits until k6-operator has started both runners of a run that goes on.
    pub(crate) fn wait_for_load(&self, run: &Running) {
        wait_until(|| {
            let pods = on_cluster(&self.kubeconfig(), async |cluster| {
                let scope = Scope {
                    kind: KindName::new("v1", "Pod"),
                    namespace: Some(self.load_namespace()),
                };
                cluster.list(&scope, "app=k6").await.unwrap_or_default()
            });
            let count = |phase: &str, is_starter: bool| {
                let matching = pods.iter().filter(|pod| {
                    let name = pod.metadata.name.as_deref().unwrap_or_default();
                    pod.data["status"]["phase"] == phase && name.contains("-starter-") == is_starter
                });
                matching.count()
            };
            if count("Running", false) == 2 && count("Succeeded", true) == 1 {
                return Ok(());
            }
            Err(format!("{} pods\n{}", pods.len(), run.said()))
        });
    }
}

/// The program while it runs: whatever happens to the test, it ends and cleans up behind itself.
pub(crate) struct Running {
    child: Child,
    stderr: PathBuf,
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns what it said so far.
    pub(crate) fn said(&self) -> String {
        fs_err::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// Asks it to end, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        let process = Pid::from_raw(i32::try_from(self.id()).unwrap());
        kill(process, Signal::SIGINT).unwrap();
    }

    /// Ends it without a chance to clean up.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Said {
        let status = self.wait(PATIENCE);
        let stderr = self.said();
        // Shown when the test fails.
        println!("{status:?}\n{stderr}");
        let status = status.expect("the program ends");
        Said {
            stderr,
            code: status.code(),
        }
    }

    fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            let status = self.child.try_wait().unwrap();
            if status.is_some() || Instant::now() > deadline {
                return status;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.wait(Duration::ZERO).is_none() {
            self.interrupt();
            if self.wait(Duration::from_mins(2)).is_none() {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
            }
        }
    }
}

/// Kinds of which a run makes something, or has something made.
const KINDS: [(&str, &str); 7] = [
    ("apps/v1", "Deployment"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("v1", "Pod"),
    ("batch/v1", "Job"),
    ("k6.io/v1alpha1", "TestRun"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
];

pub(crate) fn on_cluster<Output>(
    kubeconfig: &Path,
    ask: impl AsyncFnOnce(Cluster) -> Output,
) -> Output {
    let access = Access {
        kubeconfig: Some(kubeconfig.to_owned()),
        context: None,
    };
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(async { ask(Cluster::connect(&access).await.unwrap()).await })
}

/// Tells what has not recovered from what the test before did to the cluster.
async fn is_ready(cluster: Cluster) -> Result<(), String> {
    for (kind, namespace) in [
        ("Node", None),
        ("Pod", Some("monitoring")),
        ("Pod", Some("k6-operator-system")),
    ] {
        let scope = Scope {
            kind: KindName::new("v1", kind),
            namespace: namespace.map(str::to_owned),
        };
        let found = cluster.list(&scope, "").await;
        for object in found.map_err(|error| error.to_string())? {
            let conditions = object.data["status"]["conditions"].as_array();
            let is_ready = conditions.is_some_and(|conditions| {
                let mut conditions = conditions.iter();
                conditions.any(|it| it["type"] == "Ready" && it["status"] == "True")
            });
            if !is_ready {
                return Err(cluster.describe_object(&object).await);
            }
        }
    }
    Ok(())
}

/// Waits until something is there, and fails by saying what there is instead.
pub(crate) fn wait_until(mut look: impl FnMut() -> Result<(), String>) {
    let deadline = Instant::now() + PATIENCE;
    while let Err(instead) = look() {
        assert!(Instant::now() < deadline, "after {PATIENCE:?}: {instead}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

const PLAN: &str = r#"
environment = "kubernetes"
rounds = 1
rate_per_second = 40
duration_seconds = 10
warmup_seconds = 2
virtual_users = 8
maximum_virtual_users = 40

[kubernetes]
context = "meshdelta-test"
namespace = "kube-NAME"
load_namespace = "kube-NAME-load"
parallelism = 2
replicas = 1
scrape_interval_seconds = 5
ready_timeout_seconds = 120
EXTRA

[kubernetes.images]
k6 = "test.meshdelta.invalid/k6:1.1.0"
starter = "test.meshdelta.invalid/curl:7.88.1"
server = "test.meshdelta.invalid/fortio:1.75.2"

[kubernetes.resources]
k6 = { cpu = "200m", memory = "256Mi" }
server = { cpu = "200m", memory = "64Mi" }
proxy_requests = { cpu = "50m", memory = "64Mi" }
proxy_limits = { cpu = "500m", memory = "256Mi" }

[kubernetes.load]
node_selector = { "meshdelta.io/role" = "load" }

[[kubernetes.phase]]
id = "twin"
title = "Twin"
data_path = "client → another server"
target = "http://twin.{{ namespace }}.svc.cluster.local:8000"
manifests = ["twin.yaml"]

[[kubernetes.phase.gate]]
api_version = "apps/v1"
kind = "Deployment"
name = "twin"
condition = "Available"
container = "server"

[[kubernetes.phase.proof]]
name = "requests that k6 stored of this phase"
query = 'sum(k6_http_reqs_total{testid="{{ run }}",phase="twin"})'
grows = "some"

[[kubernetes.phase.proof]]
name = "requests through a mesh that is not there"
query = 'istio_requests_total{destination_workload="twin"}'
grows = "none"

[[kubernetes.phase.component]]
role = "application"
matchers = 'namespace="{{ namespace }}",pod=~"twin-.+",container="server"'
"#;

const TWIN: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: twin}
spec:
  replicas: 1
  selector: {matchLabels: {app: twin}}
  template:
    metadata: {labels: {app: twin}}
    spec:
      containers:
        - name: server
          image: {{ server_image }}
          args: [server, -http-port, "8080", -grpc-port, disabled, -redirect-port, disabled, -tcp-port, disabled, -udp-port, disabled]
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /debug, port: 8080}}
          resources:
            requests: {cpu: 200m, memory: 64Mi}
            limits: {cpu: 200m, memory: 64Mi}
---
apiVersion: v1
kind: Service
metadata: {name: twin}
spec:
  selector: {app: twin}
  ports: [{name: http, port: 8000, targetPort: http}]
"#;
