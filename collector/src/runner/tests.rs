//! The runner with an environment that fails where it is told to: what is kept, and that it is always torn down.

use std::collections::BTreeMap;
use std::sync::Mutex;

use meshdelta_run::folder;
use meshdelta_run::journal;
use meshdelta_run::manifest::{EnvironmentFacts, ProofStage};
use meshdelta_run::plan::PlanSettings;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::prometheus::{PrometheusClient, PrometheusUrl};

/// Where the scripted environment does what it should not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    Prepare,
    EnterSlot(u32),
    LoadSlot(u32),
    ProofOfSlot(u32),
    InterruptInSlot(u32),
    LostRequestsInSlot(u32),
}

struct Scripted {
    trouble: Trouble,
    prometheus: PrometheusClient,
    calls: Mutex<Vec<&'static str>>,
}

fn broken() -> CollectorError {
    CollectorError::Process {
        program: "scripted".to_owned(),
        what: "broke".to_owned(),
        log: String::new(),
    }
}

impl Scripted {
    fn called(&self, what: &'static str) {
        self.calls.lock().unwrap().push(what);
    }

    fn count(&self, what: &str) -> usize {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .filter(|call| **call == what)
            .count()
    }
}

fn proof(passed: bool) -> Proof {
    Proof {
        stage: ProofStage::After,
        subject: "requests through server".to_owned(),
        expected: "0".to_owned(),
        observed: "7".to_owned(),
        passed,
    }
}

impl Environment for Scripted {
    async fn prepare(
        &mut self,
        _plan: &Plan,
        _run_id: &RunId,
    ) -> Result<EnvironmentFacts, CollectorError> {
        self.called("prepare");
        if self.trouble == Trouble::Prepare {
            Err(broken())
        } else {
            Ok(EnvironmentFacts::default())
        }
    }

    fn prometheus(&self) -> Result<&PrometheusClient, CollectorError> {
        Ok(&self.prometheus)
    }

    async fn enter(&mut self, context: SlotContext<'_>) -> Result<Vec<Proof>, CollectorError> {
        self.called("enter");
        if self.trouble == Trouble::EnterSlot(context.slot.id.slot) {
            Err(broken())
        } else {
            Ok(vec![proof(true)])
        }
    }

    async fn run_load(&mut self, context: SlotContext<'_>) -> Result<LoadOutcome, CollectorError> {
        self.called("run_load");
        let slot = context.slot.id.slot;
        if self.trouble == Trouble::LoadSlot(slot) {
            return Err(broken());
        }
        if self.trouble == Trouble::InterruptInSlot(slot) {
            context.cancellation.cancel();
            return Err(CollectorError::Interrupted);
        }
        let start = BTreeMap::from([("value".to_owned(), 1_795_446_958_307.0)]);
        let mut report = LoadReport {
            runner: "1".to_owned(),
            ..LoadReport::default()
        };
        report
            .metrics
            .insert("meshdelta_measure_start_ms".to_owned(), start);
        if self.trouble == Trouble::LostRequestsInSlot(slot) {
            let counted = BTreeMap::from([("count".to_owned(), 482.0)]);
            for metric in [
                "http_reqs",
                "http_reqs{scenario:measure,expected_response:true}",
            ] {
                report.metrics.insert(metric.to_owned(), counted.clone());
            }
        }
        Ok(LoadOutcome {
            reports: vec![report],
            resources: Vec::new(),
            unsampled: Vec::new(),
        })
    }

    async fn prove_after(
        &mut self,
        context: SlotContext<'_>,
        _outcome: &mut LoadOutcome,
    ) -> Result<Vec<Proof>, CollectorError> {
        Ok(vec![proof(
            self.trouble != Trouble::ProofOfSlot(context.slot.id.slot),
        )])
    }

    async fn keep_logs(&mut self, _context: SlotContext<'_>) -> Result<(), CollectorError> {
        self.called("keep_logs");
        Ok(())
    }

    async fn leave(&mut self) -> Result<(), CollectorError> {
        self.called("leave");
        Ok(())
    }

