//! `history` on a folder of saved runs.

use crate::compare::copy;
use crate::support::TestEnvironment;

/// Two runs of the same thing, one of another thing, a damaged one, and one that was never finished.
fn folder(environment: &TestEnvironment) -> String {
    fs_err::create_dir_all(environment.path("runs")).unwrap();
    copy(environment, "runs/first", |manifest| {
        manifest["run_id"] = "first".into();
    });
    copy(environment, "runs/slow", |manifest| {
        manifest["run_id"] = "slow".into();
        manifest["plan"]["rate_per_second"] = 100.into();
        later(manifest, 1);
    });
    copy(environment, "runs/last", |manifest| {
        manifest["run_id"] = "last".into();
        later(manifest, 2);
    });
    copy(environment, "runs/damaged", |manifest| {
        manifest["run_id"] = "damaged".into();
    });
    environment.write("runs/damaged/scalars.parquet", "cut off");
    fs_err::create_dir_all(environment.path("runs/notes")).unwrap();
    environment.text("runs")
}

/// Moves the start of a run by days.
fn later(manifest: &mut serde_json::Value, days: i64) {
    let started = &mut manifest["started_at"];
    let at = started.as_i64().unwrap();
    *started = (at + days * 86_400_000).into();
}

#[test]
fn the_runs_of_a_folder_in_every_format() {
    let environment = TestEnvironment::new();
    let runs = folder(&environment);
    let json = environment.run(&["history", &runs, "--metric", "p99", "--format", "json"]);
    assert_eq!(json.code, Some(0), "{}", json.failure());
    let model: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let listed = model["runs"].as_array().unwrap();
    let ids: Vec<&str> = listed
        .iter()
        .map(|run| run["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["first", "slow", "last"]);
    assert_eq!(listed[1]["comparability"]["status"], "not_comparable");
    assert_eq!(model["metric"], "p99");
    assert_eq!(model["left_out"][0]["folder"], "damaged");
    assert!(json.stderr.contains("left out: damaged"), "{}", json.stderr);
    for format in ["terminal", "markdown", "csv", "json-lines"] {
        let said = environment.run(&["history", &runs, "--format", format]);
        assert_eq!(said.code, Some(0), "{format}: {}", said.failure());
        assert!(said.stdout.contains("slow"), "{format}");
    }
}

#[test]
fn the_chart_is_written_for_the_phases_asked_for() {
    let environment = TestEnvironment::new();
    let runs = folder(&environment);
    let output = environment.text("chart");
    let said = environment.run(&[
        "history",
        &runs,
        "--phase",
        "sidecar,ambient",
        "--metric",
        "cpu",
        "--preset",
        "doc",
        "--output",
        &output,
    ]);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    let svg = fs_err::read_to_string(environment.path("chart/history.svg")).unwrap();
    assert!(svg.contains("not comparable"));
    assert!(svg.contains("Ambient (ztunnel)"));
    assert!(!svg.contains("Ambient + waypoint"));
    let picture = fs_err::read(environment.path("chart/history.png")).unwrap();
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
}

#[test]
fn mistakes_are_named() {
    let environment = TestEnvironment::new();
    let runs = folder(&environment);
    for (arguments, part) in [
        (
            vec!["history", &runs, "--metric", "p98"],
            "expected one of p50",
        ),
        (
            vec!["history", &runs, "--phase", "moon"],
            "no run has the phase `moon`",
        ),
        (
            vec!["history", &environment.text("runs/last")],
            "is a run by itself",
        ),
        (
            vec!["history", &environment.text("runs/notes")],
            "has no run",
        ),
        (
            vec!["history", &runs, "--charts", "moon"],
            "no chart is called `moon`",
        ),
        (
            vec!["history", &runs, "--scale", "0"],
            "expected a number from 0.1 to 8",
        ),
    ] {
        let said = environment.run(&arguments);
        assert_eq!(said.code, Some(2), "{}", said.failure());
        assert!(said.stderr.contains(part), "{}", said.stderr);
    }
}
