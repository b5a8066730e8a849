//! What each phase adds before and after, joined by a line.

use crate::charts::axis;
use crate::charts::canvas::{Anchor, Area, Canvas, Weight};
use crate::charts::forest::{clipped_range, paint_bar};
use crate::charts::line_labels::{ink_of, text_ink};
use crate::charts::marker::marker;
use crate::charts::palette::Ink;
use crate::charts::scale::{Scale, Spread};
use crate::charts::text_width::{fit_phase, text_width};
use crate::charts::{Chart, Scene};
use crate::comparison::model::{ChangeMetric, ComparisonModel, DifferenceInterval, SideOverhead};
use crate::comparison::numbers;
use crate::model::Phase;

pub(super) const CHART: Chart<ComparisonModel> = Chart {
    height: |scene, width| {
        let panels = panels(scene);
        let rows: usize = panels.iter().map(|panel| panel.rows.len()).sum();
        let heads = panels.len() as f64 * (head_height(scene) + axis_height(scene));
        heads + rows as f64 * row_height(scene, width)
    },
    paint,
    title: |_| "What each phase added before and after".to_owned(),
    description: |scene| {
        let rows = panels(scene).into_iter().flat_map(|panel| {
            let label = panel.metric.label();
            let rows = panel.rows.into_iter();
            rows.map(move |row| format!("{} {label}: {}.", row.phase.title, row.text))
        });
        let rows: Vec<String> = rows.collect();
        format!(
            "What each phase adds to its baseline, before and after. {}",
            rows.join(" ")
        )
    },
};

struct Panel<'a> {
    metric: ChangeMetric,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    phase: &'a Phase,
    before: &'a SideOverhead,
    after: &'a SideOverhead,
    /// Both numbers.
    text: String,
}

fn panels<'a>(scene: &Scene<'a, ComparisonModel>) -> Vec<Panel<'a>> {
    let panels = ChangeMetric::PRIMARY.map(|metric| Panel {
        metric,
        rows: rows(scene, metric),
    });
    let panels = panels.into_iter();
    panels.filter(|panel| !panel.rows.is_empty()).collect()
}

fn rows<'a>(scene: &Scene<'a, ComparisonModel>, metric: ChangeMetric) -> Vec<Row<'a>> {
    let model = scene.model;
    let row = |phase: &'a Phase| {
        let estimate = model.change(&phase.id, metric)?.estimate.value()?;
        let [before, after] = [&estimate.before, &estimate.after]
            .map(|side| numbers::overhead(scene.numbers, metric, side));
        let text = format!("{} → {}", before.value, after.value_with_unit());
        Some(Row {
            phase,
            before: &estimate.before,
            after: &estimate.after,
            text,
        })
    };
    model.treatments().filter_map(row).collect()
}

fn is_stacked(scene: &Scene<'_, ComparisonModel>, width: f64) -> bool {
    width < scene.style.label * 40.0
}

fn head_height(scene: &Scene<'_, ComparisonModel>) -> f64 {
    scene.style.label * 1.9
}

fn axis_height(scene: &Scene<'_, ComparisonModel>) -> f64 {
    scene.style.tick * 2.6
}

fn row_height(scene: &Scene<'_, ComparisonModel>, width: f64) -> f64 {
    scene.style.label * if is_stacked(scene, width) { 3.6 } else { 2.4 }
}

fn paint(scene: &Scene<'_, ComparisonModel>, canvas: &mut Canvas<'_>, area: Area) {
    let panels = panels(scene);
    let rows: usize = panels.iter().map(|panel| panel.rows.len()).sum();
    let heads = panels.len() as f64 * (head_height(scene) + axis_height(scene));
    let least = row_height(scene, area.width());
    let row = ((area.height() - heads) / rows.max(1) as f64).clamp(least * 0.6, least * 1.6);
    let (left, right) = columns(scene, area, &panels);
    let mut top = area.top;
    for panel in &panels {
        let plot_top = top + head_height(scene);
        let plot_bottom = plot_top + row * panel.rows.len() as f64;
        let plot = Area::new(left, plot_top, right, plot_bottom);
        paint_panel(scene, canvas, area, (plot, row), panel);
        top = plot_bottom + axis_height(scene);
    }
}

/// The left and right ends of the plots, between titles and numbers.
fn columns(scene: &Scene<'_, ComparisonModel>, area: Area, panels: &[Panel<'_>]) -> (f64, f64) {
    let label = scene.style.label;
    if is_stacked(scene, area.width()) {
        return (area.left + label, area.right - label);
    }
    let rows = || panels.iter().flat_map(|panel| &panel.rows);
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        texts
            .map(|text| text_width(text, label, Weight::Regular))
            .fold(0.0, f64::max)
    };
    let titles = widest(&mut rows().map(|row| row.phase.title.as_str()));
    let numbers = widest(&mut rows().map(|row| row.text.as_str()));
    (
        area.left + titles.min(area.width() * 0.3) + label * 2.4,
        area.right - numbers - label * 1.5,
    )
}

