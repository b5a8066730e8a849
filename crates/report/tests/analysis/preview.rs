//! Renders a saved run to be looked at: `MESHDELTA_RUN=RUN MESHDELTA_PREVIEW=FOLDER cargo test --test analysis_preview -- --ignored`.

use std::path::Path;

use meshdelta_report::analysis::analyse_run;
use meshdelta_report::{
    Colour, TemplateSource, render_html, render_json, render_markdown, render_terminal,
};

#[test]
#[ignore = "writes files to be looked at"]
fn preview_of_a_saved_run() {
    let run = std::env::var("MESHDELTA_RUN").expect("MESHDELTA_RUN names a run");
    let folder = std::env::var("MESHDELTA_PREVIEW").expect("MESHDELTA_PREVIEW names a folder");
    let folder = Path::new(&folder);
    let saved = meshdelta_run::folder::read(Path::new(&run)).unwrap();
    let model = analyse_run(&saved, &format!("meshdelta report {run}")).unwrap();
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
