//! The answer: two sentences and the verdict table.

use super::notes;
use super::place::Place;
use super::shape::{Placeholder, Shape};
use super::slide::{Layout, Slide, titled};
use super::table::{Cell, Table};
use super::text::{Paragraph, Run};
use crate::charts::{Theme, Weight, fit, small_print};
use crate::model::{ColourSlot, ReportModel};
use crate::tables::{VERDICT_LABELS, VerdictCell, VerdictRow, verdicts};

const SENTENCE: f64 = 30.0;
const VALUE: f64 = 28.0;
const DETAIL: f64 = 22.0;
const FIRST_COLUMN: f64 = 350.0;
const HEAD_HEIGHT: f64 = 44.0;
const ROW_HEIGHT: f64 = 99.0;

pub(crate) fn slide(model: &ReportModel, theme: Theme) -> Slide {
    let rows = verdicts(model);
    let table = AnswerTable {
        description: "For each phase what it adds to the median, to p99, to CPU and to memory, with intervals and \
                      verdicts; the baseline's own values in the last row.",
        labels: &VERDICT_LABELS,
        rows: &rows,
        // The rows are in this order.
        colours: model
            .treatments()
            .chain(model.baseline())
            .map(|phase| phase.colour)
            .collect(),
    };
    let sentences = [model.answer.body.as_str(), model.answer.tail.as_str()];
    answer_slide(&sentences, &table, theme, notes::answer(model, &rows))
        .with_small_print(&small_print(model))
}

/// The verdicts of phases.
pub(crate) struct AnswerTable<'a> {
    /// What it shows, for those who do not see it.
    pub(crate) description: &'static str,
    /// The heads of the columns after the phase.
    pub(crate) labels: &'a [&'static str],
    pub(crate) rows: &'a [VerdictRow],
    /// The colours of the phases of the rows.
    pub(crate) colours: Vec<ColourSlot>,
}

/// The slide with the answer in sentences and in a table.
pub(crate) fn answer_slide(
    sentences: &[&str],
    answers: &AnswerTable<'_>,
    theme: Theme,
    notes: Vec<String>,
) -> Slide {
    let (mut slide, room) = titled(Layout::Text, "The answer", notes);
    let sentences: Vec<Paragraph> = sentences
        .iter()
        .map(|sentence| Paragraph::new(vec![Run::new(*sentence, SENTENCE)], 12.0))
        .collect();
    let height: f64 = sentences
        .iter()
        .map(|paragraph| paragraph.height(room.width))
        .sum();
    slide.shapes.push(Shape::text(
        Placeholder::Body,
        Place { height, ..room },
        sentences,
    ));
    let place = Place::below((room.y + height + 16.0).ceil());
    slide.shapes.push(table(answers, theme, place));
    slide
}

fn table(answers: &AnswerTable<'_>, theme: Theme, place: Place) -> Shape {
    let wanted = HEAD_HEIGHT + ROW_HEIGHT * answers.rows.len() as f64;
    // Many phases, smaller letters.
    let scale = (place.height / wanted).min(1.0);
    let columns = answers.labels.len();
    let column = (place.width - FIRST_COLUMN) / columns as f64;
    let mut table = Table::new(FIRST_COLUMN, &vec![column; columns]);
    table.push(HEAD_HEIGHT * scale, head(answers.labels, scale));
    for (row, colour) in answers.rows.iter().zip(&answers.colours) {
        let marker =
            Run::new(format!("{} ", row.phase.marker), VALUE * scale).in_phase(*colour, theme);
        table.push(ROW_HEIGHT * scale, cells(row, marker, column, scale));
    }
    Shape::Table {
        place: Place {
            height: wanted * scale,
            ..place
        },
        description: answers.description.to_owned(),
        grid: table.xml(),
    }
}

fn head(labels: &[&'static str], scale: f64) -> Vec<Cell> {
    let label = |text: &str| Paragraph::of(Run::new(text, DETAIL * scale).bold().muted());
    let mut cells = vec![Cell::new(vec![label("Phase")])];
    cells.extend(
        labels
            .iter()
            .map(|text| Cell::new(vec![label(text).right()])),
    );
    cells
}

fn cells(row: &VerdictRow, marker: Run, column: f64, scale: f64) -> Vec<Cell> {
    let mut cells = vec![Cell::new(phase(row, marker, scale))];
    cells.extend(row.cells.iter().map(|cell| {
        let lines = number(cell, row.phase.is_invalid, column, scale);
        Cell::new(lines.into_iter().map(Paragraph::right).collect())
    }));
    cells
}

fn phase(row: &VerdictRow, marker: Run, scale: f64) -> Vec<Paragraph> {
    let (value, detail) = (VALUE * scale, DETAIL * scale);
    let mark = &row.phase;
    let title = fit(&mark.title, value, Weight::Bold, FIRST_COLUMN - 2.0 * value);
    let title = Run::new(title, value).bold().muted_if(mark.is_invalid);
    let mut lines = vec![Paragraph::new(vec![marker, title], 0.0)];
    let note = match row.reasons.first() {
        Some(reason) => Some(reason.as_str()),
        None if row.is_baseline => Some("measured values"),
        None => None,
    };
    if let Some(note) = note {
        let note = fit(note, detail, Weight::Regular, 1.8 * FIRST_COLUMN);
        lines.push(Paragraph::of(Run::new(note, detail).muted()));
    }
    lines
}

fn number(cell: &VerdictCell, is_invalid: bool, column: f64, scale: f64) -> Vec<Paragraph> {
    let detail = DETAIL * scale;
    let fitted = |text: &str| fit(text, detail, Weight::Regular, column - 16.0);
    let value = Run::new(&cell.value, VALUE * scale);
    let value = if cell.words.is_some() {
        value.bold()
    } else {
        value
    };
    let mut lines = vec![Paragraph::of(value.muted_if(is_invalid))];
    let reason = if cell.words.is_none() {
        cell.reason.as_deref()
    } else {
        None
    };
    if let Some(text) = cell.interval.as_deref().or(reason) {
        lines.push(Paragraph::of(Run::new(fitted(text), detail).muted()));
    }
    if let Some(words) = cell.words {
        let words = fitted(&format!("{} {words}", cell.shape));
        lines.push(Paragraph::of(Run::new(words, detail).muted_if(is_invalid)));
    }
    lines
}
