//! The GitHub Actions example: its steps are run here as a runner would, on the recorded example run.

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

use crate::compare::{EXAMPLE, copy};
use crate::compare_gates::slower;
use crate::support::TestEnvironment;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/ci");

fn workflow() -> serde_json::Value {
    let text = fs_err::read_to_string(Path::new(FOLDER).join("mesh-cost.yml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn script(id: &str) -> String {
    let workflow = workflow();
    let steps = workflow["jobs"]["mesh-cost"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["id"] == id).unwrap();
    step["run"].as_str().unwrap().to_owned()
}

/// Runs a step in the folder of the test; returns its exit code, what it printed and the job summary.
fn step(environment: &TestEnvironment, id: &str) -> (Option<i32>, String, String) {
    let summary = environment.path("summary.md");
    fs_err::write(&summary, "").unwrap();
    let programs = cargo_bin("meshdelta").parent().unwrap().to_owned();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    // As a runner does it for `run`.
    let output = Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", &script(id)])
        .current_dir(environment.path(""))
        .env("PATH", path)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8(printed).unwrap(),
        fs_err::read_to_string(summary).unwrap(),
    )
}

fn prepared() -> TestEnvironment {
    let environment = TestEnvironment::new();
    fs_err::create_dir_all(environment.path("examples")).unwrap();
    std::os::unix::fs::symlink(FOLDER, environment.path("examples/ci")).unwrap();
    environment
}

#[test]
fn the_comparison_is_the_summary_and_its_code_ends_the_step() {
    let environment = prepared();
    std::os::unix::fs::symlink(EXAMPLE, environment.path("baseline-run")).unwrap();
    copy(&environment, "new-run", |_| {});
    let (code, printed, summary) = step(&environment, "compare");
    assert_eq!(code, Some(0), "{printed}");
    assert!(summary.starts_with("## "), "{summary}");
    assert!(
        summary.contains("**Gate (fail on regression) passed:**"),
        "{summary}"
    );
    assert!(
        summary.contains("**Gate (p50 of sidecar within 0.5ms) passed:**"),
        "{summary}"
    );
    assert!(environment.path("comparison/comparison.html").exists());

    fs_err::remove_dir_all(environment.path("new-run")).unwrap();
    slower(&environment, "new-run", "ambient", 8);
    let (code, printed, summary) = step(&environment, "compare");
    assert_eq!(code, Some(3), "{printed}");
    assert!(
        printed.contains("::error title=Mesh cost::gate failed ("),
        "{printed}"
    );
    assert!(
        summary.contains("**Gate (fail on regression) failed:** Ambient"),
        "{summary}"
    );
}

#[test]
fn runs_of_different_things_are_an_error_with_a_reason() {
    let environment = prepared();
    std::os::unix::fs::symlink(EXAMPLE, environment.path("baseline-run")).unwrap();
    copy(&environment, "new-run", |manifest| {
        manifest["plan"]["rate_per_second"] = 500.into();
    });
    let (code, printed, summary) = step(&environment, "compare");
    assert_eq!(code, Some(5), "{printed}");
    assert!(
        summary.contains("## The runs were not compared"),
        "{summary}"
    );
    assert!(summary.contains("plan.rate_per_second"), "{summary}");
}

#[test]
fn without_a_baseline_there_is_nothing_to_compare() {
    let environment = prepared();
    copy(&environment, "new-run", |_| {});
    let (code, printed, summary) = step(&environment, "compare");
    assert_eq!(code, Some(0), "{printed}");
    assert!(
        summary.contains("There is no baseline run yet"),
        "{summary}"
    );
    assert_eq!(step(&environment, "promote").0, Some(0));
    assert!(environment.path("baseline-run/run.json").exists());
}

#[test]
fn a_file_as_output_keeps_both_the_summary_and_the_message() {
    let environment = prepared();
    std::os::unix::fs::symlink(EXAMPLE, environment.path("baseline-run")).unwrap();
    slower(&environment, "new-run", "ambient", 8);
    let output = environment.path("output.txt");
    let ended = Command::new("bash")
        .arg(Path::new(FOLDER).join("compare.sh"))
        .args(["baseline-run", "new-run", "--fail-on", "regression"])
        .current_dir(environment.path(""))
        .env("MESHDELTA", cargo_bin("meshdelta"))
        .env_remove("GITHUB_STEP_SUMMARY")
        .stdout(fs_err::File::create(&output).unwrap().into_file())
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(3));
    let printed = fs_err::read_to_string(output).unwrap();
    assert!(printed.starts_with("## "), "{printed}");
    assert!(
        printed.contains("\n::error title=Mesh cost::gate failed ("),
        "{printed}"
    );
}

#[test]
fn the_plan_of_the_example_is_one() {
    let environment = prepared();
    let measure = script("measure");
    let arguments: Vec<&str> = measure.split_whitespace().collect();
    let [program, command, plan, ..] = arguments.as_slice() else {
        panic!("{measure}")
    };
    assert_eq!((*program, *command), ("meshdelta", "run"));
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join(plan);
    let said = environment.run(&["run", plan.to_str().unwrap(), "--dry-run"]);
    assert_eq!(said.code, Some(0), "{}", said.failure());
}
