//! Slides: a deck in which titles, tables, notes and small print are text, and charts are pictures.
//!
//! `deck` says what is on the slides, `notes` what the speaker reads; `shape`, `table` and `text` write XML; `package` packs.

mod answer;
mod caveats;
mod chart;
mod deck;
mod master;
mod method;
mod notes;
mod package;
mod place;
mod shape;
mod slide;
mod table;
mod text;
mod text_slides;
mod title;

use crate::charts::Theme;
use crate::error::ReportError;
use crate::model::ReportModel;

/// Renders a deck of 16:9 slides: title, answer, one chart a slide, method, caveats, and charts to have at hand.
pub fn render_pptx(model: &ReportModel, theme: Theme) -> Result<Vec<u8>, ReportError> {
    let slides = deck::slides(model, theme)?;
    package::pack(model, theme, &slides).map_err(|source| ReportError::Slides { source })
}
