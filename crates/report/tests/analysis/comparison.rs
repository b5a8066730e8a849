//! The outputs of a comparison of runs of which the answer is known: views of one model, in the order of the specification.

use std::io::{Cursor, Read};
use std::path::PathBuf;

use meshdelta_report::comparison::{
    ChangeMetric, ComparisonChart, ComparisonModel, ComparisonSettings, compare_runs,
    comparison_json_schema, render_comparison_chart, render_comparison_csv, render_comparison_html,
    render_comparison_json, render_comparison_markdown, render_comparison_pptx,
    render_comparison_terminal,
};
use meshdelta_report::{ChartOptions, Colour, Preset, TemplateSource, Theme, svg_to_png};
use meshdelta_run::RunId;
use meshdelta_run::folder::SavedRun;
use meshdelta_run::manifest::Completion;
use serde_json::{Value, json};

use crate::builder::Recipe;

const HOSTILE: &str = "<script>alert('x')</script> \"quoted\" | =1+1";

pub(crate) fn named(mut run: SavedRun, id: &str) -> SavedRun {
    run.manifest.run_id = RunId::try_new(id).unwrap();
    run.folder = PathBuf::from(id);
    run
}

/// The sidecar adds one bucket more than before.
fn one_bucket_more(phase: &str, round: u32) -> i32 {
    crate::builder::constant_shift(phase, round) + i32::from(phase == "sidecar")
}

fn slower() -> SavedRun {
    let recipe = Recipe {
        shift: one_bucket_more,
        ..Recipe::default()
    };
    named(recipe.build(), "newer")
}

fn compared(before: &SavedRun, after: &SavedRun) -> ComparisonModel {
    let settings = ComparisonSettings {
        force: true,
        command: "meshdelta compare made-up newer".to_owned(),
        ..ComparisonSettings::default()
    };
    compare_runs(
        std::slice::from_ref(before),
        std::slice::from_ref(after),
        &settings,
    )
    .unwrap()
}

pub(crate) fn regressed() -> ComparisonModel {
    compared(&Recipe::default().build(), &slower())
}

/// Another rate, and labels that are written to be taken for something else.
pub(crate) fn forced_and_hostile() -> ComparisonModel {
    let mut after = slower();
    let plan = &mut after.manifest.plan;
    plan.rate_per_second = 100;
    HOSTILE.clone_into(&mut plan.title);
    for phase in &mut plan.phases {
        phase.title = format!("{HOSTILE} {}", phase.title);
    }
    compared(&Recipe::default().build(), &after)
}

pub(crate) fn of_one_round() -> ComparisonModel {
    let one = || Recipe {
        rounds: 1,
        ..Recipe::default()
    };
    let mut after = named(one().build(), "newer");
    after.manifest.completion = Completion::Incomplete {
        reason: "interrupted".to_owned(),
    };
    compared(&one().build(), &after)
}

fn published_file() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/comparison.schema.json"
    ))
}

fn published() -> Value {
    serde_json::from_str(&fs_err::read_to_string(published_file()).unwrap()).unwrap()
}

fn json_of(model: &ComparisonModel) -> Value {
    serde_json::from_str(&render_comparison_json(model).unwrap()).unwrap()
}

#[test]
fn the_published_schema_of_comparisons_is_that_of_the_model() {
    let schema = comparison_json_schema().unwrap();
    if std::env::var_os("MESHDELTA_UPDATE_SCHEMA").is_some() {
        fs_err::write(published_file(), &schema).unwrap();
    }
    let published = fs_err::read_to_string(published_file()).unwrap();
    assert!(
        published == schema,
        "docs/comparison.schema.json is not that of the model: write it with MESHDELTA_UPDATE_SCHEMA=1 cargo test -p meshdelta-report schema"
    );
}

#[test]
fn comparisons_are_as_the_schema_says_and_other_things_are_not() {
    let validator = jsonschema::draft202012::new(&published()).unwrap();
    for model in [regressed(), forced_and_hostile(), of_one_round()] {
        let json = json_of(&model);
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        // JSON is the whole model: nothing is lost on the way and back.
        let back: ComparisonModel = serde_json::from_value(json).unwrap();
        assert!(back == model);
    }
    let changes: [(&str, Value); 5] = [
        ("/schema_version", json!("one")),
        ("/changes/0/metric", json!("p98")),
        ("/changes/0/estimate", json!({"status": "unknown"})),
        ("/comparability/is_forced", json!("no")),
        ("/before/runs/0/rate", json!("req/s")),
    ];
    for (pointer, value) in changes {
        let mut json = json_of(&regressed());
        *json.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&json), "{pointer}");
    }
}

