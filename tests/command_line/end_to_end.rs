//! The main job for real: k6 through five Envoy data paths into Prometheus, short slots, two rounds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;

use crate::support::{TestEnvironment, wait_for_file, wait_until};
use meshdelta_run::folder::{self, SavedRun};
use meshdelta_run::manifest::{Completion, ProofStage, SlotRecord};
use meshdelta_run::{HistogramSample, Phase, Series};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const SHORT_SLOTS: [&str; 6] = ["--rate", "100", "--duration", "4", "--warmup", "1"];

#[test]
fn five_phases_in_two_rounds_are_measured_whole() {
    let environment = TestEnvironment::new();
    let output = environment.text("run");
    let arguments = [
        &["run", "--rounds", "2", "--seed", "7", "--output", &output],
        &SHORT_SLOTS[..],
    ]
    .concat();
    let said = environment.run(&arguments);
    // A busy machine may not hold even this rate; that is told by code 5 and is no failure of the way that is tested here.
    assert!(matches!(said.code, Some(0 | 5)), "{}", said.failure());
    assert_eq!(said.stdout, "FOLDER/run\n");
    assert_eq!(environment.processes_left(), Vec::<String>::new());
    assert_eq!(environment.temporary_files_left(), Vec::<PathBuf>::new());

    let run = folder::read(Path::new(&output)).unwrap();
    assert_eq!(run.manifest.completion, Completion::Complete);
    assert!(!environment.path("run/unfinished").exists());
    let slots = &run.manifest.slots;
    assert_eq!(slots.len(), 2 * 6);
    for phase in Phase::built_in() {
        let expected = if phase.is_baseline() { 4 } else { 2 };
        assert_eq!(
            slots.iter().filter(|slot| slot.phase == phase.id).count(),
            expected,
            "{}",
            phase.id
        );
    }
    for slot in slots {
        assert_eq!(
            slot.failures,
            Vec::<String>::new(),
            "{} {}",
            slot.id,
            slot.phase
        );
        proofs_are_there(slot);
        counts_equal_the_summary(&run, slot);
        the_median_of_k6_is_in_its_bucket(&run, slot);
        resources_cover_the_window(&run, slot);
        the_warm_up_made_the_connections(&run, slot);
    }
    assert_eq!(environment.run(&["verify", &output]).code, Some(0));
    the_report_stands_on_the_run(&environment, &output, &run);
}

fn the_report_stands_on_the_run(environment: &TestEnvironment, output: &str, run: &SavedRun) {
    let said = environment.run(&["report", output]);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    assert!(said.stdout.starts_with("## "), "{}", said.stdout);
    for phase in &run.manifest.plan.phases {
        assert!(
            said.stdout.contains(&phase.title),
            "{} is not in\n{}",
            phase.title,
            said.stdout
        );
    }
    let page = fs_err::read_to_string(environment.path("run/report/report.html")).unwrap();
    assert!(page.contains(run.manifest.run_id.as_str()));
    let picture = fs_err::read(environment.path("run/report/charts/overheads.png")).unwrap();
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    // The report is no part of the run, and changes nothing in it.
    assert_eq!(environment.run(&["verify", output]).code, Some(0));

    let json = environment
        .run(&["report", output, "--format", "json"])
        .stdout;
    let again = environment
        .run(&["report", output, "--format", "json"])
        .stdout;
    assert_eq!(json, again, "the same run gives the same bytes");
    let model: serde_json::Value = serde_json::from_str(&json).unwrap();
    let absolutes = model["absolutes"].as_array().unwrap();
    let medians: Vec<&serde_json::Value> = absolutes
        .iter()
        .filter(|absolute| absolute["statistic"] == "p50")
        .collect();
    assert_eq!(medians.len(), run.manifest.plan.phases.len());
    for absolute in medians {
        let value = &absolute["value"]["value"];
        let number = |pointer: &str| value.pointer(pointer).unwrap().as_f64().unwrap();
        let (lower, upper) = (
            number("/bucket_bounds_seconds/lower"),
            number("/bucket_bounds_seconds/upper"),
        );
        let point = number("/point_seconds");
        assert!(
            lower <= point && point <= upper,
            "{}: {lower} <= {point} <= {upper}",
            absolute["phase"]
        );
    }
}

