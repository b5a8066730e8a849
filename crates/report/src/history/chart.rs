//! What each phase adds, run by run: one line a phase with intervals, in the order of time.

use super::model::{HistoryModel, HistoryOverhead};
use super::tables;
use crate::charts::axis;
use crate::charts::canvas::{Anchor, Area, Canvas, Weight};
use crate::charts::forest::clipped_range;
use crate::charts::line_labels::{self, LineLabel, labels_width};
use crate::charts::marker::marker;
use crate::charts::palette::Ink;
use crate::charts::scale::{Scale, Spread};
use crate::charts::text_width::text_width;
use crate::charts::{Chart, ChartError, DrawnChart, Scene, Subject, Surface};
use crate::comparison::DifferenceInterval;
use crate::model::Phase;
use crate::number_format::{THIN_SPACE, count_text};
use crate::numbers::Numbers;

const CHART: Chart<HistoryModel> = Chart {
    height: |scene, width| scene.flexible_height(width, 0.5),
    paint,
    title: |model| tables::heading(model),
    description: |scene| {
        let unit = tables::unit(scene.model);
        let points = scene.model.shown().map(|(phase, run, overhead)| {
            let number = tables::number(unit, overhead).map(|text| text.to_string());
            let number = number.unwrap_or_else(|| "no number".to_owned());
            let doubt = match tables::doubt(run, overhead) {
                "" => String::new(),
                doubt => format!(" ({doubt})"),
            };
            format!("{} in {}: {number}{doubt}.", phase.title, run.id)
        });
        let points: Vec<String> = points.collect();
        format!("{}. {}", tables::heading(scene.model), points.join(" "))
    },
};

/// Draws the chart, and says what it shows.
pub(super) fn draw(model: &HistoryModel, surface: Surface) -> Result<DrawnChart, ChartError> {
    let unit = tables::unit(model);
    let subject = Subject {
        model,
        numbers: Numbers {
            overhead: unit,
            latency: unit,
            cpu: unit,
            cores: unit,
            memory: unit,
        },
        small_print: &small_print(model),
    };
    subject.draw(&CHART, surface)
}

fn small_print(model: &HistoryModel) -> String {
    let mut parts = Vec::new();
    if let ([first, ..], Some(last)) = (model.runs.as_slice(), model.runs.last()) {
        parts.push(match model.runs.len() {
            1 => format!("Run {}", first.id),
            count => format!("{count} runs from {} to {}", first.id, last.id),
        });
        parts.push(format!("the newest: {}", tables::load(last)));
    }
    let requests = model.runs.iter().map(|run| run.requests).sum();
    parts.push(format!(
        "n{THIN_SPACE}={THIN_SPACE}{} requests",
        count_text(requests)
    ));
    parts.push(format!(
        "95{THIN_SPACE}% intervals of each run by itself, which do not judge the change between runs"
    ));
    if model
        .shown()
        .any(|(_, _, overhead)| !overhead.invalid.is_empty())
    {
        parts.push("grey: invalid in that run".to_owned());
    }
    if let Some(last) = model.runs.last() {
        let versions = last.versions.iter();
        parts.extend(versions.map(|version| format!("{} {}", version.program, version.version)));
    }
    parts.push(format!("meshdelta {}", model.tool_version));
    parts.join(" · ")
}

/// Where a point is drawn.
type Place<'a> = dyn Fn(&Point<'_>) -> (f64, f64) + 'a;

/// A number of a phase in a run.
struct Point<'a> {
    /// The place of the run.
    index: usize,
    overhead: &'a HistoryOverhead,
    value: f64,
    interval: Option<(f64, f64)>,
    /// Whether it can be set beside the newest.
    is_sound: bool,
}

fn points<'a>(model: &'a HistoryModel, phase: &Phase) -> Vec<Point<'a>> {
    let runs = model.runs.iter().enumerate();
    runs.filter_map(|(index, run)| {
        let overhead = run.overhead(&phase.id, model.metric)?;
        let value = overhead.overhead.value()?;
        Some(Point {
            index,
            overhead,
            value: value.point.absolute,
            interval: value.interval.as_ref().map(DifferenceInterval::absolute),
            is_sound: run.is_comparable() && overhead.invalid.is_empty(),
        })
    })
    .collect()
}

