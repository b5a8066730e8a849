//! The deck, read back as a package of parts.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use meshdelta_report::model::ReportModel;
use meshdelta_report::{Theme, render_pptx};
use zip::ZipArchive;

use crate::fixture;

/// Drawing takes seconds, so the deck of most tests is made once.
static FIVE_PHASES: LazyLock<Vec<u8>> = LazyLock::new(|| deck(&fixture::five_phases()));

fn deck(model: &ReportModel) -> Vec<u8> {
    render_pptx(model, Theme::Light).unwrap()
}

/// The names and contents of the parts, in order.
fn parts(deck: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(deck)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            (part.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn ending(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn texts(deck: &[u8]) -> Vec<(String, String)> {
    parts(deck)
        .into_iter()
        .filter(|(name, _)| ending(name) != "png")
        .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
        .collect()
}

fn slides(deck: &[u8]) -> Vec<String> {
    texts(deck)
        .into_iter()
        .filter(|(name, _)| name.starts_with("ppt/slides/slide"))
        .map(|(_, text)| text)
        .collect()
}

#[test]
fn the_deck_has_a_slide_for_each_chart_and_four_more() {
    let parts = parts(&FIVE_PHASES);
    assert_eq!(parts[0].0, "[Content_Types].xml");
    let count = |prefix: &str| {
        parts
            .iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .count()
    };
    assert_eq!(count("ppt/slides/slide"), 13);
    assert_eq!(count("ppt/notesSlides/notesSlide"), 13);
    assert_eq!(count("ppt/media/"), 9);
}

#[test]
fn every_relationship_leads_to_a_part() {
    let texts = texts(&FIVE_PHASES);
    let all = parts(&FIVE_PHASES);
    for (name, text) in texts.iter().filter(|(name, _)| ending(name) == "rels") {
        let folder = name.split_once("_rels/").unwrap().0;
        for target in text.split("Target=\"").skip(1) {
            let target = target.split('"').next().unwrap();
            let path = match target.strip_prefix("../") {
                Some(rest) => format!("ppt/{rest}"),
                None => format!("{folder}{target}"),
            };
            assert!(all.iter().any(|(name, _)| *name == path), "{name}: {path}");
        }
    }
}

#[test]
fn text_from_outside_stays_text() {
    let deck = deck(&fixture::hostile());
    for (name, text) in texts(&deck) {
        assert!(!text.contains("<script"), "{name}");
        assert!(!text.contains('\u{0}'), "{name}");
        assert!(!text.contains('\u{202e}'), "{name}");
    }
    let slides = slides(&deck);
    assert!(slides[0].contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
}

#[test]
fn the_answer_has_both_sentences_and_the_verdicts() {
    let model = fixture::five_phases();
    let answer = &slides(&FIVE_PHASES)[1];
    assert!(answer.contains(&model.answer.body));
    assert!(answer.contains(&model.answer.tail));
    // A head, four phases and the baseline.
    assert_eq!(answer.matches("<a:tr ").count(), 6);
    for overhead in &model.overheads {
        assert!(
            overhead.family != meshdelta_report::model::Family::Primary
                || answer.contains(overhead.verdict.words()),
            "{:?}",
            overhead.verdict
        );
    }
}

#[test]
fn what_is_invalid_is_among_the_caveats() {
    let slides = slides(&deck(&fixture::invalid_phase()));
    let caveats = slides
        .iter()
        .find(|slide| slide.contains("What to keep in mind"))
        .unwrap();
    assert!(caveats.contains("17 of 18 slots"));
    assert!(caveats.contains("39,100 of 40,000 requests went through the waypoint"));
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    // Without assert_eq: a failure would print megabytes.
    assert!(deck(&fixture::five_phases()) == *FIVE_PHASES);
}
