//! The parts of a panel in pixels.

use super::keys::head_and_keys_width;
use super::panel::{ForestPanel, ForestRow};
use crate::charts::canvas::Weight;
use crate::charts::layout::Style;
use crate::charts::text_width::text_width;

/// The parts of a panel in pixels.
pub(super) struct Columns {
    pub(super) is_stacked: bool,
    pub(super) plot: (f64, f64),
    /// Where values end and brackets start.
    pub(super) value_end: f64,
    pub(super) row: f64,
    pub(super) head: f64,
    /// Whether the keys of the bands fit beside the head of every panel.
    pub(super) are_keys_beside: bool,
}

impl Columns {
    pub(super) fn new(
        style: &Style,
        area_left: f64,
        width: f64,
        panels: &[ForestPanel<'_>],
    ) -> Self {
        let widest = |text: for<'row> fn(&'row ForestRow<'_>) -> &'row str| {
            let rows = panels.iter().flat_map(|panel| &panel.rows);
            rows.map(|row| text_width(text(row), style.label, Weight::Regular))
                .fold(0.0, f64::max)
        };
        let label = widest(|row| &row.phase.title) + style.label * 2.0;
        let brackets = widest(|row| &row.bracket);
        let number = widest(|row| &row.value) + brackets + style.label * 1.9;
        let is_stacked = width < label + number + style.label * 14.0;
        let (left, right) = if is_stacked {
            (style.label * 0.5, width - style.label * 0.5)
        } else {
            (label.min(width * 0.3), width - number)
        };
        let are_keys_beside = panels
            .iter()
            .all(|panel| head_and_keys_width(style, panel) < width);
        Self {
            is_stacked,
            plot: (area_left + left, area_left + right),
            value_end: area_left + width - brackets - style.label * 0.7,
            row: style.label
                * match (is_stacked, style.few_words) {
                    (true, _) => 3.1,
                    (false, true) => 1.6,
                    (false, false) => 1.9,
                },
            head: style.label * if are_keys_beside { 2.2 } else { 4.6 },
            are_keys_beside,
        }
    }

    /// The height of a panel with the most rows of any.
    pub(super) fn panel_height(&self, style: &Style, rows: usize) -> f64 {
        self.head + rows as f64 * self.row + style.tick * 2.6
    }
}
