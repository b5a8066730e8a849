//! `compare` on saved runs: what is found, what is refused, and with which exit code.

use crate::support::TestEnvironment;

pub(crate) const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/local-run");

/// Copies the example under another run id, with a change of its manifest.
pub(crate) fn copy(
    environment: &TestEnvironment,
    name: &str,
    change: impl Fn(&mut serde_json::Value),
) -> String {
    let folder = environment.path(name);
    fs_err::create_dir_all(folder.join("k6")).unwrap();
    for inner in ["", "k6"] {
        for entry in fs_err::read_dir(std::path::Path::new(EXAMPLE).join(inner)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs_err::copy(entry.path(), folder.join(inner).join(entry.file_name())).unwrap();
            }
        }
    }
    let path = folder.join("run.json");
    let mut manifest: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(&path).unwrap()).unwrap();
    manifest["run_id"] = name.replace('/', "-").into();
    change(&mut manifest);
    fs_err::write(path, manifest.to_string()).unwrap();
    environment.text(name)
}

#[test]
fn the_same_data_has_changed_by_nothing_in_every_format() {
    let environment = TestEnvironment::new();
    let copy = copy(&environment, "copy", |_| {});
    let json = environment.run(&[
        "compare",
        EXAMPLE,
        &copy,
        "--format",
        "json",
        "--fail-on",
        "any-change",
    ]);
    assert_eq!(json.code, Some(0), "{}", json.failure());
    let model: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let changes = model["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 4 * 8);
    for change in changes {
        // Slots of ten seconds are too short for p99.9.
        if change["metric"] == "p99.9" {
            assert_eq!(change["verdict"], "not_comparable", "{change}");
            continue;
        }
        let estimate = &change["estimate"]["value"];
        assert_eq!(estimate["change"]["absolute"], 0.0, "{change}");
        let interval = &estimate["interval"]["value"];
        assert!(interval["lower"]["absolute"].as_f64().unwrap() < 0.0);
        assert!(interval["upper"]["absolute"].as_f64().unwrap() > 0.0);
    }
    for format in ["terminal", "markdown", "csv", "html"] {
        let said = environment.run(&["compare", EXAMPLE, &copy, "--format", format]);
        assert_eq!(said.code, Some(0), "{format}: {}", said.failure());
        assert!(said.stdout.contains("copy"), "{format}");
    }
    let output = environment.text("comparison");
    let said = environment.run(&["compare", EXAMPLE, &copy, "--output", &output]);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    assert!(environment.path("comparison/comparison.html").exists());
    let picture = fs_err::read(environment.path("comparison/charts/changes.png")).unwrap();
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
}

#[test]
fn runs_of_different_things_are_refused_unless_forced() {
    let environment = TestEnvironment::new();
    let faster = copy(&environment, "faster", |manifest| {
        manifest["plan"]["rate_per_second"] = 500.into();
    });
    let refused = environment.run(&["compare", EXAMPLE, &faster]);
    assert_eq!(refused.code, Some(5), "{}", refused.failure());
    assert!(refused.stderr.contains("plan.rate_per_second"));
    let forced = environment.run(&["compare", EXAMPLE, &faster, "--force"]);
    assert_eq!(forced.code, Some(0), "{}", forced.failure());
    assert!(
        forced
            .stdout
            .contains("These runs did not measure the same thing")
    );
}

#[test]
fn doubt_matters_only_where_it_was_asked_to() {
    let environment = TestEnvironment::new();
    let copy = copy(&environment, "copy", |_| {});
    let gate = |fail_on: &str| {
        environment
            .run(&["compare", EXAMPLE, &copy, "--fail-on", fail_on])
            .code
    };
    assert_eq!(gate("regression"), Some(0));
    assert_eq!(gate("inconclusive"), Some(4));
}

#[test]
fn mistakes_are_named() {
    let environment = TestEnvironment::new();
    let itself = environment.run(&["compare", EXAMPLE, EXAMPLE]);
    assert_eq!(itself.code, Some(2), "{}", itself.failure());
    assert!(itself.stderr.contains("is named twice"));
    let alone = environment.run(&["compare", EXAMPLE]);
    assert_eq!(alone.code, Some(2), "{}", alone.failure());
    for threshold in ["p98=5%", "p99", "p99=-5%", "p99=5"] {
        let said = environment.run(&["compare", EXAMPLE, "other", "--threshold", threshold]);
        assert_eq!(said.code, Some(2), "{threshold}: {}", said.failure());
    }
}
