//! Real helm and a real API server; the charts are small ones of the tests. `make test-cluster` runs these: they need the variable
//! `MESHDELTA_TEST_KUBECONFIG`, a helm, and a cluster that nobody else changes meanwhile.

mod installed;
mod killed;
mod others;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
        wait_until(|| {
            let said = live.cluster(&["down", "--yes"]);
            if live.world().contains("Namespace /meshdelta-system") {
                return Err(said.failure());
            }
            Ok(())
        });
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

    /// Deletes what a user made, and waits until it is gone: Kubernetes takes up to half a minute to notice a new kind, and until then keeps
    /// objects of it that wait for what they own.
    fn delete(&self, manifest: &str) {
        let objects = parse_manifests("test", manifest).unwrap();
        self.api(async |cluster| {
            for object in &objects {
                cluster.delete(object).await.unwrap();
            }
        });
        wait_until(|| {
            self.api(async |cluster| {
                for object in &objects {
                    let kind = KindName::of(object).unwrap();
                    let name = object.metadata.name.as_deref().unwrap();
                    let namespace = object.metadata.namespace.as_deref();
                    if cluster.get(&kind, namespace, name).await.unwrap().is_some() {
                        tokio::time::sleep(Duration::from_millis(500)).await;
                        return Err(format!("{name} is still there"));
                    }
                }
                Ok(())
            })
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
