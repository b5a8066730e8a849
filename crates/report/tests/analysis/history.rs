//! The runs of a folder: in the order of time, each once, and what cannot be shown with its reason.

use std::path::{Path, PathBuf};

use meshdelta_report::comparison::ChangeMetric;
use meshdelta_report::history::{
    HistoryError, HistoryModel, HistoryRun, HistorySettings, history_json_schema, read_history,
    render_history_chart, render_history_csv, render_history_json, render_history_json_lines,
    render_history_markdown, render_history_terminal,
};
use meshdelta_report::{ChartOptions, Preset, svg_to_png};
use meshdelta_run::RunId;
use meshdelta_run::folder::{self, SavedRun};
use serde_json::Value;
use tempfile::TempDir;

use crate::builder::{Recipe, constant_shift};

fn save(parent: &Path, id: &str, hours: i64, mut run: SavedRun) {
    let path = parent.join(id);
    fs_err::create_dir_all(&path).unwrap();
    run.manifest.run_id = RunId::try_new(id).unwrap();
    run.manifest.started_at = run.manifest.started_at.plus_ms(hours * 3_600_000);
    folder::save(&path, run.manifest, &run.tables).unwrap();
}

fn one_more(phase: &str, round: u32) -> i32 {
    constant_shift(phase, round) + i32::from(phase == "sidecar")
}

/// Three runs, named against the order of time, of which the second had another rate.
fn three_runs() -> TempDir {
    let parent = tempfile::tempdir().unwrap();
    let slower = Recipe {
        shift: one_more,
        ..Recipe::default()
    };
    save(parent.path(), "first", 0, Recipe::default().build());
    let mut other = Recipe::default().build();
    other.manifest.plan.rate_per_second = 400;
    save(parent.path(), "another-rate", 24, other);
    save(parent.path(), "a-last", 48, slower.build());
    parent
}

fn settings(metric: ChangeMetric) -> HistorySettings {
    HistorySettings {
        metric,
        phases: Vec::new(),
        command: "meshdelta history runs".to_owned(),
    }
}

fn history(path: &Path) -> HistoryModel {
    let mut model = read_history(path, &settings(ChangeMetric::P50)).unwrap();
    // The folder is another one each time.
    "runs".clone_into(&mut model.folder);
    model
}

#[test]
fn runs_stand_in_the_order_of_time_and_are_held_against_the_newest() {
    let parent = three_runs();
    let model = history(parent.path());
    let ids: Vec<&str> = model.runs.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(ids, ["first", "another-rate", "a-last"]);
    let comparable: Vec<bool> = model.runs.iter().map(HistoryRun::is_comparable).collect();
    assert_eq!(comparable, [true, false, true]);
    // Two buckets of the sidecar in the first run, three in the last.
    for (run, buckets) in [(0, 2), (2, 3)] {
        let sidecar = model.phases[0].id.clone();
        let overhead = model.runs[run]
            .overhead(&sidecar, ChangeMetric::P50)
            .unwrap();
        let point = overhead.overhead.value().unwrap().point;
        let expected = (0.125 * f64::from(buckets)).exp2() - 1.0;
        assert!((point.relative.unwrap().get() - expected).abs() < 1e-9);
    }
}

#[test]
fn what_cannot_be_shown_is_named_and_stops_nothing() {
    let parent = three_runs();
    let copy = |from: &str, to: &str| {
        let (from, to) = (parent.path().join(from), parent.path().join(to));
        fs_err::create_dir_all(&to).unwrap();
        for entry in fs_err::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            fs_err::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    };
    copy("first", "first-again");
    copy("first", "damaged");
    fs_err::write(parent.path().join("damaged/series.parquet"), "nothing").unwrap();
    fs_err::create_dir_all(parent.path().join("no-run")).unwrap();
    let model = history(parent.path());
    assert_eq!(model.runs.len(), 3);
    let reasons: Vec<(&str, &str)> = model
        .left_out
        .iter()
        .map(|run| (run.folder.as_str(), run.reason.as_str()))
        .collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert_eq!(reasons[0].0, "damaged");
    assert!(reasons[0].1.contains("series.parquet"), "{reasons:?}");
    assert_eq!(
        reasons[1],
        (
            "first-again",
            "it is run first again, which is in `first` too"
        )
    );
    let text = render_history_terminal(&model, 80);
    assert!(text.contains("left out: damaged"), "{text}");
}

#[test]
fn mistakes_have_answers() {
    let parent = three_runs();
    let error = read_history(&parent.path().join("first"), &settings(ChangeMetric::P50));
    assert!(matches!(error, Err(HistoryError::IsARun { .. })));
    let unknown = HistorySettings {
        phases: vec!["moon".to_owned()],
        ..settings(ChangeMetric::P50)
    };
    let error = read_history(parent.path(), &unknown)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "no run has the phase `moon` beside its baseline; there are: sidecar, ambient"
    );
    let empty = tempfile::tempdir().unwrap();
    let error = read_history(empty.path(), &settings(ChangeMetric::P50));
    assert!(matches!(error, Err(HistoryError::NoRuns { left_out, .. }) if left_out.is_empty()));
}

fn published_file() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/history.schema.json"
    ))
}

#[test]
fn the_published_schema_of_histories_is_that_of_the_model() {
    let schema = history_json_schema().unwrap();
    if std::env::var_os("MESHDELTA_UPDATE_SCHEMA").is_some() {
        fs_err::write(published_file(), &schema).unwrap();
    }
    let published = fs_err::read_to_string(published_file()).unwrap();
    assert!(
        published == schema,
        "docs/history.schema.json is not that of the model: write it with MESHDELTA_UPDATE_SCHEMA=1 cargo test -p meshdelta-report schema"
    );
    let published: Value = serde_json::from_str(&published).unwrap();
    let validator = jsonschema::draft202012::new(&published).unwrap();
    let model = history(three_runs().path());
    let mut json: Value = serde_json::from_str(&render_history_json(&model).unwrap()).unwrap();
    assert!(validator.is_valid(&json));
    json["metric"] = "p98".into();
    assert!(!validator.is_valid(&json));
}

#[test]
fn each_run_is_a_line_of_json_and_each_overhead_a_row_of_csv() {
    let model = history(three_runs().path());
    let lines = render_history_json_lines(&model).unwrap();
    let ids: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone())
        .collect();
    assert_eq!(ids, ["first", "another-rate", "a-last"]);
    let csv = render_history_csv(&model);
    // A head, and two phases with eight metrics in each run.
    assert_eq!(csv.lines().count(), 1 + 3 * 2 * 8);
    assert!(csv.contains("another-rate,2026"), "{csv}");
}

#[test]
fn the_chart_is_drawn_of_every_metric_and_for_every_purpose() {
    let parent = three_runs();
    for metric in ChangeMetric::ALL {
        let model = read_history(parent.path(), &settings(metric)).unwrap();
        for preset in [
            Preset::Slide,
            Preset::SlideDark,
            Preset::Doc,
            Preset::Square,
        ] {
            let svg = render_history_chart(&model, &ChartOptions::preset(preset)).unwrap();
            svg_to_png(&svg, 0.2).unwrap();
            assert!(svg.contains("not comparable"), "{}", metric.label());
            assert!(!svg.contains("NaN"), "{}", metric.label());
        }
    }
}

#[test]
fn texts_of_a_history() {
    let model = history(three_runs().path());
    let terminal = render_history_terminal(&model, 80);
    for line in terminal.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    insta::assert_snapshot!("history_terminal", terminal);
    insta::assert_snapshot!("history_markdown", render_history_markdown(&model));
}