    async fn tear_down(&mut self) -> Result<(), CollectorError> {
        self.called("tear_down");
        Ok(())
    }
}

/// The plan of most tests: one round of baseline, sidecar, baseline.
fn one_round() -> PlanSettings {
    PlanSettings {
        rounds: 1.try_into().ok(),
        phases: Some(vec!["sidecar".to_owned()]),
        ..PlanSettings::default()
    }
}

fn new_run(settings: PlanSettings) -> Task {
    let plan = Box::new(settings.resolve(1).unwrap());
    let run_id = RunId::try_new("test-1").unwrap();
    Task::New { plan, run_id }
}

/// Runs a task; returns the environment too, to see what was called. The run is precise enough as soon as anybody asks.
async fn run_with(
    trouble: Trouble,
    folder: &Path,
    task: Task,
) -> (Scripted, Result<RunOutcome, CollectorError>) {
    // A Prometheus in which nothing is stored.
    let server = MockServer::start().await;
    let empty = |data: &str| {
        ResponseTemplate::new(200)
            .set_body_string(format!(r#"{{"status":"success","data":{data}}}"#))
    };
    let matrix = empty(r#"{"resultType":"matrix","result":[]}"#);
    Mock::given(path("/api/v1/query"))
        .respond_with(matrix)
        .mount(&server)
        .await;
    Mock::given(path("/api/v1/series"))
        .respond_with(empty("[]"))
        .mount(&server)
        .await;
    let url = PrometheusUrl::parse(&server.uri()).unwrap();
    let prometheus = PrometheusClient::new(url).unwrap();
    let mut environment = Scripted {
        trouble,
        prometheus,
        calls: Mutex::default(),
    };
    let callbacks = Callbacks {
        report: &|_| {},
        is_precise_enough: &|_| true,
    };
    let cancellation = CancellationToken::new();
    let outcome = run(&mut environment, task, folder, &cancellation, callbacks).await;
    (environment, outcome)
}

#[tokio::test]
async fn a_run_until_a_width_ends_after_three_whole_rounds_at_the_earliest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let settings = PlanSettings {
        rounds: 5.try_into().ok(),
        until_percent: Some(5.0),
        ..one_round()
    };
    let (_, outcome) = run_with(Trouble::None, &path, new_run(settings)).await;
    assert!(matches!(outcome.unwrap().ending, Ending::Complete));
    let manifest = folder::read(&path).unwrap().manifest;
    assert_eq!((manifest.slots.len(), manifest.order.len()), (9, 9));
    assert_eq!(manifest.plan.rounds.get(), 5);

    let path = folder.path().join("other");
    let settings = PlanSettings {
        rounds: 4.try_into().ok(),
        ..one_round()
    };
    let (_, outcome) = run_with(Trouble::None, &path, new_run(settings)).await;
    assert_eq!(
        outcome.unwrap().manifest.slots.len(),
        12,
        "nobody is asked without `until_percent`"
    );
}

#[tokio::test]
async fn a_whole_run_leaves_each_phase_and_tears_down_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (environment, outcome) = run_with(Trouble::None, &path, new_run(one_round())).await;
    assert!(matches!(outcome.unwrap().ending, Ending::Complete));
    assert_eq!(
        (environment.count("leave"), environment.count("tear_down")),
        (3, 1)
    );
    assert_eq!(folder::read(&path).unwrap().manifest.slots.len(), 3);
    assert_eq!(journal::complete_slots(&path).unwrap(), None);
}

#[tokio::test]
async fn a_slot_that_breaks_keeps_the_complete_ones_and_can_be_resumed() {
    for trouble in [
        Trouble::EnterSlot(1),
        Trouble::LoadSlot(1),
        Trouble::InterruptInSlot(1),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let (environment, outcome) = run_with(trouble, &path, new_run(one_round())).await;
        let Ending::Early(error) = outcome.unwrap().ending else {
            panic!("{trouble:?} did not end the run")
        };
        assert_eq!(
            matches!(error, CollectorError::Interrupted),
            trouble == Trouble::InterruptInSlot(1)
        );
        assert_eq!(
            (environment.count("leave"), environment.count("tear_down")),
            (2, 1),
            "{trouble:?}"
        );
        assert_eq!(
            folder::read(&path).unwrap().manifest.slots.len(),
            1,
            "{trouble:?}"
        );

        let (environment, outcome) = run_with(Trouble::None, &path, Task::Resume).await;
        assert!(
            matches!(outcome.unwrap().ending, Ending::Complete),
            "{trouble:?}"
        );
        assert_eq!(
            environment.count("enter"),
            2,
            "{trouble:?}: the complete slot is not measured again"
        );
        assert_eq!(
            folder::read(&path).unwrap().manifest.slots.len(),
            3,
            "{trouble:?}"
        );
    }
}

#[tokio::test]
async fn nothing_measured_leaves_nothing_that_looks_like_a_run() {
    for trouble in [
        Trouble::Prepare,
        Trouble::EnterSlot(0),
        Trouble::InterruptInSlot(0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let (environment, outcome) = run_with(trouble, &path, new_run(one_round())).await;
        outcome.unwrap_err();
        assert_eq!(environment.count("tear_down"), 1, "{trouble:?}");
        assert!(!path.exists(), "{trouble:?}");
    }
}

#[tokio::test]
async fn a_failed_proof_makes_the_slot_invalid_and_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (_, outcome) = run_with(Trouble::ProofOfSlot(1), &path, new_run(one_round())).await;
    let manifest = outcome.unwrap().manifest;
    let failures: Vec<&[String]> = manifest
        .slots
        .iter()
        .map(|slot| slot.failures.as_slice())
        .collect();
    let expected = ["requests through server: expected 0, observed 7".to_owned()];
    assert_eq!(failures, [&[][..], &expected, &[]]);
}

#[tokio::test]
async fn lost_requests_make_the_slot_invalid_and_both_numbers_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (_, outcome) = run_with(Trouble::LostRequestsInSlot(1), &path, new_run(one_round())).await;
    let manifest = outcome.unwrap().manifest;
    assert!(manifest.slots[0].is_valid());
    let failure = &manifest.slots[1].failures[0];
    assert!(
        failure.contains("stores 0 of k6_http_reqs_total") && failure.contains("counted 482"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_run_that_was_begun_before_is_left_as_it_was_when_nothing_more_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (environment, outcome) = run_with(Trouble::LoadSlot(1), &path, new_run(one_round())).await;
    outcome.unwrap();
    assert_eq!(environment.count("keep_logs"), 1);
    fs::write(path.join("notes.txt"), "mine").unwrap();
    fs::remove_dir_all(path.join("unfinished/0000")).unwrap();
    let (_, outcome) = run_with(Trouble::InterruptInSlot(0), &path, Task::Resume).await;
    outcome.unwrap_err();
    assert!(path.join("notes.txt").exists());
    let (_, outcome) = run_with(Trouble::None, &path, Task::Resume).await;
    let manifest = outcome.unwrap().manifest;
    assert_eq!(manifest.slots.len(), 3);
    let resumed = manifest
        .warnings
        .iter()
        .filter(|warning| warning.contains("resumed"));
    assert_eq!(resumed.count(), 2, "{:?}", manifest.warnings);
}

#[test]
fn a_mesh_that_is_another_one_after_a_resumption_is_named() {
    let facts = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let before = facts(&[("Istio", "1.30.3"), ("Kubernetes", "v1.34.4")]);
    let now = facts(&[
        ("Istio", "1.31.0"),
        ("Kubernetes", "v1.34.4"),
        ("image of ztunnel", "z"),
    ]);
    assert_eq!(
        changed_facts(&before, &now),
        [
            "Istio was 1.30.3, is 1.31.0",
            "image of ztunnel was unknown, is z"
        ]
    );
    assert_eq!(changed_facts(&now, &now), Vec::<String>::new());
}
