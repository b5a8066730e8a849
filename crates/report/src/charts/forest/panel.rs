//! How a forest plot is drawn, whatever the differences are.

use super::columns::Columns;
use super::keys::paint_head;
use crate::charts::axis;
use crate::charts::canvas::{Anchor, Area, Canvas, Weight};
use crate::charts::layout::{Scene, Style};
use crate::charts::line_labels::{ink_of, text_ink};
use crate::charts::marker::marker;
use crate::charts::palette::Ink;
use crate::charts::scale::{Scale, Spread};
use crate::charts::text_width::{fit_phase, text_width};
use crate::model::Phase;
use crate::number_format::DisplayUnit;

/// An interval this many times larger than the largest point is cut, with an arrow.
const WIDEST_IN_POINTS: f64 = 3.0;

/// Differences of one kind, one row a phase. Numbers are in the base unit of `unit`.
pub(crate) struct ForestPanel<'a> {
    /// What the rows show, above them.
    pub(crate) head: String,
    /// The statistic in a word.
    pub(crate) label: &'static str,
    pub(crate) rows: Vec<ForestRow<'a>>,
    pub(crate) unit: DisplayUnit,
    /// Half the width of the band without practical effect, and its text.
    pub(crate) margin: Option<(f64, String)>,
    /// Half the width of the noise floor, and its text.
    pub(crate) noise_floor: Option<(f64, String)>,
}

/// The difference of one phase.
pub(crate) struct ForestRow<'a> {
    pub(crate) phase: &'a Phase,
    /// The number with its unit, as shown in the row.
    pub(crate) value: String,
    /// The interval in brackets.
    pub(crate) bracket: String,
    /// The whole number for the description.
    pub(crate) number: Option<String>,
    pub(crate) words: &'static str,
    pub(crate) point: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
    /// The interval that holds for all phases at once.
    pub(crate) simultaneous: Option<(f64, f64)>,
}

/// Returns the height of all panels.
pub(crate) fn height<Model>(
    scene: &Scene<'_, Model>,
    width: f64,
    panels: &[ForestPanel<'_>],
) -> f64 {
    let grid = grid(scene, width, panels);
    grid.height * panels.len().div_ceil(grid.across) as f64
}

/// How panels are arranged.
struct Grid {
    /// Panels beside each other.
    across: usize,
    /// The width of a panel.
    width: f64,
    /// The height of a panel.
    height: f64,
}

/// One column of panels, or on a sheet of fixed size two where that needs less height.
fn grid<Model>(scene: &Scene<'_, Model>, width: f64, panels: &[ForestPanel<'_>]) -> Grid {
    let style = &scene.style;
    let of = |across: usize| {
        let gaps = (across - 1) as f64 * style.label * 2.5;
        let width = (width - gaps) / across as f64;
        let columns = Columns::new(style, 0.0, width, panels);
        Grid {
            across,
            width,
            height: columns.panel_height(style, most_rows(panels)),
        }
    };
    let (one, two) = (of(1), of(2));
    let is_worth_it =
        two.height * panels.len().div_ceil(2) as f64 <= one.height * panels.len() as f64;
    if scene.has_fixed_height && panels.len() > 2 && is_worth_it {
        two
    } else {
        one
    }
}

