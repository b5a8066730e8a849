//! Latency over time: a row for each round, slots in the order of execution, warm-up hatched.

use super::Chart;
use super::axis;
use super::canvas::{Anchor, Area, Canvas};
use super::layout::Scene;
use super::line_labels::{ink_of, text_ink};
use super::marker::marker;
use super::palette::Ink;
use super::scale::{Scale, Spread};
use super::text_width::fit_phases;
use crate::model::{HeatMapCell, Phase, ReportModel, Seconds, SlotHeatMap};

pub(super) const CHART: Chart = Chart {
    height: |scene, _| {
        scene.style.label * ROW_HEIGHT * rounds(scene.model).len() as f64 + scene.style.tick * 2.0
    },
    paint,
    title: |model| model.findings.time.clone(),
    description: |scene| {
        format!(
            "Latency over time in {} slots of {} rounds, in the order of execution, warm-up included.",
            scene.model.heat_map.slots.len(),
            rounds(scene.model).len()
        )
    },
};

/// The height of the row of a round in letters.
const ROW_HEIGHT: f64 = 9.5;
/// Shades of a cell; few, so that cells of one shade share one path.
const SHADES: usize = 6;
/// A slot is drawn with at most this many columns, and so many rows.
const MOST_COLUMNS: usize = 48;
const MOST_ROWS: usize = 36;

fn rounds(model: &ReportModel) -> Vec<u32> {
    let mut rounds: Vec<u32> = model.heat_map.slots.iter().map(|slot| slot.round).collect();
    rounds.dedup();
    rounds
}

fn paint(scene: &Scene<'_>, canvas: &mut Canvas<'_>, area: Area) {
    let style = &scene.style;
    let rounds = rounds(scene.model);
    let most_slots = rounds
        .iter()
        .map(|round| slots(scene.model, *round).count())
        .max()
        .unwrap_or(1)
        .max(1);
    let row_height = (area.height() - style.tick * 2.0) / rounds.len().max(1) as f64;
    let range = value_range(
        &scene.model.heat_map.slots,
        &scene.model.heat_map.bucket_edges_seconds,
    );
    for (index, round) in rounds.iter().enumerate() {
        let top = area.top + row_height * index as f64;
        let (plot_top, plot_bottom) = (
            top + style.label * 2.9,
            top + row_height - style.label * 0.5,
        );
        let vertical = Scale::new(Spread::Logarithmic, range, (plot_bottom, plot_top));
        let left = area.left + axis::vertical_width(style, &vertical, scene.numbers.latency);
        let plot = Area::new(left, plot_top, area.right, plot_bottom);
        let head = (area.left, top + style.label * 1.1);
        canvas.text(&format!("Round {round}"), head, style.head(Anchor::Start));
        axis::vertical(canvas, style, plot, &vertical, scene.numbers.latency);
        let width = plot.width() / most_slots as f64;
        for (place, slot) in slots(scene.model, *round).enumerate() {
            let slot_left = plot.left + width * place as f64;
            let slot_area = Area::new(
                slot_left + 2.0,
                plot.top,
                slot_left + width - 2.0,
                plot.bottom,
            );
            paint_slot(scene, canvas, slot_area, &vertical, slot);
        }
    }
    if scene.is_in_page {
        return;
    }
    let lines = if slots_have_p99(scene.model) {
        "lines: p50 and p99 of each cell"
    } else {
        "line: p50 of each cell"
    };
    let note = format!("darker: more requests · {lines} · hatched: warm-up, not in the numbers");
    let at = (area.left, area.bottom - style.tick * 0.3);
    canvas.text(&note, at, style.note(Anchor::Start));
}

fn slots(model: &ReportModel, round: u32) -> impl Iterator<Item = &SlotHeatMap> {
    model
        .heat_map
        .slots
        .iter()
        .filter(move |slot| slot.round == round)
}

/// Whether a line of p99 is drawn in any slot: cells may have too few requests for it.
fn slots_have_p99(model: &ReportModel) -> bool {
    let count = |slot: &SlotHeatMap| {
        let known = slot.cells.iter().filter(|cell| cell.p99_seconds.is_some());
        known.count()
    };
    model.heat_map.slots.iter().any(|slot| count(slot) > 1)
}

fn value_range(slots: &[SlotHeatMap], edges: &[Seconds]) -> (f64, f64) {
    let mut totals = vec![0_u64; edges.len()];
    for cell in slots.iter().flat_map(|slot| &slot.cells) {
        for (index, count) in cell.counts.iter().enumerate() {
            if let Some(total) = totals.get_mut(cell.first_bucket + index) {
                *total += count;
            }
        }
    }
    // A handful of outliers in a run must not squeeze everything else.
    let all: u64 = totals.iter().sum();
    let negligible = all / 50_000;
    let first = totals.iter().position(|total| *total > negligible);
    let last = totals.iter().rposition(|total| *total > negligible);
    let edge = |index: usize| edges.get(index).map(|edge| edge.get());
    match (first.and_then(edge), last.and_then(|last| edge(last + 1))) {
        (Some(low), Some(high)) if low > 0.0 && high > low => (low, high),
        _ => (1e-4, 1.0),
    }
}

