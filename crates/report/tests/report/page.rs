//! The page: self-contained, escaped, complete; and templates from a folder.

use crate::fixture;
use meshdelta_report::model::ReportModel;
use meshdelta_report::{ReportError, TemplateSource, render_html};

fn page(model: &ReportModel) -> String {
    render_html(model, &TemplateSource::Embedded).unwrap()
}

#[test]
fn the_page_names_nothing_outside_itself() {
    let page = page(&fixture::five_phases());
    assert!(!page.contains("://"), "an address");
    assert!(!page.contains("<script"), "a script");
    assert!(!page.contains("@import"), "an import");
    for target in attributes(&page, "href=\"") {
        assert!(target.starts_with('#') || target == "data:,", "{target}");
    }
    assert_eq!(attributes(&page, "src=\"").count(), 0);
    for target in attributes(&page, "url(") {
        assert!(
            target.starts_with("data:font/woff2;base64,"),
            "{target:.40}"
        );
    }
}

#[test]
fn links_within_the_page_lead_somewhere() {
    let page = page(&fixture::five_phases());
    for target in attributes(&page, "href=\"#") {
        assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
    }
}

#[test]
fn ids_are_unique() {
    let page = page(&fixture::five_phases());
    let mut ids: Vec<&str> = attributes(&page, " id=\"").collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

/// What follows a prefix, up to the end of the attribute.
fn attributes<'a>(page: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    page.split(prefix)
        .skip(1)
        .map(|rest| rest.split(['"', ')']).next().unwrap_or_default())
}

#[test]
fn the_page_is_small_enough_to_be_mailed() {
    let size = page(&fixture::five_phases()).len();
    assert!(size < 1_500_000, "{size} bytes");
}

#[test]
fn labels_from_outside_stay_text() {
    let page = page(&fixture::hostile());
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{0}'));
    // Every chart is closed exactly once, so no label has ended one.
    assert_eq!(
        page.matches("<svg ").count(),
        page.matches("</svg>").count()
    );
}

#[test]
fn charts_follow_the_theme_of_the_page() {
    let page = page(&fixture::five_phases());
    let charts: Vec<&str> = page
        .split("<svg ")
        .skip(1)
        .map(|rest| rest.split("</svg>").next().unwrap())
        .collect();
    assert!(charts.len() > 10);
    for chart in charts {
        assert!(chart.starts_with("width="));
        assert!(chart.contains("role=\"img\" aria-label=\""));
        assert!(!chart.contains("=\"#"), "a fixed colour");
        assert!(chart.contains("var(--phase-3)"));
    }
}

#[test]
fn an_invalid_phase_stays_with_its_reason() {
    let page = page(&fixture::invalid_phase());
    assert!(page.contains("Ambient + waypoint is invalid: The waypoint counted 39,100 requests"));
    assert!(page.contains("greyed"));
    assert!(page.contains("17 of 18 slots"));
    assert!(page.contains("needs at least 5,000 requests"));
}

#[test]
fn one_round_says_so_on_every_overhead() {
    let model = fixture::one_round();
    let page = page(&model);
    assert!(page.contains("say nothing about a rerun"));
    assert!(page.matches("within this run only</span>").count() >= 8);
    assert!(page.contains("≈"));
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    assert_eq!(page(&fixture::five_phases()), page(&fixture::five_phases()));
}

#[test]
fn a_template_in_a_folder_replaces_the_embedded_one() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(folder.path().join("sections")).unwrap();
    fs_err::write(
        folder.path().join("sections/method.html"),
        "<p>{{ run.id }} ours</p>",
    )
    .unwrap();
    let source = TemplateSource::Folder(folder.path().to_owned());
    let page = render_html(&fixture::five_phases(), &source).unwrap();
    assert!(page.contains("<p>20261120-091403-7f3a ours</p>"));
    assert!(!page.contains("How it was computed"));
}

#[test]
fn a_broken_template_is_named_with_its_line_and_cause() {
    for (content, cause) in [
        ("one\n{% if %}\n", "expected"),
        ("one\n{{ no_such_thing }}\n", "no_such_thing"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("sections")).unwrap();
        let file = folder.path().join("sections/time.html");
        fs_err::write(&file, content).unwrap();
        let source = TemplateSource::Folder(folder.path().to_owned());
        let error = render_html(&fixture::five_phases(), &source).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(&format!("template `{}`, line 2: ", file.display())),
            "{text}"
        );
        assert!(text.contains(cause), "{text}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let source = TemplateSource::Folder("/nowhere/templates".into());
    let error = render_html(&fixture::five_phases(), &source).unwrap_err();
    assert!(matches!(error, ReportError::ReadTemplate { .. }), "{error}");
}