fn proofs_are_there(slot: &SlotRecord) {
    for stage in [ProofStage::Before, ProofStage::After] {
        assert!(
            slot.proofs.iter().any(|proof| proof.stage == stage),
            "{} {}: {stage:?}",
            slot.id,
            slot.phase
        );
    }
    assert!(slot.proofs.iter().all(|proof| proof.passed));
    let subject = |text: &str| slot.proofs.iter().any(|proof| proof.subject.contains(text));
    assert!(subject("requests through application"));
    assert_eq!(
        subject("requests through waypoint"),
        slot.phase.as_str() == "ambient-l7"
    );
    assert_eq!(
        subject("connections to waypoint"),
        slot.phase.as_str() != "ambient-l7"
    );
    assert_eq!(
        subject("bytes received by client-ztunnel"),
        slot.phase.as_str().starts_with("ambient")
    );
}

/// Returns the series of a metric in a slot, with the last sample of each.
fn last_samples<'a>(
    run: &'a SavedRun,
    slot: &SlotRecord,
    metric: &str,
) -> Vec<(&'a Series, &'a HistogramSample)> {
    let mut last: BTreeMap<u32, &HistogramSample> = BTreeMap::new();
    for sample in &run.tables.histograms {
        last.insert(sample.series_id, sample);
    }
    let series = run
        .tables
        .series
        .iter()
        .filter(|series| series.slot == slot.id && series.metric == metric);
    series.map(|series| (series, last[&series.id])).collect()
}

fn counts_equal_the_summary(run: &SavedRun, slot: &SlotRecord) {
    let samples = last_samples(run, slot, "k6_http_req_duration_seconds");
    let count = |scenario: &str, expected: bool| -> u64 {
        let matching = samples.iter().filter(|(series, _)| {
            series.scenario.as_deref() == Some(scenario)
                && series.expected_response == Some(expected)
        });
        matching.map(|(_, sample)| sample.count).sum()
    };
    assert_eq!(
        count("measure", true),
        slot.load.succeeded_requests,
        "{} {}",
        slot.id,
        slot.phase
    );
    assert_eq!(count("measure", false), slot.load.failed_requests);
    assert_eq!(
        count("warmup", true) + count("warmup", false),
        slot.load.warmup_requests
    );
    assert!(slot.load.succeeded_requests > 0);
    // The summary as k6 wrote it, read without this project's code.
    let name = format!(
        "k6/round-{}-slot-{}-{}-runner-1.json",
        slot.id.round, slot.id.slot, slot.phase
    );
    let text = fs_err::read_to_string(run.folder.join(name)).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
    let metric = "/metrics/http_reqs{scenario:measure,expected_response:true}/count";
    assert_eq!(
        summary.pointer(metric).unwrap().as_f64(),
        Some(slot.load.succeeded_requests as f64)
    );
}

/// k6 knows its median exactly; the stored histogram must have it in the bucket of that rank.
fn the_median_of_k6_is_in_its_bucket(run: &SavedRun, slot: &SlotRecord) {
    let samples = last_samples(run, slot, "k6_http_req_duration_seconds");
    let (_, sample) = samples
        .iter()
        .find(|(series, _)| {
            series.scenario.as_deref() == Some("measure") && series.expected_response == Some(true)
        })
        .unwrap();
    let bucket_of_rank = |rank: u64| {
        let mut below = sample.zero_count;
        let buckets = sample.bucket_indices.iter().zip(&sample.bucket_counts);
        for (index, count) in buckets {
            below += count;
            if below >= rank {
                return *index;
            }
        }
        panic!("no bucket has rank {rank} of {}", sample.count);
    };
    let bound = |index: i32| (f64::from(index) / f64::from(sample.schema.unwrap()).exp2()).exp2();
    let lower = bound(bucket_of_rank(sample.count.div_ceil(2)) - 1);
    let upper = bound(bucket_of_rank(sample.count / 2 + 1));
    let median = slot.load.exact_seconds["med"];
    assert!(
        lower < median && median <= upper,
        "{} {}: {lower} < {median} <= {upper}",
        slot.id,
        slot.phase
    );
}

/// A measured request that first makes its connection is no measure of the path. A busy machine may need more virtual users than the plan
/// has, and so a few connections; all of them new is what must not be.
fn the_warm_up_made_the_connections(run: &SavedRun, slot: &SlotRecord) {
    let samples = last_samples(run, slot, "k6_http_req_connecting_seconds");
    let measured = samples
        .iter()
        .filter(|(series, _)| series.scenario.as_deref() == Some("measure"));
    let new: u64 = measured
        .map(|(_, sample)| sample.count - sample.zero_count)
        .sum();
    let users = u64::from(run.manifest.plan.virtual_users);
    assert!(
        new < users,
        "{} {}: {new} new connections",
        slot.id,
        slot.phase
    );
}