fn paint_slot(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    area: Area,
    vertical: &Scale,
    slot: &SlotHeatMap,
) {
    let style = &scene.style;
    let Some(phase) = scene.model.phase(&slot.phase) else {
        return;
    };
    let at = (area.left + style.tick * 0.5, area.top - style.tick * 0.85);
    marker(canvas, at, style.marker * 0.8, phase.colour, ink_of(phase));
    let title_left = area.left + style.tick * 1.3;
    let room = area.right - title_left;
    let phases: Vec<&Phase> = scene.model.phases.iter().collect();
    let names = fit_phases(&phases, style.tick, room);
    let title = phases
        .iter()
        .position(|one| one.id == phase.id)
        .map_or("", |place| &names[place]);
    let mut lettering = style.note(Anchor::Start);
    lettering.ink = text_ink(phase);
    canvas.text(title, (title_left, area.top - style.tick * 0.5), lettering);
    let end = slot.cells.last().map_or(1.0, |cell| {
        cell.start_seconds.get() + slot.cell_seconds.get()
    });
    let horizontal = Scale::new(Spread::Linear, (0.0, end), (area.left, area.right));
    paint_cells(
        canvas,
        phase,
        slot,
        &scene.model.heat_map.bucket_edges_seconds,
        (&horizontal, vertical),
    );
    paint_lines(scene, canvas, slot, (&horizontal, vertical));
    let warm_up = slot.cells.iter().filter(|cell| cell.is_warm_up).count();
    if warm_up > 0 {
        let end = horizontal.at(warm_up as f64 * slot.cell_seconds.get());
        let hatched = Area::new(area.left, area.top, end.min(area.right), area.bottom);
        canvas.hatch(hatched, style.label * 0.6, style.hair * 0.7);
    }
}

/// Requests on a grid of at most [`MOST_COLUMNS`] by [`MOST_ROWS`].
struct Grid {
    columns: usize,
    counts: Vec<u64>,
    largest: u64,
    cells_in_column: usize,
    buckets_in_row: usize,
}

impl Grid {
    fn new(cells: &[HeatMapCell], buckets: usize) -> Self {
        let cells_in_column = cells.len().div_ceil(MOST_COLUMNS).max(1);
        let buckets_in_row = buckets.div_ceil(MOST_ROWS).max(1);
        let columns = cells.len().div_ceil(cells_in_column);
        let rows = buckets.div_ceil(buckets_in_row);
        let mut counts = vec![0; columns * rows];
        for (index, cell) in cells.iter().enumerate() {
            for (offset, count) in cell.counts.iter().enumerate() {
                let row = (cell.first_bucket + offset) / buckets_in_row;
                if let Some(sum) = counts.get_mut(row * columns + index / cells_in_column) {
                    *sum += count;
                }
            }
        }
        Self {
            columns,
            largest: counts.iter().copied().max().unwrap_or(0),
            counts,
            cells_in_column,
            buckets_in_row,
        }
    }

    /// The shade of a count, from 1; none for an empty one. Shades are by the square root, so that a thin tail can be seen.
    fn shade(&self, count: u64) -> Option<usize> {
        if count == 0 {
            return None;
        }
        let part = (count as f64 / self.largest as f64).sqrt();
        (1..=SHADES).find(|shade| part <= *shade as f64 / SHADES as f64 + 1e-12)
    }
}

fn paint_cells(
    canvas: &mut Canvas<'_>,
    phase: &Phase,
    slot: &SlotHeatMap,
    edges: &[Seconds],
    (horizontal, vertical): (&Scale, &Scale),
) {
    let grid = Grid::new(&slot.cells, edges.len().saturating_sub(1));
    let cell_seconds = slot.cell_seconds.get();
    for shade in 1..=SHADES {
        let opacity = 0.08 + 0.92 * shade as f64 / SHADES as f64;
        for (index, count) in grid.counts.iter().enumerate() {
            if grid.shade(*count) != Some(shade) {
                continue;
            }
            let (row, column) = (index / grid.columns, index % grid.columns);
            let first = row * grid.buckets_in_row;
            let last = (first + grid.buckets_in_row).min(edges.len() - 1);
            let (low, high) = (edges[first].get(), edges[last].get());
            if high <= vertical.values().0 || low >= vertical.values().1 {
                continue;
            }
            let start = (column * grid.cells_in_column) as f64 * cell_seconds;
            let end =
                ((column + 1) * grid.cells_in_column).min(slot.cells.len()) as f64 * cell_seconds;
            let cell = Area::new(
                horizontal.at(start),
                vertical.held(high),
                horizontal.at(end),
                vertical.held(low),
            );
            canvas.fill(cell, ink_of(phase), opacity);
        }
    }
}

fn paint_lines(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    slot: &SlotHeatMap,
    (horizontal, vertical): (&Scale, &Scale),
) {
    let middle = slot.cell_seconds.get() / 2.0;
    let line = |value: fn(&HeatMapCell) -> Option<Seconds>| -> Vec<(f64, f64)> {
        slot.cells
            .iter()
            .filter_map(|cell| {
                let x = horizontal.at(cell.start_seconds.get() + middle);
                Some((x, vertical.held(value(cell)?.get())))
            })
            .collect()
    };
    for points in [line(|cell| cell.p50_seconds), line(|cell| cell.p99_seconds)] {
        if points.len() > 1 {
            // A rim in the colour of the ground keeps the line visible on dark cells.
            canvas.polyline(&points, Ink::Background, scene.style.hair * 2.6, 0.8);
            canvas.polyline(&points, Ink::Text, scene.style.hair * 1.1, 1.0);
        }
    }
}
