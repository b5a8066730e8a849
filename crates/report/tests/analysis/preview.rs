//! Writes files to be looked at, and for `tools/test-outputs`.
//!
//! Comparisons: `MESHDELTA_PREVIEW=FOLDER cargo test -p meshdelta-report --test analysis -- --ignored --exact preview::preview`. A saved run:
//! the same with `MESHDELTA_RUN=RUN` and `preview::preview_of_a_saved_run`.

use std::path::Path;

use meshdelta_report::analysis::analyse_run;
use meshdelta_report::comparison::{
    ComparisonChart, render_comparison_chart, render_comparison_html, render_comparison_json,
    render_comparison_pptx,
};
use meshdelta_report::{
    ChartOptions, Colour, Preset, TemplateSource, Theme, render_html, render_json, render_markdown,
    render_terminal, svg_to_png,
};

use crate::comparison::{forced_and_hostile, of_one_round, regressed};

#[test]
#[ignore = "writes files to be looked at"]
fn preview() {
    let folder = std::env::var("MESHDELTA_PREVIEW").expect("MESHDELTA_PREVIEW names a folder");
    let folder = Path::new(&folder);
    fs_err::create_dir_all(folder).unwrap();
    for (name, model) in [
        ("regressed", regressed()),
        ("forced-hostile", forced_and_hostile()),
        ("one-round", of_one_round()),
    ] {
        let path = |ending: &str| folder.join(format!("comparison-{name}.{ending}"));
        let page = render_comparison_html(&model, &TemplateSource::Embedded).unwrap();
        fs_err::write(path("html"), page).unwrap();
        fs_err::write(path("json"), render_comparison_json(&model).unwrap()).unwrap();
        let slides = render_comparison_pptx(&model, Theme::Light).unwrap();
        fs_err::write(path("pptx"), slides).unwrap();
        if std::env::var_os("MESHDELTA_PREVIEW_CHARTS").is_none() {
            continue;
        }
        for (preset, label) in [(Preset::Slide, "slide"), (Preset::Doc, "doc")] {
            for chart in ComparisonChart::ALL {
                let options = ChartOptions::preset(preset);
                let svg = render_comparison_chart(&model, chart, &options).unwrap();
                let png = svg_to_png(&svg, 1.0).unwrap();
                fs_err::write(path(&format!("{}-{label}.png", chart.name())), png).unwrap();
            }
        }
    }
}

#[test]
#[ignore = "writes files to be looked at"]
fn preview_of_a_saved_run() {
    let run = std::env::var("MESHDELTA_RUN").expect("MESHDELTA_RUN names a run");
    let folder = std::env::var("MESHDELTA_PREVIEW").expect("MESHDELTA_PREVIEW names a folder");
    let folder = Path::new(&folder);
    let saved = meshdelta_run::folder::read(Path::new(&run)).unwrap();
    let model = analyse_run(&saved).unwrap();
    fs_err::create_dir_all(folder).unwrap();
    let outputs = [
        (
            "report.html",
            render_html(&model, &TemplateSource::Embedded).unwrap(),
        ),
        ("report.json", render_json(&model).unwrap()),
        ("report.md", render_markdown(&model)),
        ("report.txt", render_terminal(&model, 80, Colour::Off)),
    ];
    for (name, text) in outputs {
        fs_err::write(folder.join(name), text).unwrap();
    }
}
