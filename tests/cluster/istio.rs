//! The sidecar phases through Istio's own control plane, as `tools/test-cluster/install-istio` installs it: real injection, routes and
//! mutual TLS, by `pilot-agent` and a plain Envoy. What Envoy counts itself stands in for `istio_requests_total`, which only Istio's Envoy has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use meshdelta_collector::kubernetes::parse_manifests;
use meshdelta_run::folder;
use meshdelta_run::manifest::{Completion, SlotRecord};

use crate::support::{Said, TestCluster, on_cluster};

const COUNTED: &str = "requests into the server sidecars by mutual TLS";

/// Runs the phases and returns what was said.
fn run(cluster: &TestCluster, phases: &str, seconds: u32) -> Said {
    let plan = cluster.plan("grafana = \"\"");
    let output = cluster.text("run");
    let seconds = seconds.to_string();
    let said = cluster.run(&[
        "run",
        &plan,
        "--phases",
        phases,
        "--duration",
        &seconds,
        "--output",
        &output,
    ]);
    assert_eq!(cluster.left(), Vec::<String>::new());
    said
}

/// Returns what was observed of the proof whose subject has these words in it.
fn observed<'a>(slot: &'a SlotRecord, words: &str) -> &'a str {
    let proof = slot
        .proofs
        .iter()
        .find(|proof| proof.subject.contains(words));
    &proof
        .unwrap_or_else(|| panic!("{words}: {:#?}", slot.proofs))
        .observed
}

#[test]
#[ignore = "needs a real cluster with Istio"]
fn the_sidecar_phases_are_measured_and_proved() {
    let cluster = TestCluster::new("sidecars");
    // Longer than the 15 s before the window in which CPU is read, and two looks of cAdvisor.
    let said = run(&cluster, "baseline,sidecar,sidecar-l7", 45);
    assert!(matches!(said.code, Some(0 | 5)));

    let run = folder::read(&cluster.path("run")).unwrap();
    assert_eq!(run.manifest.completion, Completion::Complete);
    for slot in &run.manifest.slots {
        assert_eq!(
            slot.failures,
            Vec::<String>::new(),
            "{} {}",
            slot.id,
            slot.phase
        );
        assert!(
            slot.proofs.iter().all(|proof| proof.passed),
            "{:#?}",
            slot.proofs
        );
        let path = observed(slot, "path of 40 requests of runner 1");
        let count = observed(slot, COUNTED);
        match slot.phase.as_str() {
            "baseline" => assert_eq!((path, count.split(' ').next()), ("baseline", Some("0"))),
            "sidecar" => assert_eq!(path, "sidecar"),
            // Applied by the sidecar of the runner itself.
            _ => assert!(
                path.starts_with("sidecar-l7, route applied by md-"),
                "{path}"
            ),
        }
    }
    let on_path = BTreeSet::from(["application"]);
    let sidecars = BTreeSet::from(["client-sidecar", "server-sidecar"]);
    for slot in &run.manifest.slots {
        let series = run.tables.series.iter();
        let series = series.filter(|series| {
            series.metric == "meshdelta_process_cpu_seconds_total" && series.slot == slot.id
        });
        let mut roles: BTreeSet<&str> = series
            .filter_map(|series| series.runner.as_deref())
            .collect();
        // A busy machine may not have looked twice at a container; then that is told.
        roles.extend(slot.unsampled.iter().map(|one| one.role.as_str()));
        let expected = match slot.phase.as_str() {
            "baseline" => on_path.clone(),
            _ => &on_path | &sidecars,
        };
        let beside = BTreeSet::from(["istiod", "k6"]);
        assert_eq!(&roles - &beside, expected, "{} {}", slot.id, slot.phase);
    }
    let mut slots = run.manifest.slots.iter();
    assert!(
        slots.any(|slot| slot.unsampled.is_empty()),
        "nothing was seen whole"
    );

    let report = cluster.run(&[
        "report",
        &cluster.text("run"),
        "--output",
        &cluster.text("report"),
    ]);
    assert_eq!(report.code, Some(0));
    assert!(cluster.path("report/report.html").exists());
}

/// A policy of the whole mesh that is applied, or taken away, until this is dropped: also when a test fails, or the next one fails for it.
struct Changed {
    kubeconfig: PathBuf,
    policy: String,
    is_applied: bool,
}

impl Changed {
    fn new(cluster: &TestCluster, policy: &str, is_applied: bool) -> Self {
        let changed = Self {
            kubeconfig: cluster.kubeconfig(),
            policy: policy.to_owned(),
            is_applied,
        };
        changed.set(is_applied);
        changed
    }

    fn set(&self, is_applied: bool) {
        let policy = parse_manifests("policy", &self.policy).unwrap();
        on_cluster(&self.kubeconfig, async |admin| {
            if is_applied {
                admin.apply_all(&policy, &BTreeMap::new()).await.unwrap();
            } else {
                admin.delete(&policy[0]).await.unwrap();
            }
        });
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        self.set(!self.is_applied);
    }
}

#[test]
#[ignore = "needs a real cluster with Istio"]
fn sidecars_without_mutual_tls_are_not_taken_for_the_phase() {
    let cluster = TestCluster::new("plain-text");
    let policy = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
                  metadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: DISABLE}}\n";
    let _disabled = Changed::new(&cluster, policy, true);
    let said = run(&cluster, "sidecar", 10);
    assert!(
        said.stderr
            .contains("requests do not take the path of the phase")
    );
    assert!(said.stderr.contains("\"certificate\":false"));
}

#[test]
#[ignore = "needs a real cluster with Istio"]
fn a_load_that_no_sidecar_counted_makes_the_slot_invalid() {
    let cluster = TestCluster::new("uncounted");
    let policy = include_str!("../../tools/test-cluster/manifests/istiod-policy.yaml");
    let _uncounted = Changed::new(&cluster, policy, false);
    let said = run(&cluster, "sidecar", 10);
    assert_eq!(said.code, Some(5));
    let run = folder::read(&cluster.path("run")).unwrap();
    for slot in &run.manifest.slots {
        let is_sidecar = slot.phase.as_str() == "sidecar";
        let is_told = slot.failures.iter().any(|failure| {
            failure.starts_with(COUNTED) && failure.ends_with("observed 0 (no such series)")
        });
        assert_eq!(is_told, is_sidecar, "{:?}", slot.failures);
    }
}

#[test]
#[ignore = "needs a real cluster with Istio"]
fn without_ztunnel_an_ambient_phase_is_refused_before_anything_is_made() {
    let cluster = TestCluster::new("no-ztunnel");
    let said = run(&cluster, "sidecar,ambient", 10);
    assert_eq!(said.code, Some(6));
    assert!(said.stderr.contains("no ztunnel"));
}