fn most_rows(panels: &[ForestPanel<'_>]) -> usize {
    let rows = panels.iter().map(|panel| panel.rows.len());
    rows.max().unwrap_or(0)
}

/// Draws the panels one below the other, or in two columns.
pub(crate) fn paint<Model>(
    scene: &Scene<'_, Model>,
    canvas: &mut Canvas<'_>,
    area: Area,
    panels: &[ForestPanel<'_>],
) {
    let style = &scene.style;
    let grid = grid(scene, area.width(), panels);
    let down = panels.len().div_ceil(grid.across).max(1);
    let available = area.height() / down as f64;
    let rows = most_rows(panels);
    for (index, panel) in panels.iter().enumerate() {
        let (column, line) = (index / down, index % down);
        let left = area.left + (area.width() - grid.width) * column as f64;
        let area = Area::new(left, area.top, left + grid.width, area.bottom);
        let mut columns = Columns::new(style, left, grid.width, panels);
        // On a sheet of fixed size rows share what there is.
        let spare = available - grid.height;
        columns.row =
            (columns.row + spare / rows.max(1) as f64).clamp(style.label * 1.2, columns.row * 1.8);
        let top = area.top + available * line as f64;
        paint_panel(style, canvas, &columns, area, top, panel);
    }
}

fn paint_panel(
    style: &Style,
    canvas: &mut Canvas<'_>,
    columns: &Columns,
    area: Area,
    top: f64,
    panel: &ForestPanel<'_>,
) {
    let plot = Area::new(
        columns.plot.0,
        top + columns.head,
        columns.plot.1,
        top + columns.head + columns.row * panel.rows.len() as f64,
    );
    let scale = panel_scale(panel, columns.plot);
    if let Some((margin, _)) = &panel.margin {
        canvas.fill(strip(plot, &scale, *margin), Ink::Band, 1.0);
    }
    if let Some((floor, _)) = &panel.noise_floor {
        let band = strip(plot, &scale, *floor);
        canvas.hatch(band, style.label * 0.5, style.hair * 0.8);
    }
    axis::horizontal(canvas, style, plot, &scale, panel.unit);
    paint_head(style, canvas, columns.are_keys_beside, (area, top), panel);
    for (index, row) in panel.rows.iter().enumerate() {
        let row_top = plot.top + columns.row * index as f64;
        paint_row(style, canvas, columns, area, row_top, row);
        let bar_y = if columns.is_stacked {
            row_top + columns.row - style.label * 0.85
        } else {
            row_top + columns.row / 2.0
        };
        paint_interval(style, canvas, &scale, bar_y, row);
    }
}

/// Zero, all intervals and the band are in view; an interval that dwarfs everything else is cut.
fn panel_scale(panel: &ForestPanel<'_>, pixels: (f64, f64)) -> Scale {
    let margin = panel.margin.as_ref().map_or(0.0, |(margin, _)| *margin);
    let floor = panel.noise_floor.as_ref().map_or(0.0, |(floor, _)| *floor);
    let mut widest = margin.max(floor);
    let (mut low, mut high) = (0.0_f64.min(-margin), margin);
    for point in panel.rows.iter().filter_map(|row| row.point) {
        widest = widest.max(point.abs());
        low = low.min(point);
        high = high.max(point);
    }
    let limit = widest * WIDEST_IN_POINTS;
    let intervals = panel
        .rows
        .iter()
        .flat_map(|row| [row.interval, row.simultaneous]);
    for (lower, upper) in intervals.flatten() {
        low = low.min(lower.max(-limit));
        high = high.max(upper.min(limit));
    }
    let room = 0.03 * (high - low);
    Scale::new(Spread::Linear, (low - room, high + room), pixels)
}

fn strip(plot: Area, scale: &Scale, half_width: f64) -> Area {
    Area::new(
        scale.held(-half_width),
        plot.top,
        scale.held(half_width),
        plot.bottom,
    )
}

/// The marker, title and number of a row.
fn paint_row(
    style: &Style,
    canvas: &mut Canvas<'_>,
    columns: &Columns,
    area: Area,
    top: f64,
    row: &ForestRow<'_>,
) {
    let phase = row.phase;
    let text_y = if columns.is_stacked {
        top + style.label * 1.15
    } else {
        top + columns.row / 2.0 + style.label * 0.35
    };
    if columns.is_stacked {
        // Grid lines must not run through the letters.
        let line = Area::new(area.left, top + 1.0, area.right, text_y + style.label * 0.4);
        canvas.fill(line, Ink::Background, 1.0);
    }
    let at = (area.left + style.label * 0.6, text_y - style.label * 0.35);
    marker(canvas, at, style.marker, phase.colour, ink_of(phase));
    let number_width = text_width(&row.value, style.label, Weight::Regular)
        + text_width(&row.bracket, style.label, Weight::Regular)
        + style.label * 0.5;
    let title_left = area.left + style.label * 1.4;
    let title_room = if columns.is_stacked {
        area.right - number_width - style.label - title_left
    } else {
        columns.plot.0 - title_left - style.label * 0.5
    };
    let title = fit_phase(phase, style.label, title_room);
    let lettering = style.lettering(text_ink(phase), Anchor::Start);
    canvas.text(&title, (title_left, text_y), lettering);
    let lettering = style.lettering(text_ink(phase), Anchor::End);
    canvas.text(&row.value, (columns.value_end, text_y), lettering);
    let lettering = style.lettering(text_ink(phase), Anchor::Start);
    let at = (columns.value_end + style.label * 0.5, text_y);
    canvas.text(&row.bracket, at, lettering);
}

fn paint_interval(
    style: &Style,
    canvas: &mut Canvas<'_>,
    scale: &Scale,
    y: f64,
    row: &ForestRow<'_>,
) {
    let Some(point) = row.point else {
        return;
    };
    let ink = ink_of(row.phase);
    if let Some(interval) = row.simultaneous {
        paint_bar(canvas, scale, y, interval, (ink, style.hair * 1.2, 1.0));
    }
    if let Some(interval) = row.interval {
        // At least as wide as a line, so that a very precise interval does not vanish behind its marker.
        paint_bar(canvas, scale, y, interval, (ink, style.label * 0.52, 0.5));
    }
    let at = (scale.held(point), y);
    marker(canvas, at, style.marker * 0.9, row.phase.colour, ink);
}

/// Values from zero to all points, and to the ends of intervals as far as they do not dwarf the points.
pub(crate) fn clipped_range(
    points: impl Iterator<Item = f64> + Clone,
    intervals: impl Iterator<Item = (f64, f64)>,
) -> (f64, f64) {
    let limit = points.clone().map(f64::abs).fold(0.0, f64::max) * WIDEST_IN_POINTS;
    let ends = intervals.flat_map(|(lower, upper)| [lower.max(-limit), upper.min(limit)]);
    let (low, high) = points
        .chain(ends)
        .fold((0.0_f64, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let room = 0.03 * (high - low);
    (low - room, high + room)
}

/// Draws an interval; an end beyond the scale becomes an arrow.
pub(crate) fn paint_bar(
    canvas: &mut Canvas<'_>,
    scale: &Scale,
    y: f64,
    (lower, upper): (f64, f64),
    (ink, thickness, opacity): (Ink, f64, f64),
) {
    let (left, right) = (scale.held(lower), scale.held(upper));
    let half = thickness / 2.0;
    canvas.fill(Area::new(left, y - half, right, y + half), ink, opacity);
    let head = thickness.max(6.0);
    if !scale.contains(lower) {
        canvas.polygon(
            &[(left - head, y), (left, y - head), (left, y + head)],
            ink,
            1.0,
        );
    }
    if !scale.contains(upper) {
        canvas.polygon(
            &[(right + head, y), (right, y - head), (right, y + head)],
            ink,
            1.0,
        );
    }
}

/// Says what the panels show.
pub(crate) fn describe(note: &str, panels: &[ForestPanel<'_>]) -> String {
    let mut parts = vec![note.to_owned()];
    for panel in panels {
        for row in &panel.rows {
            let number = row.number.as_deref().unwrap_or("no number");
            parts.push(format!(
                "{} {}: {number}, {}.",
                row.phase.title, panel.label, row.words
            ));
        }
    }
    parts.join(" ")
}
