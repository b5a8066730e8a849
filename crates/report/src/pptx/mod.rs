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

pub(crate) use answer::{AnswerTable, answer_slide};
pub(crate) use caveats::{finding_entry, finding_note};
pub(crate) use chart::chart_slide;
pub(crate) use method::{entry, first_sentence};
pub(crate) use package::{Properties, pack};
pub(crate) use slide::Slide;
pub(crate) use text::{Paragraph, Run};
pub(crate) use text_slides::text_slides;
pub(crate) use title::title_slide;

use crate::charts::Theme;
use crate::error::ReportError;
use crate::model::ReportModel;

/// Renders a deck of 16:9 slides: title, answer, one chart a slide, method, caveats, and charts to have at hand.
pub fn render_pptx(model: &ReportModel, theme: Theme) -> Result<Vec<u8>, ReportError> {
    let slides = deck::slides(model, theme)?;
    let run = &model.run;
    let properties = Properties {
        title: &run.title,
        subject: format!("Run {}", run.id),
        tool_version: &run.tool_version,
        time: run.started_at,
    };
    package::pack(&properties, theme, &slides).map_err(|source| ReportError::Slides { source })
}