fn paint(scene: &Scene<'_, HistoryModel>, canvas: &mut Canvas<'_>, area: Area) {
    let style = &scene.style;
    let model = scene.model;
    let lines: Vec<(&Phase, Vec<Point<'_>>)> = model
        .phases
        .iter()
        .map(|phase| (phase, points(model, phase)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let all = || lines.iter().flat_map(|(_, points)| points);
    let range = clipped_range(
        all().map(|point| point.value),
        all().filter_map(|point| point.interval),
    );
    let (top, bottom) = (area.top + style.tick * 1.6, area.bottom - style.tick * 3.2);
    let vertical = Scale::new(Spread::Linear, range, (bottom, top));
    let labels = labels_width(
        style,
        lines.iter().map(|(phase, _)| *phase),
        area.width() * 0.36,
    );
    let left = area.left + axis::vertical_width(style, &vertical, scene.numbers.overhead);
    let plot = Area::new(left, top, area.right - labels, bottom);
    let step = plot.width() / model.runs.len().max(1) as f64;
    paint_runs(scene, canvas, plot, step);
    axis::vertical(canvas, style, plot, &vertical, scene.numbers.overhead);
    // Neighbours side by side, so that their intervals do not hide each other.
    let dodge = (step * 0.7 / lines.len().max(1) as f64).min(style.label * 0.9);
    let mut ends = Vec::new();
    for (number, (phase, points)) in lines.iter().enumerate() {
        let aside = dodge * (number as f64 - (lines.len() - 1) as f64 / 2.0);
        let x = |point: &Point<'_>| plot.left + step * (point.index as f64 + 0.5) + aside;
        let at = |point: &Point<'_>| (x(point), vertical.held(point.value));
        paint_line(scene, canvas, phase, points, &at);
        paint_points(scene, canvas, phase, points, (&at, &vertical));
        // The leader begins beside the marker, not on it.
        let beside = |(x, y): (f64, f64)| (x + style.marker, y);
        ends.extend(points.last().map(|point| LineLabel {
            phase,
            end: beside(at(point)),
        }));
    }
    let column = (plot.right, area.right);
    line_labels::paint(canvas, style, ends, column, (plot.top, plot.bottom));
}

/// The times of the runs below, and strips behind those that are not comparable.
fn paint_runs(scene: &Scene<'_, HistoryModel>, canvas: &mut Canvas<'_>, plot: Area, step: f64) {
    let style = &scene.style;
    let mut free_from = f64::NEG_INFINITY;
    for (index, run) in scene.model.runs.iter().enumerate() {
        let left = plot.left + step * index as f64;
        let middle = left + step / 2.0;
        if !run.is_comparable() {
            let strip = Area::new(left, plot.top, left + step, plot.bottom);
            canvas.fill(strip, Ink::Band, 1.0);
            let words = ["not comparable", "≠"]
                .into_iter()
                .find(|words| text_width(words, style.tick, Weight::Regular) < step);
            if let Some(words) = words {
                let at = (middle, plot.top - style.tick * 0.4);
                canvas.text(words, at, style.note(Anchor::Middle));
            }
        }
        let day = run.started_at.format("%-d %b %Y").to_string();
        let half = text_width(&day, style.tick, Weight::Regular) / 2.0;
        if middle - half < free_from {
            continue;
        }
        free_from = middle + half + style.tick * 0.6;
        let first = plot.bottom + style.tick * 1.4;
        canvas.text(&day, (middle, first), style.note(Anchor::Middle));
        let time = run.started_at.format("%H:%M").to_string();
        let at = (middle, first + style.tick * 1.25);
        canvas.text(&time, at, style.note(Anchor::Middle));
    }
}

/// Joins what can be set side by side; over a gap with dashes.
fn paint_line(
    scene: &Scene<'_, HistoryModel>,
    canvas: &mut Canvas<'_>,
    phase: &Phase,
    points: &[Point<'_>],
    at: &Place<'_>,
) {
    let sound: Vec<&Point<'_>> = points.iter().filter(|point| point.is_sound).collect();
    let ink = Ink::Phase(phase.colour);
    for pair in sound.windows(2) {
        let ends = [at(pair[0]), at(pair[1])];
        if pair[1].index == pair[0].index + 1 {
            canvas.polyline(&ends, ink, scene.style.hair * 1.8, 1.0);
        } else {
            canvas.dashed(&ends, ink, scene.style.hair * 1.4);
        }
    }
}

fn paint_points(
    scene: &Scene<'_, HistoryModel>,
    canvas: &mut Canvas<'_>,
    phase: &Phase,
    points: &[Point<'_>],
    (at, vertical): (&Place<'_>, &Scale),
) {
    let style = &scene.style;
    for point in points {
        let ink = if point.overhead.invalid.is_empty() {
            Ink::Phase(phase.colour)
        } else {
            Ink::Hatch
        };
        let (x, y) = at(point);
        if let Some((lower, upper)) = point.interval {
            let half = style.label * 0.18;
            let (top, bottom) = (vertical.held(upper), vertical.held(lower));
            canvas.fill(Area::new(x - half, top, x + half, bottom), ink, 0.45);
            paint_cut(canvas, (x, top), half, !vertical.contains(upper), ink);
            paint_cut(canvas, (x, bottom), -half, !vertical.contains(lower), ink);
        }
        marker(canvas, (x, y), style.marker * 0.85, phase.colour, ink);
    }
}

/// An arrow at the end of an interval that goes on beyond the chart; `half` is negative where it points down.
fn paint_cut(canvas: &mut Canvas<'_>, (x, y): (f64, f64), half: f64, is_cut: bool, ink: Ink) {
    if is_cut {
        let base = 2.0 * half;
        let corners = [(x, y - base), (x + base, y), (x - base, y)];
        canvas.polygon(&corners, ink, 1.0);
    }
}
