//! Writes everything to a folder, to be looked at, and for `tools/test-outputs`: `MESHDELTA_PREVIEW=/tmp/preview cargo test -p meshdelta-report -- --ignored preview`.

use std::path::Path;

use crate::fixture;
use meshdelta_report::charts::{ChartKind, ChartOptions, Preset, render_chart};
use meshdelta_report::model::ReportModel;
use meshdelta_report::svg_to_png;
use meshdelta_report::{TemplateSource, Theme, render_html, render_json, render_pptx};

fn write(folder: &Path, name: &str, model: &ReportModel) {
    fs_err::create_dir_all(folder).unwrap();
    for kind in ChartKind::ALL {
        for (preset, label) in [
            (Preset::Doc, "doc"),
            (Preset::Slide, "slide"),
            (Preset::SlideDark, "dark"),
            (Preset::Square, "square"),
        ] {
            if !kind.is_available(model) {
                continue;
            }
            let svg = render_chart(model, kind, &ChartOptions::preset(preset)).unwrap();
            let file = format!("{name}-{}-{label}", kind.name());
            let scale = if preset == Preset::Doc { 2.0 } else { 1.0 };
            fs_err::write(
                folder.join(format!("{file}.png")),
                svg_to_png(&svg, scale).unwrap(),
            )
            .unwrap();
            fs_err::write(folder.join(format!("{file}.svg")), svg).unwrap();
        }
    }
}

#[test]
#[ignore = "writes files to be looked at"]
fn preview() {
    let folder = std::env::var("MESHDELTA_PREVIEW").expect("MESHDELTA_PREVIEW names a folder");
    let folder = Path::new(&folder);
    let variants = [
        ("five", fixture::five_phases()),
        ("one", fixture::one_round()),
        ("invalid", fixture::invalid_phase()),
        ("hostile", fixture::hostile()),
    ];
    for (name, model) in &variants {
        fs_err::create_dir_all(folder).unwrap();
        let page = render_html(model, &TemplateSource::Embedded).unwrap();
        fs_err::write(folder.join(format!("{name}.html")), page).unwrap();
        let json = render_json(model).unwrap();
        fs_err::write(folder.join(format!("{name}.json")), json).unwrap();
        let slides = render_pptx(model, Theme::Light).unwrap();
        fs_err::write(folder.join(format!("{name}.pptx")), slides).unwrap();
    }
    let dark = render_pptx(&variants[0].1, Theme::Dark).unwrap();
    fs_err::write(folder.join("five-dark.pptx"), dark).unwrap();
    if std::env::var_os("MESHDELTA_PREVIEW_CHARTS").is_some() {
        write(folder, "five", &variants[0].1);
    }
}
