//! How it was measured: the first sentence of each note; the speaker has the rest.

use super::notes;
use super::slide::Slide;
use super::text::{Paragraph, Run};
use super::text_slides::text_slides;
use crate::charts::small_print;
use crate::model::ReportModel;

const SIZE: f64 = 28.0;
const GAP: f64 = 14.0;

pub(super) fn slides(model: &ReportModel) -> Vec<Slide> {
    let mut paragraphs = vec![entry("Data", &notes::measured(model))];
    paragraphs.extend(
        model
            .method
            .iter()
            .map(|note| entry(&note.title, first_sentence(&note.text))),
    );
    let mut said: Vec<String> = model
        .method
        .iter()
        .map(|note| format!("{}: {}", note.title, note.text))
        .collect();
    said.extend(notes::origin(model));
    text_slides(
        &small_print(model),
        "How it was measured",
        paragraphs,
        &said,
    )
}

/// A title in bold letters, and text behind it.
pub(crate) fn entry(title: &str, text: &str) -> Paragraph {
    Paragraph::new(
        vec![
            Run::new(format!("{title}  "), SIZE).bold(),
            Run::new(text, SIZE),
        ],
        GAP,
    )
}

/// The text up to the end of its first sentence.
pub(crate) fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}

#[cfg(test)]
mod tests {
    use super::first_sentence;

    #[test]
    fn a_sentence_ends_with_a_point_and_a_space() {
        assert_eq!(first_sentence("At 99.9 % of it. More."), "At 99.9 % of it.");
        assert_eq!(first_sentence("Alone."), "Alone.");
    }
}
