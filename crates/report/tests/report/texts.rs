//! Markdown, terminal, CSV and JSON of the fixtures.

use crate::fixture;
use meshdelta_report::model::{Measured, ReportModel, Seconds};
use meshdelta_report::{Colour, render_csv, render_json, render_markdown, render_terminal};

#[test]
fn markdown_of_a_run() {
    insta::assert_snapshot!(render_markdown(&fixture::five_phases()));
}

#[test]
fn markdown_of_an_incomplete_run_with_an_invalid_phase() {
    insta::assert_snapshot!(render_markdown(&fixture::invalid_phase()));
}

#[test]
fn terminal_of_a_run() {
    insta::assert_snapshot!(render_terminal(&fixture::five_phases(), 80, Colour::Off));
}

#[test]
fn terminal_of_one_round() {
    insta::assert_snapshot!(render_terminal(&fixture::one_round(), 80, Colour::Off));
}

#[test]
fn terminal_of_an_invalid_phase() {
    insta::assert_snapshot!(render_terminal(&fixture::invalid_phase(), 80, Colour::Off));
}

#[test]
fn terminal_lines_fit_eighty_columns() {
    for model in [
        fixture::five_phases(),
        fixture::one_round(),
        fixture::invalid_phase(),
        fixture::hostile(),
    ] {
        for line in render_terminal(&model, 80, Colour::Off).lines() {
            assert!(
                line.chars().count() <= 80,
                "{} columns: {line}",
                line.chars().count()
            );
        }
    }
}

#[test]
fn colour_adds_only_escape_sequences() {
    let model = fixture::five_phases();
    let coloured = render_terminal(&model, 80, Colour::Allowed);
    let plain = ["\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m"]
        .iter()
        .fold(coloured.clone(), |text, code| text.replace(code, ""));
    assert_ne!(coloured, plain);
    assert_eq!(plain, render_terminal(&model, 80, Colour::Off));
}

#[test]
fn csv_of_a_run() {
    insta::assert_snapshot!(render_csv(&fixture::five_phases()));
}

#[test]
fn every_line_of_the_csv_has_the_columns_of_its_head() {
    // Fields are quoted only where they contain separators, and hostile labels have both separators and quotes.
    for model in [
        fixture::five_phases(),
        fixture::hostile(),
        fixture::one_round(),
    ] {
        let text = render_csv(&model);
        let columns = fields(text.lines().next().unwrap()).len();
        for line in text.lines() {
            assert_eq!(fields(line).len(), columns, "{line}");
        }
    }
}

/// A small reader of quoted fields.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    fields
}

#[test]
fn json_reads_back_as_the_same_model() {
    for model in [
        fixture::five_phases(),
        fixture::one_round(),
        fixture::invalid_phase(),
    ] {
        let text = render_json(&model).unwrap();
        let back: ReportModel = serde_json::from_str(&text).unwrap();
        assert_eq!(back, model);
        assert_eq!(render_json(&back).unwrap(), text);
    }
}

#[test]
fn json_refuses_a_number_that_is_not_one() {
    let mut model = fixture::five_phases();
    model.run.duration_seconds = Seconds::new(f64::NAN);
    let error = render_json(&model).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("Seconds must be a finite number"),
        "{source}"
    );
}

#[test]
fn a_model_without_data_renders_everywhere() {
    let mut model = fixture::five_phases();
    for overhead in &mut model.overheads {
        overhead.estimate = Measured::unknown("no requests");
    }
    model.absolutes.clear();
    model.load.clear();
    model.resources.clear();
    model.resource_differences.clear();
    model.spectra.clear();
    model.densities.clear();
    model.shifts.clear();
    model.heat_map.slots.clear();
    model.noise_floors.clear();
    model.quality.clear();
    model.proofs.clear();
    model.write_texts();
    assert!(render_markdown(&model).contains("cannot be estimated"));
    assert!(render_terminal(&model, 80, Colour::Off).contains("verdict"));
    assert!(!render_csv(&model).is_empty());
    let page = meshdelta_report::render_html(&model, &meshdelta_report::TemplateSource::Embedded);
    assert!(page.unwrap().contains("no overheads to show"));
}
