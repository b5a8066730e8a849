//! Runs that `compare` cannot use, or can use only in part: a clear answer and the documented exit code.

use meshdelta_run::manifest::{FORMAT_VERSION, FormatVersion};

use crate::compare::{EXAMPLE, copy};
use crate::support::{Said, TestEnvironment};

fn compare(environment: &TestEnvironment, arguments: &[&str]) -> Said {
    environment.run_without_programs(&[&["compare", EXAMPLE], arguments].concat())
}

#[track_caller]
fn ends(said: &Said, code: i32, words: &str) {
    assert_eq!(said.code, Some(code), "{}", said.failure());
    assert!(said.stderr.contains(words), "{}", said.failure());
}

#[test]
fn a_folder_that_is_no_whole_run_is_told_so() {
    let environment = TestEnvironment::new();
    ends(
        &compare(&environment, &[&environment.text("nowhere")]),
        2,
        "is not a saved run",
    );
    let unfinished = copy(&environment, "killed", |_| {});
    fs_err::remove_file(environment.path("killed/run.json")).unwrap();
    fs_err::create_dir_all(environment.path("killed/unfinished")).unwrap();
    environment.write("killed/unfinished/plan.json", "{}");
    ends(
        &compare(&environment, &[&unfinished]),
        7,
        "is an unfinished run: 0 complete slots wait",
    );
}

#[test]
fn a_damaged_run_is_refused() {
    let environment = TestEnvironment::new();
    let damaged = copy(&environment, "damaged", |_| {});
    let table = environment.path("damaged/histograms.parquet");
    let mut bytes = fs_err::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs_err::write(&table, bytes).unwrap();
    ends(&compare(&environment, &[&damaged]), 5, "histograms.parquet");
    fs_err::remove_file(&table).unwrap();
    assert_ne!(compare(&environment, &[&damaged]).code, Some(0));
    environment.write("damaged/run.json", "{ \"format_version\": ");
    ends(&compare(&environment, &[&damaged]), 5, "run.json");
}

#[test]
fn another_format_is_refused_whichever_way_it_is_off() {
    let environment = TestEnvironment::new();
    let FormatVersion { major, minor } = FORMAT_VERSION;
    let others = [
        ("older", major - 1, 9),
        ("newer", major, minor + 1),
        ("newest", major + 1, 0),
    ];
    for (name, major, minor) in others {
        let other = copy(&environment, name, |manifest| {
            manifest["format_version"] = serde_json::json!({ "major": major, "minor": minor });
        });
        ends(
            &compare(&environment, &[&other]),
            5,
            &format!("{major}.{minor}"),
        );
    }
}

#[test]
fn the_same_run_is_found_under_any_path() {
    let environment = TestEnvironment::new();
    let named_twice = "is named twice";
    ends(&compare(&environment, &[EXAMPLE]), 2, named_twice);
    let around = format!("{EXAMPLE}/../local-run");
    ends(&compare(&environment, &[&around]), 2, named_twice);
    std::os::unix::fs::symlink(EXAMPLE, environment.path("link")).unwrap();
    ends(
        &compare(&environment, &[&environment.text("link")]),
        2,
        named_twice,
    );
    let id = "20261123-171159-0a4bf0";
    let moved = copy(&environment, "moved", |manifest| {
        manifest["run_id"] = id.into();
    });
    ends(&compare(&environment, &[&moved]), 2, named_twice);
    // Also among several of one side.
    let other = copy(&environment, "other", |_| {});
    let said = environment.run_without_programs(&["compare", &other, &moved, "--", EXAMPLE]);
    ends(&said, 2, named_twice);
}

#[test]
fn an_incomplete_run_is_compared_and_marked() {
    let environment = TestEnvironment::new();
    let stopped = copy(&environment, "stopped", |manifest| {
        manifest["completion"] =
            serde_json::json!({ "state": "incomplete", "reason": "interrupted" });
        // The last of three rounds is not there.
        let slots = manifest["slots"].as_array_mut().unwrap();
        slots.truncate(12);
    });
    let said = compare(&environment, &[&stopped]);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    assert!(
        said.stdout
            .contains("Run stopped: The run is incomplete: 12 of 18 slots were measured"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_run_without_anything_valid_says_why() {
    let environment = TestEnvironment::new();
    let fail = |name: &str, phase: Option<&str>| {
        copy(&environment, name, |manifest| {
            for slot in manifest["slots"].as_array_mut().unwrap() {
                if phase.is_none_or(|phase| slot["phase"] == phase) {
                    slot["failures"] = serde_json::json!(["a proof failed"]);
                }
            }
        })
    };
    for (name, phase) in [("nothing", None), ("no-baseline", Some("baseline"))] {
        let run = fail(name, phase);
        // Invalid data are no other error for `report`.
        ends(
            &environment.run(&["report", &run]),
            5,
            "no slot of the baseline is valid",
        );
        let said = compare(&environment, &[&run]);
        ends(&said, 5, "cannot be analysed");
        ends(&said, 5, "no slot of the baseline is valid");
    }
    // One phase: its numbers are gone, the others are compared, and a gate does not pass over it.
    let one = fail("one-phase", Some("ambient"));
    let said = compare(&environment, &[&one, "--fail-on", "regression"]);
    ends(&said, 5, "gate invalid (fail on regression): Ambient");
    assert!(said.stdout.contains("Sidecar"), "{}", said.stdout);
}

#[test]
fn rounds_that_a_phase_lost_are_told() {
    let environment = TestEnvironment::new();
    let lost = copy(&environment, "lost", |manifest| {
        for slot in manifest["slots"].as_array_mut().unwrap() {
            if slot["phase"] == "sidecar" && slot["id"]["round"] != 0 {
                slot["failures"] = serde_json::json!(["a proof failed"]);
            }
        }
    });
    let said = compare(&environment, &[&lost, "--format", "markdown"]);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    for part in [
        "Run lost: slots failed, so numbers rest on fewer rounds: Sidecar on 1 of 3 (its findings say why).",
        "Sidecar cannot be judged (a run has only one round in which phase and baseline are valid, so no replication)",
    ] {
        assert!(said.stdout.contains(part), "{part}\n{}", said.stdout);
    }
}

#[test]
fn a_plan_without_a_baseline_is_no_plan() {
    let environment = TestEnvironment::new();
    let without = copy(&environment, "without", |manifest| {
        let is_other = |item: &serde_json::Value, key: &str| item[key] != "baseline";
        for (list, key) in [("order", "phase"), ("slots", "phase")] {
            let items = manifest[list].as_array_mut().unwrap();
            items.retain(|item| is_other(item, key));
        }
        let phases = manifest["plan"]["phases"].as_array_mut().unwrap();
        phases.retain(|item| is_other(item, "id"));
    });
    let said = compare(&environment, &[&without]);
    ends(&said, 5, "baseline");
}

#[test]
fn different_phases_leave_what_is_common() {
    let environment = TestEnvironment::new();
    let fewer = copy(&environment, "fewer", |manifest| {
        for (list, key) in [("order", "phase"), ("slots", "phase")] {
            let items = manifest[list].as_array_mut().unwrap();
            items.retain(|item| item[key] != "ambient");
        }
        let phases = manifest["plan"]["phases"].as_array_mut().unwrap();
        phases.retain(|item| item["id"] != "ambient");
    });
    let said = compare(&environment, &[&fewer]);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    let left_out = "Not compared, because not every run has it: Ambient (ztunnel) (not in fewer).";
    assert!(said.stdout.contains(left_out), "{}", said.stdout);
}