fn resources_cover_the_window(run: &SavedRun, slot: &SlotRecord) {
    let on_path: Vec<&Series> = run
        .tables
        .series
        .iter()
        .filter(|series| {
            series.slot == slot.id && series.metric == "meshdelta_process_cpu_seconds_total"
        })
        .filter(|series| series.labels["on_path"] == "true")
        .collect();
    let roles: Vec<&str> = on_path
        .iter()
        .filter_map(|series| series.runner.as_deref())
        .collect();
    let expected: &[&str] = match slot.phase.as_str() {
        "baseline" => &["application"],
        "sidecar" | "sidecar-l7" => &["application", "client-sidecar", "server-sidecar"],
        "ambient" => &["application", "client-ztunnel", "server-ztunnel"],
        _ => &[
            "application",
            "client-ztunnel",
            "server-ztunnel",
            "waypoint",
        ],
    };
    assert_eq!(roles, expected, "{}", slot.phase);
    for series in on_path {
        let samples: Vec<f64> = run
            .tables
            .scalars
            .iter()
            .filter(|sample| sample.series_id == series.id)
            .filter(|sample| {
                sample.timestamp >= slot.window.start && sample.timestamp < slot.window.end
            })
            .map(|sample| sample.value)
            .collect();
        assert!(samples.len() >= 2, "{} {:?}", slot.phase, series.runner);
        assert!(
            samples[samples.len() - 1] > samples[0],
            "{} {:?} used no CPU",
            slot.phase,
            series.runner
        );
    }
}

fn interrupt(process: &mut Child, signal: Signal) -> Option<i32> {
    kill(Pid::from_raw(i32::try_from(process.id()).unwrap()), signal).unwrap();
    let ended = wait_until(|| {
        let still_running = || format!("the program runs on after {signal}");
        process.try_wait().unwrap().ok_or_else(still_running)
    });
    ended.code()
}

#[test]
fn an_interrupted_run_leaves_no_process_keeps_complete_slots_and_is_resumed() {
    let environment = TestEnvironment::new();
    let output = environment.text("run");
    let arguments = [
        &[
            "run", "--rounds", "1", "--seed", "7", "--phases", "ambient", "--output", &output,
        ],
        &SHORT_SLOTS[..],
    ]
    .concat();

    let mut process = environment.start(&arguments);
    wait_for_file(
        &environment.path("run/unfinished/0000/slot.json"),
        &mut process,
    );
    assert_eq!(interrupt(&mut process, Signal::SIGINT), Some(130));
    assert_eq!(environment.processes_left(), Vec::<String>::new());
    assert_eq!(environment.temporary_files_left(), Vec::<PathBuf>::new());
    let first = folder::read(Path::new(&output)).unwrap();
    assert!(matches!(
        first.manifest.completion,
        Completion::Incomplete { .. }
    ));
    assert_eq!(first.manifest.slots.len(), 1);

    // Killed so that it cannot clean up: the kernel ends its programs, and the journal keeps what is complete.
    let mut process = environment.start(&["run", "--resume", &output]);
    wait_for_file(
        &environment.path("run/unfinished/0001/slot.json"),
        &mut process,
    );
    assert_eq!(interrupt(&mut process, Signal::SIGKILL), None);
    wait_until(|| match environment.processes_left() {
        none if none.is_empty() => Ok(()),
        left => Err(format!("still running: {left:#?}")),
    });

    let said = environment.run(&["run", "--resume", &output]);
    assert!(matches!(said.code, Some(0 | 5)), "{}", said.failure());
    let run = folder::read(Path::new(&output)).unwrap();
    assert_eq!(run.manifest.completion, Completion::Complete);
    assert_eq!(run.manifest.run_id, first.manifest.run_id);
    assert_eq!(run.manifest.slots[0], first.manifest.slots[0]);
    let phases: Vec<&str> = run
        .manifest
        .slots
        .iter()
        .map(|slot| slot.phase.as_str())
        .collect();
    assert_eq!(phases, ["baseline", "ambient", "baseline"]);
    assert_eq!(
        run.manifest.warnings.len(),
        2,
        "each resumption is told: {:?}",
        run.manifest.warnings
    );
    let again = environment.run(&["run", "--resume", &output]);
    assert_eq!(again.code, Some(2), "{}", again.failure());
}
