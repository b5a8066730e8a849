//! Tables of texts, from which pages, Markdown and the terminal take what they show.

mod absolutes;
mod load;
mod overheads;
mod resources;
mod verdicts;

use serde::Serialize;

use crate::charts::marker_character;
use crate::model::{Badge, Phase, PhaseId, ReportModel, Verdict};
use crate::number_format::NumberText;

pub(crate) use absolutes::{absolutes, latencies};
pub(crate) use load::load;
pub(crate) use overheads::{level, noise_floors, overhead_details, overheads};
pub(crate) use resources::{resource_differences, roles};
pub(crate) use verdicts::{LABELS as VERDICT_LABELS, VerdictCell, VerdictRow, verdicts};

/// What stands where there is nothing.
pub(crate) const DASH: &str = "–";

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Table {
    /// What it shows.
    pub(crate) caption: String,
    /// Its columns.
    pub(crate) columns: Vec<Column>,
    /// Its rows.
    pub(crate) rows: Vec<Row>,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Column {
    /// The name, with the unit where there is one.
    pub(crate) label: String,
    /// Whether it holds numbers, which are aligned on the decimal point.
    pub(crate) is_numeric: bool,
}

/// A word and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Term {
    /// The word.
    pub(crate) label: &'static str,
    /// Its meaning in a sentence.
    pub(crate) meaning: &'static str,
}

impl Term {
    pub(crate) const fn of_badge(badge: Badge) -> Self {
        Self {
            label: badge.label(),
            meaning: badge.meaning(),
        }
    }

    pub(crate) const fn of_verdict(verdict: Verdict) -> Self {
        Self {
            label: verdict.words(),
            meaning: verdict.meaning(),
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    /// The phase that it is about.
    pub(crate) phase: Option<PhaseMark>,
    /// Whether the row above is about the same phase.
    pub(crate) is_repeated: bool,
    /// The cells after the phase.
    pub(crate) cells: Vec<Cell>,
}

/// The marker and title of a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PhaseMark {
    /// Its title.
    pub(crate) title: String,
    /// The character of its marker.
    pub(crate) marker: &'static str,
    /// The number of its colour variable.
    pub(crate) colour: usize,
    /// Whether it is invalid.
    pub(crate) is_invalid: bool,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Cell {
    /// The text.
    pub(crate) text: String,
    /// Digits missing to the longest fraction of the column.
    pub(crate) missing_digits: usize,
    /// Whether it is a difference without an interval.
    pub(crate) lacks_interval: bool,
    /// Whether it stands in a column of numbers.
    pub(crate) is_numeric: bool,
}

impl Table {
    pub(crate) fn new(caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self {
            caption: caption.into(),
            columns,
            rows: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, phase: Option<PhaseMark>, cells: Vec<Cell>) {
        let is_repeated = phase.is_some() && self.rows.last().is_some_and(|row| row.phase == phase);
        self.rows.push(Row {
            phase,
            is_repeated,
            cells,
        });
    }

    /// Fills in what is missing to align numbers on the decimal point.
    pub(crate) fn aligned(mut self) -> Self {
        let fixed = self.columns.len() - self.rows.first().map_or(0, |row| row.cells.len());
        for (index, column) in self.columns.iter().enumerate().skip(fixed) {
            let place = index - fixed;
            if !column.is_numeric {
                continue;
            }
            let longest = self
                .rows
                .iter()
                .filter_map(|row| row.cells.get(place))
                .filter_map(|cell| fraction_digits(&cell.text))
                .max()
                .unwrap_or(0);
            for cell in self
                .rows
                .iter_mut()
                .filter_map(|row| row.cells.get_mut(place))
            {
                cell.is_numeric = true;
                if let Some(digits) = fraction_digits(&cell.text) {
                    cell.missing_digits = (longest - digits).min(6);
                }
            }
        }
        self
    }
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    pub(crate) fn dash() -> Self {
        Self::new(DASH)
    }

    pub(crate) fn optional(text: Option<String>) -> Self {
        Self::new(text.unwrap_or_else(|| DASH.to_owned()))
    }

    /// The value of a difference, in the unit of its column.
    pub(crate) fn difference(text: Option<&NumberText>) -> Self {
        text.map_or_else(Self::dash, |text| Self {
            text: text.value.clone(),
            lacks_interval: text.interval.is_none(),
            ..Self::default()
        })
    }

    /// The interval of a number.
    pub(crate) fn bracket(text: Option<&NumberText>) -> Self {
        Self::optional(text.and_then(NumberText::bracket))
    }
}

/// The digits after the point of a plain number; none when the text is not one.
fn fraction_digits(text: &str) -> Option<usize> {
    let number = text.trim_start_matches(['+', '−', '≈', '\u{2009}']);
    let is_number = number.starts_with(|letter: char| letter.is_ascii_digit())
        && number
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '\u{2009}'));
    is_number.then(|| {
        number
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.len())
    })
}

/// The head of a column of text.
pub(crate) fn text_column(label: impl Into<String>) -> Column {
    Column {
        label: label.into(),
        is_numeric: false,
    }
}

/// The head of a column of numbers.
pub(crate) fn number_column(label: impl Into<String>) -> Column {
    Column {
        label: label.into(),
        is_numeric: true,
    }
}

/// The mark of a phase.
pub(crate) fn mark(phase: &Phase) -> PhaseMark {
    PhaseMark {
        title: phase.title.clone(),
        marker: marker_character(phase.colour),
        colour: phase.colour.palette_index(),
        is_invalid: !phase.validity.is_valid(),
    }
}

/// The mark of a phase by its id; nothing for one that the model does not list.
pub(crate) fn mark_of(model: &ReportModel, id: &PhaseId) -> Option<PhaseMark> {
    model.phase(id).map(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_aligned_on_the_point() {
        let mut table = Table::new("t", vec![number_column("n")]);
        for text in ["+0.283", "−12", "–", "[1, 2]"] {
            table.push(None, vec![Cell::new(text)]);
        }
        let missing: Vec<usize> = table
            .aligned()
            .rows
            .iter()
            .map(|row| row.cells[0].missing_digits)
            .collect();
        assert_eq!(missing, [0, 3, 0, 0]);
    }
}
