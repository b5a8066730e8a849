//! The published schema of `report --format json`.

use std::path::PathBuf;

use meshdelta_report::model::ReportModel;
use meshdelta_report::{json_schema, render_json};
use serde_json::{Value, json};

use crate::fixture;

/// Set to any value to write the published file.
const UPDATE: &str = "MESHDELTA_UPDATE_SCHEMA";

fn published_file() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/report.schema.json"
    ))
}

fn published() -> Value {
    serde_json::from_str(&fs_err::read_to_string(published_file()).unwrap()).unwrap()
}

fn json(model: &ReportModel) -> Value {
    serde_json::from_str(&render_json(model).unwrap()).unwrap()
}

#[test]
fn the_published_schema_is_that_of_the_model() {
    let schema = json_schema().unwrap();
    if std::env::var_os(UPDATE).is_some() {
        fs_err::write(published_file(), &schema).unwrap();
    }
    let published = fs_err::read_to_string(published_file()).unwrap();
    assert!(
        published == schema,
        "docs/report.schema.json is not that of the model: write it with {UPDATE}=1 cargo test -p meshdelta-report schema"
    );
}

#[test]
fn reports_are_valid() {
    let validator = jsonschema::draft202012::new(&published()).unwrap();
    for model in [
        fixture::five_phases(),
        fixture::one_round(),
        fixture::invalid_phase(),
        fixture::hostile(),
    ] {
        let json = json(&model);
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn what_is_not_a_report_is_not_valid() {
    let validator = jsonschema::draft202012::new(&published()).unwrap();
    let changes: [(&str, Value); 6] = [
        ("/schema_version", json!("one")),
        ("/run/rate", json!("1000 req/s")),
        ("/run/environment", json!("moon")),
        ("/overheads/0/statistic", json!("p98")),
        ("/overheads/0/estimate", json!({"status": "unknown"})),
        ("/phases/0/validity", json!({"status": "invalid"})),
    ];
    for (pointer, value) in changes {
        let mut report = json(&fixture::five_phases());
        *report.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&report), "{pointer}");
    }
    let mut report = json(&fixture::five_phases());
    report.as_object_mut().unwrap().remove("answer");
    assert!(!validator.is_valid(&report), "without its answer");
}
