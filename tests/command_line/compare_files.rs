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
    ] {
        // The runs are not even looked for.
        let said = environment.run(&[&["compare", "no", "where"], arguments.as_slice()].concat());
        assert_eq!(said.code, Some(2), "{}", said.failure());
        assert!(said.stderr.contains(part), "{}", said.stderr);
    }
}
