//! The answer: two sentences and the verdict table.

use super::notes;
use super::place::Place;
use super::shape::{Placeholder, Shape};
use super::slide::{Layout, Slide, titled};
use super::table::{Cell, Table};
use super::text::{Paragraph, Run};
use crate::charts::{Theme, Weight, fit, small_print};
use crate::model::ReportModel;
use crate::tables::{VERDICT_LABELS, VerdictCell, VerdictRow, verdicts};

const SENTENCE: f64 = 30.0;
const VALUE: f64 = 28.0;
const DETAIL: f64 = 22.0;
const FIRST_COLUMN: f64 = 350.0;
const HEAD_HEIGHT: f64 = 44.0;
const ROW_HEIGHT: f64 = 99.0;

pub(super) fn slide(model: &ReportModel, theme: Theme) -> Slide {
    let rows = verdicts(model);
    let (mut slide, room) = titled(Layout::Text, "The answer", notes::answer(model, &rows));
    let sentences: Vec<Paragraph> = [&model.answer.body, &model.answer.tail]
        .into_iter()
        .map(|sentence| Paragraph::new(vec![Run::new(sentence, SENTENCE)], 12.0))
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
    slide.shapes.push(table(model, theme, &rows, place));
    slide.with_small_print(&small_print(model))
}

fn table(model: &ReportModel, theme: Theme, rows: &[VerdictRow], place: Place) -> Shape {
    let wanted = HEAD_HEIGHT + ROW_HEIGHT * rows.len() as f64;
    // Many phases, smaller letters.
    let scale = (place.height / wanted).min(1.0);
    let column = (place.width - FIRST_COLUMN) / VERDICT_LABELS.len() as f64;
    let mut table = Table::new(FIRST_COLUMN, &[column; VERDICT_LABELS.len()]);
    table.push(HEAD_HEIGHT * scale, head(scale));
    // The rows are in this order.
    let phases = model.treatments().chain(model.baseline());
    for (row, phase) in rows.iter().zip(phases) {
        let marker =
            Run::new(format!("{} ", row.phase.marker), VALUE * scale).in_phase(phase.colour, theme);
        table.push(ROW_HEIGHT * scale, cells(row, marker, column, scale));
    }
    Shape::Table {
        place: Place {
            height: wanted * scale,
            ..place
        },
        description: "For each phase what it adds to the median, to p99, to CPU and to memory, with intervals and \
                      verdicts; the baseline's own values in the last row."
            .to_owned(),
        grid: table.xml(),
    }
}

fn head(scale: f64) -> Vec<Cell> {
    let label = |text: &str| Paragraph::of(Run::new(text, DETAIL * scale).bold().muted());
    let mut cells = vec![Cell::new(vec![label("Phase")])];
    cells.extend(
        VERDICT_LABELS
            .into_iter()
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
