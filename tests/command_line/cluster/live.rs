//! Real helm and a real API server; the charts are small ones of the tests. `make test-cluster` runs these: they need the variable
//! `MESHDELTA_TEST_KUBECONFIG`, a helm, and a cluster that nobody else changes meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use meshdelta_collector::kubernetes::{Access, Cluster, KindName, Scope, parse_manifests};
use serde_json::Value;

use super::super::support::{Said, TestEnvironment, wait_until};
use super::charts::write_charts;

/// They all install under the same names, so only one works at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Live {
    environment: TestEnvironment,
    kubeconfig: String,
    context: String,
    helm: String,
    _turn: MutexGuard<'static, ()>,
}

/// Writes down how helm is called, and calls it.
const RECORDING_HELM: &str = r#"
case "$1" in version|list|status) ;; *) echo "$1 $2 $3" >> "$RECORDED" ;; esac
exec "$REAL_HELM" "$@"
"#;

impl Live {
    fn new() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let kubeconfig = std::env::var("MESHDELTA_TEST_KUBECONFIG")
            .expect("MESHDELTA_TEST_KUBECONFIG names the kubeconfig of a cluster for tests");
        let environment = TestEnvironment::new();
        let helm = environment.program("helm", RECORDING_HELM);
        write_charts(&environment.path("charts"));
        let live = Self {
            context: context_of(&kubeconfig),
            environment,
            kubeconfig,
            helm,
            _turn: turn,
        };
        // What a test that failed before left behind would be taken for what this one made.
        live.cluster(&["down", "--yes"]);
        live.calls();
        live
    }

    fn variables<Output>(&self, work: impl FnOnce(&[(&str, &str)]) -> Output) -> Output {
        let recorded = self.environment.text("recorded");
        let home = self.environment.text("home");
        let real = std::env::var("MESHDELTA_TEST_HELM").unwrap_or_else(|_| "helm".to_owned());
        work(&[
            ("MESHDELTA_HELM", &self.helm),
            ("REAL_HELM", &real),
            ("RECORDED", &recorded),
            ("HOME", &home),
        ])
    }

    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        let mut all = vec!["cluster", arguments[0]];
        all.extend(["--kubeconfig", &self.kubeconfig, "--context", &self.context]);
        all.extend(&arguments[1..]);
        all
    }

    fn cluster(&self, arguments: &[&str]) -> Said {
        let arguments = self.arguments(arguments);
        self.variables(|variables| self.environment.run_with(&arguments, variables))
    }

    fn up(&self, more: &[&str]) -> Said {
        let charts = self.environment.text("charts");
        let mut arguments = vec!["up", "--charts", &charts];
        arguments.extend(more);
        self.cluster(&arguments)
    }

    fn status(&self) -> BTreeMap<String, String> {
        let said = self.cluster(&["status", "--output-format", "json"]);
        let status: Value = serde_json::from_str(&said.stdout).expect(&said.stderr);
        let components = status["components"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        components
            .map(|component| (text(&component["component"]), text(&component["origin"])))
            .collect()
    }

    fn calls(&self) -> Vec<String> {
        let file = self.environment.path("recorded");
        let text = fs_err::read_to_string(&file).unwrap_or_default();
        fs_err::write(&file, "").unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Runs the real helm.
    fn helm(&self, arguments: &[&str]) -> String {
        let real = std::env::var("MESHDELTA_TEST_HELM").unwrap_or_else(|_| "helm".to_owned());
        let output = Command::new(real)
            .args([
                "--kubeconfig",
                &self.kubeconfig,
                "--kube-context",
                &self.context,
            ])
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn api<Output>(&self, work: impl AsyncFnOnce(Cluster) -> Output) -> Output {
        let access = Access {
            kubeconfig: Some(PathBuf::from(&self.kubeconfig)),
            context: Some(self.context.clone()),
        };
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(async { work(Cluster::connect(&access).await.unwrap()).await })
    }

    /// Returns the names of everything in the cluster that an installation could leave behind.
    fn world(&self) -> BTreeSet<String> {
        self.api(async |cluster| {
            let mut world = BTreeSet::new();
            let mut add = async |api_version: &str, kind: &str, namespace: Option<&str>| {
                let scope = Scope {
                    kind: KindName::new(api_version, kind),
                    namespace: namespace.map(str::to_owned),
                };
                let mut names = Vec::new();
                for object in cluster.list(&scope, "").await.unwrap() {
                    names.push(object.metadata.name.clone().unwrap());
                }
                world.extend(
                    names
                        .iter()
                        .map(|name| format!("{kind} {}/{name}", namespace.unwrap_or_default())),
                );
                names
            };
            add("apiextensions.k8s.io/v1", "CustomResourceDefinition", None).await;
            add(
                "admissionregistration.k8s.io/v1",
                "ValidatingAdmissionPolicy",
                None,
            )
            .await;
            add(
                "admissionregistration.k8s.io/v1",
                "ValidatingAdmissionPolicyBinding",
                None,
            )
            .await;
            for namespace in add("v1", "Namespace", None).await {
                for kind in ["ConfigMap", "Secret", "Service"] {
                    add("v1", kind, Some(&namespace)).await;
                }
                add("apps/v1", "Deployment", Some(&namespace)).await;
            }
            world
        })
    }

    fn apply(&self, manifest: &str) {
        self.api(async |cluster| {
            for object in parse_manifests("test", manifest).unwrap() {
                cluster.apply(&object, &BTreeMap::new()).await.unwrap();
            }
        });
    }

    fn delete(&self, manifest: &str) {
        self.api(async |cluster| {
            for object in parse_manifests("test", manifest).unwrap() {
                cluster.delete(&object).await.unwrap();
            }
        });
    }
}

fn context_of(kubeconfig: &str) -> String {
    let text = fs_err::read_to_string(kubeconfig).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("current-context:"));
    line.expect("the kubeconfig has a current context")
        .trim()
        .trim_matches('"')
        .to_owned()
}

fn assert_done(said: &Said) {
    assert_eq!(said.code, Some(0), "{}\n{}", said.failure(), said.stdout);
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn what_is_missing_is_installed_once_and_removed_without_a_rest() {
    let live = Live::new();
    let before = live.world();
    let status_before = live.status();

    let planned = live.up(&["--dry-run"]);
    assert_done(&planned);
    assert_eq!(live.calls(), [""; 0]);
    assert_eq!(live.world(), before, "a dry run changed something");

    let said = live.up(&[]);
    assert_done(&said);
    let installed = live.calls();
    assert!(
        installed
            .iter()
            .all(|call| call.starts_with("upgrade --install")),
        "{installed:?}"
    );
    for call in &installed {
        assert!(
            planned.stdout.contains(call.as_str()),
            "{call} was not planned:\n{}",
            planned.stdout
        );
    }
    let status = live.status();
    for (component, origin) in &status {
        let expected = match status_before[component].as_str() {
            // What was there is kept, and what cannot work here is left out.
            "foreign" => &["foreign"][..],
            _ => &["meshdelta", "missing"][..],
        };
        assert!(
            expected.contains(&origin.as_str()),
            "{component}: {status_before:?} -> {status:?}"
        );
    }
    assert!(
        status.values().any(|origin| origin == "meshdelta"),
        "{status:?}"
    );

    // Once more: there is nothing to do.
    let said = live.up(&[]);
    assert_done(&said);
    assert_eq!(live.calls(), [""; 0]);
    assert!(
        said.stderr.contains("is installed already"),
        "{}",
        said.stderr
    );

    let said = live.cluster(&["down"]);
    assert_eq!(said.code, Some(2), "{}", said.failure());
    let listed = live.cluster(&["down", "--dry-run"]);
    assert!(
        listed
            .stdout
            .contains("release kiali-server in namespace istio-system"),
        "{}",
        listed.stdout
    );
    assert_eq!(live.status(), status, "a dry run changed something");

    let said = live.cluster(&["down", "--yes"]);
    assert_done(&said);
    let after = live.world();
    let left: Vec<_> = after.symmetric_difference(&before).collect();
    assert!(left.is_empty(), "{left:?}\n{}", said.stderr);

    let said = live.cluster(&["down", "--yes"]);
    assert_done(&said);
    assert!(
        said.stderr.contains("there is nothing that meshdelta made"),
        "{}",
        said.stderr
    );
}

/// Kills `up` as hard as can be while helm waits for Kiali, and returns once nothing of it runs any more.
fn kill_while_helm_waits(live: &Live, expected: &str) {
    let values = live.environment.write("waits.yaml", "podCount: 1\n");
    let values = format!("kiali={values}");
    let charts = live.environment.text("charts");
    let arguments = live.arguments(&["up", "--charts", &charts, "--values", &values]);
    let mut child = live.variables(|variables| live.environment.start_with(&arguments, variables));
    let question = [
        "status",
        "kiali-server",
        "--namespace",
        "istio-system",
        "--output",
        "json",
    ];
    wait_until(|| {
        let status = live.helm(&question);
        status.contains(expected).then_some(()).ok_or(status)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until(|| {
        let left = live.environment.processes_left();
        left.is_empty().then_some(()).ok_or(format!("{left:?}"))
    });
    assert_eq!(live.status()["kiali"], "unfinished");
    live.calls();
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn a_killed_installation_is_gone_on_with() {
    let live = Live::new();
    let before = live.world();
    kill_while_helm_waits(&live, "pending-install");
    let said = live.up(&[]);
    assert_done(&said);
    assert_eq!(
        live.calls(),
        [
            "uninstall kiali-server --namespace",
            "upgrade --install kiali-server"
        ]
    );
    assert!(
        said.stderr
            .contains("release kiali-server is pending-install"),
        "{}",
        said.stderr
    );

    assert_done(&live.cluster(&["down", "--yes"]));
    let after = live.world();
    assert_eq!(
        after.symmetric_difference(&before).collect::<Vec<_>>(),
        [""; 0]
    );
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn a_killed_upgrade_is_rolled_back_and_made_anew() {
    let live = Live::new();
    assert_done(&live.up(&[]));
    kill_while_helm_waits(&live, "pending-upgrade");
    let said = live.up(&[]);
    assert_done(&said);
    assert_eq!(
        live.calls(),
        [
            "rollback kiali-server --namespace",
            "upgrade --install kiali-server"
        ]
    );
    assert_done(&live.cluster(&["down", "--yes"]));
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn a_failure_shows_what_helm_said_and_keeps_what_came_before() {
    let live = Live::new();
    let values = live.environment.write("broken.yaml", "broken: true\n");
    let values = format!("kiali={values}");
    let said = live.up(&["--values", &values]);
    assert_eq!(said.code, Some(1), "{}", said.failure());
    assert!(
        said.stderr.contains("failed to install kiali"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("the chart says no"), "{}", said.stderr);
    assert!(live.calls().len() > 1, "nothing came before");

    let said = live.up(&[]);
    assert_done(&said);
    assert_eq!(live.calls(), ["upgrade --install kiali-server"]);
    assert_done(&live.cluster(&["down", "--yes"]));
}

/// A resource that a user made of a kind that came with an installation.
const THEIRS: &str = r"
apiVersion: k6.io/v1alpha1
kind: TestRun
metadata: {name: theirs, namespace: default}
spec: {}
";
const MONITOR: &str = r"
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: theirs, namespace: default}
spec: {selector: {}, podMetricsEndpoints: [{port: http}]}
";

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn what_others_made_meanwhile_is_kept_with_what_it_needs() {
    let live = Live::new();
    let before = live.world();
    let status_before = live.status();
    assert_done(&live.up(&[]));
    if status_before["kube-prometheus-stack"] != "missing" {
        // The definitions of monitors are not ours here, so that they stay is no finding.
        assert_done(&live.cluster(&["down", "--yes"]));
        return;
    }
    live.apply(MONITOR);
    live.apply(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs, namespace: monitoring}\n",
    );

    let said = live.cluster(&["down", "--yes"]);
    assert_done(&said);
    assert!(
        said.stderr
            .contains("kept: the definitions of kube-prometheus-stack"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("PodMonitor default/theirs"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("kept: namespace monitoring"),
        "{}",
        said.stderr
    );
    let world = live.world();
    assert!(world.contains("CustomResourceDefinition /podmonitors.monitoring.coreos.com"));
    assert!(world.contains("ConfigMap monitoring/theirs"));

    // Once nobody needs it, the same command removes the rest.
    live.delete(MONITOR);
    live.delete(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs, namespace: monitoring}\n",
    );
    assert_done(&live.cluster(&["down", "--yes"]));
    let after = live.world();
    assert_eq!(
        after.symmetric_difference(&before).collect::<Vec<_>>(),
        [""; 0]
    );
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn load_tests_of_others_keep_the_operator() {
    let live = Live::new();
    let status_before = live.status();
    assert_done(&live.up(&[]));
    if status_before["k6-operator"] == "missing" {
        let test_run = THEIRS.replace("v1alpha1", "v1");
        live.apply(&test_run);
        let said = live.cluster(&["down", "--yes"]);
        assert_done(&said);
        assert!(
            said.stderr.contains("kept: k6-operator: "),
            "{}",
            said.stderr
        );
        assert!(
            said.stderr.contains("TestRun default/theirs"),
            "{}",
            said.stderr
        );
        assert!(
            live.helm(&["list", "--all-namespaces"])
                .contains("k6-operator")
        );
        live.delete(&test_run);
    }
    assert_done(&live.cluster(&["down", "--yes"]));
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn rights_that_are_missing_are_listed_before_anything_is_made() {
    let mut live = Live::new();
    let before = live.world();
    let kubeconfig = fs_err::read_to_string(&live.kubeconfig).unwrap();
    let nobody = kubeconfig.replacen("token:", "as: nobody, token:", 1);
    assert_ne!(nobody, kubeconfig, "the user of the kubeconfig has a token");
    let file = live.environment.write("nobody", &nobody);
    let kubeconfig = std::mem::replace(&mut live.kubeconfig, file);
    let said = live.up(&[]);
    live.kubeconfig = kubeconfig;
    assert_eq!(said.code, Some(6), "{}", said.failure());
    assert!(
        said.stderr
            .contains("create customresourcedefinitions.apiextensions.k8s.io in the whole cluster"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("list nodes in the whole cluster"),
        "{}",
        said.stderr
    );
    assert_eq!(live.world(), before);
}

#[test]
#[ignore = "needs a cluster: make test-cluster"]
fn grafana_without_a_pod_cannot_be_opened_and_its_password_is_not_shown() {
    let live = Live::new();
    let status_before = live.status();
    assert_done(&live.up(&[]));
    if status_before["kube-prometheus-stack"] == "missing" {
        let said = live.cluster(&["open", "grafana"]);
        assert_eq!(said.code, Some(1), "{}", said.failure());
        assert!(
            said.stderr.contains("no pod behind it is ready"),
            "{}",
            said.stderr
        );
        assert!(!said.stderr.contains("a-secret-of-the-test"));
    }
    assert_done(&live.cluster(&["down", "--yes"]));
}
