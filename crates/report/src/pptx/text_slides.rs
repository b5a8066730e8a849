//! Slides of text, as many as it needs.

use super::shape::{Placeholder, Shape};
use super::slide::{Layout, Slide, titled};
use super::text::{Paragraph, pages};

/// Slides with one title; each has all the notes.
pub(crate) fn text_slides(
    small_print: &str,
    title: &str,
    paragraphs: Vec<Paragraph>,
    notes: &[String],
) -> Vec<Slide> {
    let room = titled(Layout::Text, title, Vec::new()).1;
    let pages = pages(paragraphs, room.width, room.height);
    let count = pages.len();
    pages
        .into_iter()
        .enumerate()
        .map(|(index, page)| {
            let title = match count {
                1 => title.to_owned(),
                _ => format!("{title} ({} of {count})", index + 1),
            };
            let (mut slide, place) = titled(Layout::Text, &title, notes.to_vec());
            slide
                .shapes
                .push(Shape::text(Placeholder::Body, place, page));
            slide.with_small_print(small_print)
        })
        .collect()
}
