//! The files of `compare`: which, for what, and how.

use crate::compare::{EXAMPLE, copy};
use crate::support::TestEnvironment;

#[test]
fn the_chosen_charts_are_written_as_asked_for_with_slides() {
    let environment = TestEnvironment::new();
    let copy = copy(&environment, "copy", |_| {});
    let output = environment.text("comparison");
    let said = environment.run(&[
        "compare",
        EXAMPLE,
        &copy,
        "--output",
        &output,
        "--format",
        "pptx",
        "--charts",
        "changes,spectra",
        "--pictures",
        "png",
        "--preset",
        "doc",
        "--scale",
        "0.5",
    ]);
    assert_eq!(said.code, Some(0), "{}", said.failure());
    let folder = fs_err::read_dir(environment.path("comparison/charts")).unwrap();
    let mut names: Vec<String> = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["changes.png", "spectra.png"]);
    let picture = fs_err::read(environment.path("comparison/charts/changes.png")).unwrap();
    // The width of a document at half the pixels.
    assert_eq!(picture[16..20], 360_u32.to_be_bytes());
    let slides = fs_err::read(environment.path("comparison/slides.pptx")).unwrap();
    assert_eq!(&slides[..2], b"PK");
}

#[test]
fn mistakes_cost_no_time() {
    let environment = TestEnvironment::new();
    for (arguments, part) in [
        (vec!["--format", "pptx"], "--output FOLDER"),
        (vec!["--charts", "moon"], "the charts are: changes"),
        (vec!["--size", "9x9"], "WIDTHxHEIGHT"),
        (vec!["--preset", "doc"], "--preset is about charts"),
        (vec!["--pictures", "png"], "--output FOLDER"),
        (
            vec!["--pictures", "svg", "--scale", "2"],
            "--scale is about PNG",
        ),
        (
            vec!["--templates", "nowhere"],
            "--templates is about the page",
        ),
    ] {
        // The runs are not even looked for.
        let said = environment.run(&[&["compare", "no", "where"], arguments.as_slice()].concat());
        assert_eq!(said.code, Some(2), "{}", said.failure());
        assert!(said.stderr.contains(part), "{}", said.stderr);
    }
}

#[test]
fn flags_without_effect_are_mistakes_everywhere() {
    let environment = TestEnvironment::new();
    for arguments in [
        ["report", EXAMPLE, "--format", "json", "--scale", "2"].as_slice(),
        &["history", EXAMPLE, "--transparent"],
    ] {
        let said = environment.run(arguments);
        assert_eq!(said.code, Some(2), "{}", said.failure());
        assert!(
            said.stderr.contains("no charts are written"),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn a_chart_that_cannot_be_drawn_is_told_to_who_named_it() {
    let environment = TestEnvironment::new();
    let fewer = copy(&environment, "fewer", |manifest| {
        for slot in manifest["slots"].as_array_mut().unwrap() {
            if slot["phase"] != "baseline" {
                slot["failures"] = serde_json::json!(["a proof failed"]);
            }
        }
    });
    let output = environment.text("comparison");
    let said = environment.run(&[
        "compare",
        EXAMPLE,
        &fewer,
        "--output",
        &output,
        "--charts",
        "shift-of-change,changes",
    ]);
    assert!(
        said.stderr.contains("left out: chart shift-of-change"),
        "{}",
        said.failure()
    );
}

#[test]
fn an_output_says_how_it_was_made() {
    let environment = TestEnvironment::new();
    fs_err::rename(
        copy(&environment, "copy", |_| {}),
        environment.path("the copy"),
    )
    .unwrap();
    let copy = environment.text("the copy");
    let arguments = [
        "compare",
        EXAMPLE,
        &copy,
        "--format",
        "json",
        "--fail-on",
        "regression",
        "--strict",
        "--threshold",
        "p99=5%",
    ];
    let said = environment.run(&arguments);
    let model: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let command = shlex::split(model["command"].as_str().unwrap()).unwrap();
    let words = [&["meshdelta"], arguments.as_slice()].concat();
    let shown: Vec<String> = words
        .iter()
        .map(|word| word.replace(environment.path("").to_str().unwrap(), "FOLDER/"))
        .collect();
    assert_eq!(command, shown);
}

#[test]
fn the_plan_of_a_saved_run_is_measured_again() {
    let environment = TestEnvironment::new();
    let dry = |arguments: &[&str]| {
        let said = environment.run(&[&["run", "--dry-run"], arguments].concat());
        assert_eq!(said.code, Some(0), "{}", said.failure());
        said.stdout
    };
    let manifest = fs_err::read_to_string(format!("{EXAMPLE}/run.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let again = dry(&["--like", EXAMPLE]);
    assert!(
        again.contains(&format!("seed = {}\n", manifest["plan"]["seed"])),
        "{again}"
    );
    let order: Vec<&str> = manifest["order"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["phase"].as_str().unwrap())
        .collect();
    let (_, shown) = again.split_once("# Order").unwrap();
    let shown: Vec<&str> = shown
        .lines()
        .take_while(|line| !line.starts_with("# About"))
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(_, phases)| phases.split(' '))
        .collect();
    assert_eq!(shown, order);
    let faster = dry(&["--like", EXAMPLE, "--rate", "321"]);
    assert!(faster.contains("rate_per_second = 321"), "{faster}");
}

#[test]
fn a_phase_that_means_something_else_now_is_not_measured_again() {
    let environment = TestEnvironment::new();
    let other = copy(&environment, "other", |manifest| {
        manifest["plan"]["phases"][1]["data_path"] = "elsewhere".into();
    });
    let said = environment.run(&["run", "--dry-run", "--like", &other]);
    assert_eq!(said.code, Some(2), "{}", said.failure());
    assert!(
        said.stderr.contains("the phase `sidecar` of"),
        "{}",
        said.stderr
    );
}