fn paint_panel(
    scene: &Scene<'_, ComparisonModel>,
    canvas: &mut Canvas<'_>,
    area: Area,
    (plot, row_height): (Area, f64),
    panel: &Panel<'_>,
) {
    let style = &scene.style;
    let head = match panel.metric {
        ChangeMetric::P50 => "Added to the median (p50)".to_owned(),
        other => format!("Added to {}", other.in_sentence()),
    };
    let head_y = plot.top - style.label * 0.75;
    canvas.text(&head, (area.left, head_y), style.head(Anchor::Start));
    let key = "above, thin: before · below, thick: after";
    let room = area.width() - text_width(&head, style.label, Weight::Bold) - style.label;
    if text_width(key, style.tick, Weight::Regular) < room {
        canvas.text(key, (area.right, head_y), style.note(Anchor::End));
    }
    let scale = scale(panel, (plot.left, plot.right));
    let unit = numbers::unit_of(scene.numbers, panel.metric);
    axis::horizontal(canvas, style, plot, &scale, unit);
    for (index, row) in panel.rows.iter().enumerate() {
        let top = plot.top + row_height * index as f64;
        let place = Area::new(area.left, top, area.right, top + row_height);
        let middle = paint_words(scene, canvas, place, plot, row);
        paint_pair(scene, canvas, &scale, middle, row);
    }
}

fn scale(panel: &Panel<'_>, pixels: (f64, f64)) -> Scale {
    let sides = || panel.rows.iter().flat_map(|row| [row.before, row.after]);
    let intervals = sides().filter_map(|side| side.interval.as_ref());
    let range = clipped_range(
        sides().map(|side| side.point.absolute),
        intervals.map(DifferenceInterval::absolute),
    );
    Scale::new(Spread::Linear, range, pixels)
}

/// Writes marker, title and numbers of a row; returns the height at which its pair lies.
fn paint_words(
    scene: &Scene<'_, ComparisonModel>,
    canvas: &mut Canvas<'_>,
    place: Area,
    plot: Area,
    row: &Row<'_>,
) -> f64 {
    let style = &scene.style;
    let stacked = is_stacked(scene, place.width());
    let words_y = if stacked {
        place.top + style.label * 1.15
    } else {
        f64::midpoint(place.top, place.bottom) + style.label * 0.35
    };
    if stacked {
        // Grid lines must not run through the letters.
        let line = Area::new(
            place.left,
            place.top + 1.0,
            place.right,
            words_y + style.label * 0.4,
        );
        canvas.fill(line, Ink::Background, 1.0);
    }
    let ink = text_ink(row.phase);
    let at = (place.left + style.label * 0.6, words_y - style.label * 0.35);
    marker(
        canvas,
        at,
        style.marker,
        row.phase.colour,
        ink_of(row.phase),
    );
    let numbers = text_width(&row.text, style.label, Weight::Regular);
    let left = place.left + style.label * 1.4;
    let end = if stacked {
        place.right - numbers
    } else {
        plot.left
    };
    let title = fit_phase(row.phase, style.label, end - left - style.label * 0.5);
    canvas.text(&title, (left, words_y), style.lettering(ink, Anchor::Start));
    let at = (place.right, words_y);
    canvas.text(&row.text, at, style.lettering(ink, Anchor::End));
    if stacked {
        f64::midpoint(words_y + style.label * 0.4, place.bottom)
    } else {
        f64::midpoint(place.top, place.bottom)
    }
}

/// Draws both overheads of a row, before above after.
fn paint_pair(
    scene: &Scene<'_, ComparisonModel>,
    canvas: &mut Canvas<'_>,
    scale: &Scale,
    middle: f64,
    row: &Row<'_>,
) {
    let style = &scene.style;
    let ink = ink_of(row.phase);
    let reach = style.label * 0.5;
    let at = |side: &SideOverhead, y: f64| (scale.held(side.point.absolute), y);
    let (before, after) = (
        at(row.before, middle - reach),
        at(row.after, middle + reach),
    );
    canvas.line(before, after, Ink::Muted, style.hair * 1.6);
    if let Some(interval) = &row.before.interval {
        let look = (Ink::Muted, style.hair * 2.0, 1.0);
        paint_bar(canvas, scale, before.1, interval.absolute(), look);
    }
    if let Some(interval) = &row.after.interval {
        let look = (ink, style.label * 0.42, 0.5);
        paint_bar(canvas, scale, after.1, interval.absolute(), look);
    }
    canvas.disc(before, style.marker * 0.75, Ink::Muted);
    canvas.disc(before, style.marker * 0.4, Ink::Background);
    marker(canvas, after, style.marker * 0.9, row.phase.colour, ink);
}