#[test]
fn the_page_is_in_the_order_of_the_specification() {
    let model = forced_and_hostile();
    let page = render_comparison_html(&model, &TemplateSource::Embedded).unwrap();
    let places: Vec<usize> = [
        "did not measure the same thing",
        "plan.rate_per_second",
        "class=\"answer\"",
        "class=\"verdicts\"",
        "id=\"changes-chart\"",
        "id=\"overheads-before-and-after-chart\"",
        "id=\"spectra-chart\"",
        "id=\"quality\"",
        "id=\"reproduce\"",
    ]
    .iter()
    .map(|part| page.find(part).unwrap_or_else(|| panic!("{part}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(!page.contains("<script"));
}

#[test]
fn the_numbers_of_the_strip_and_the_dumbbells_are_those_of_the_model() {
    let model = regressed();
    let sidecar = model.treatments().next().unwrap().id.clone();
    let change = model.change(&sidecar, ChangeMetric::P50).unwrap();
    let estimate = change.estimate.value().unwrap();
    // Two buckets before, three after: the ratio is one bucket.
    let bucket = 0.125_f64.exp2();
    let relative = estimate.change.relative.unwrap().get();
    assert!((relative - (bucket - 1.0)).abs() < 1e-9, "{relative}");
    let before = estimate.before.point.relative.unwrap().get();
    assert!((before - (bucket.powi(2) - 1.0)).abs() < 1e-9, "{before}");
    let page = render_comparison_html(&model, &TemplateSource::Embedded).unwrap();
    let chart = render_comparison_chart(
        &model,
        ComparisonChart::Overheads,
        &ChartOptions::preset(Preset::Doc),
    )
    .unwrap();
    let milliseconds = |seconds: f64| format!("+{:.3}", 1e3 * seconds);
    for side in [&estimate.before, &estimate.after] {
        let text = milliseconds(side.point.absolute);
        // Digits go by the uncertainty, so the number may have fewer.
        assert!(chart.contains(&text[..4]), "{text}");
    }
    let change = milliseconds(estimate.change.absolute);
    assert!(page.contains(&change[..4]), "{change}");
}

#[test]
fn every_chart_is_drawn_for_every_purpose_and_says_where_it_comes_from() {
    let model = regressed();
    for chart in ComparisonChart::ALL {
        assert!(chart.is_available(&model), "{}", chart.name());
        for preset in [
            Preset::Slide,
            Preset::SlideDark,
            Preset::Doc,
            Preset::Square,
        ] {
            let svg =
                render_comparison_chart(&model, chart, &ChartOptions::preset(preset)).unwrap();
            svg_to_png(&svg, 0.2).unwrap();
            for part in ["made-up", "newer", "meshdelta", "rounds", "500 req/s"] {
                assert!(svg.contains(part), "{} lacks {part}", chart.name());
            }
            assert!(!svg.contains("NaN"), "{}", chart.name());
        }
    }
}

#[test]
fn texts_from_outside_stay_texts() {
    let model = forced_and_hostile();
    let mut outputs = vec![
        render_comparison_markdown(&model),
        render_comparison_csv(&model),
    ];
    for chart in ComparisonChart::ALL {
        let options = ChartOptions::preset(Preset::Doc);
        outputs.push(render_comparison_chart(&model, chart, &options).unwrap());
    }
    outputs.extend(texts_of(
        &render_comparison_pptx(&model, Theme::Dark).unwrap(),
    ));
    for output in outputs {
        assert!(!output.contains("<script"), "{output}");
    }
}

/// The parts of a deck that are text.
fn texts_of(deck: &[u8]) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(deck)).unwrap();
    let mut texts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut text = String::new();
        if part.read_to_string(&mut text).is_ok() {
            texts.push(text);
        }
    }
    texts
}

#[test]
fn the_deck_has_the_answer_each_chart_and_what_to_keep_in_mind() {
    let model = regressed();
    let deck = render_comparison_pptx(&model, Theme::Light).unwrap();
    let texts = texts_of(&deck);
    for part in [
        "The answer",
        "In what the runs differ",
        "How it was measured",
        "What to keep in mind",
        "The same comparison: meshdelta compare made-up newer",
    ] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part}");
    }
    let pictures = texts.iter().filter(|text| text.contains("<p:pic>")).count();
    assert_eq!(pictures, ComparisonChart::ALL.len());
    assert!(deck == render_comparison_pptx(&model, Theme::Light).unwrap());
}

#[test]
fn the_terminal_table_fits_into_eighty_columns() {
    for model in [regressed(), forced_and_hostile(), of_one_round()] {
        let text = render_comparison_terminal(&model, 80, Colour::Off);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn texts_of_a_comparison() {
    let model = regressed();
    insta::assert_snapshot!(
        "comparison_terminal",
        render_comparison_terminal(&model, 80, Colour::Off)
    );
    insta::assert_snapshot!("comparison_markdown", render_comparison_markdown(&model));
}
