//! The shift function: what is added at each quantile. Flat means a constant price, rising means a tail problem.

use super::Chart;
use super::axis;
use super::canvas::{Area, Canvas};
use super::layout::Scene;
use super::line_labels::{self, LineLabel, ink_of, labels_width};
use super::scale::{Scale, Spread, tail};
use crate::model::{Phase, ShiftFunction, ShiftPoint};
use crate::numbers::ends;

pub(super) const CHART: Chart = Chart {
    height: |scene, width| scene.flexible_height(width, 0.45),
    paint: |scene, canvas, area| {
        paint_lines(scene, canvas, area, &lines(scene));
    },
    title: |model| model.findings.shift.clone(),
    description: |scene| {
        format!(
            "Overhead against the percentile for {} phases, with pointwise intervals.",
            lines(scene).len()
        )
    },
};

fn lines<'a>(scene: &Scene<'a>) -> Vec<(&'a Phase, &'a ShiftFunction)> {
    scene
        .model
        .treatments()
        .filter_map(|phase| {
            let shift = scene
                .model
                .shifts
                .iter()
                .find(|shift| shift.phase == phase.id)?;
            (shift.points.len() > 1).then_some((phase, shift))
        })
        .collect()
}

/// Draws one line with its band for each phase.
pub(crate) fn paint_lines<Model>(
    scene: &Scene<'_, Model>,
    canvas: &mut Canvas<'_>,
    area: Area,
    lines: &[(&Phase, &ShiftFunction)],
) {
    let style = &scene.style;
    let unit = scene.numbers.overhead;
    let (top, bottom) = (area.top + style.tick, area.bottom - style.tick * 2.2);
    let vertical = Scale::new(Spread::Linear, value_range(lines), (bottom, top));
    let labels = labels_width(
        style,
        lines.iter().map(|(phase, _)| *phase),
        area.width() * 0.42,
    );
    let left = area.left + axis::vertical_width(style, &vertical, unit);
    let plot = Area::new(left, top, area.right - labels, bottom);
    let place = |point: &ShiftPoint| tail(point.quantile.get());
    let points = || lines.iter().flat_map(|(_, shift)| &shift.points);
    let first = points().map(place).fold(f64::INFINITY, f64::min);
    let last = points().map(place).fold(0.1, f64::max);
    let horizontal = Scale::new(
        Spread::Linear,
        (first.min(last), last),
        (plot.left, plot.right),
    );
    axis::vertical(canvas, style, plot, &vertical, unit);
    axis::percentiles(canvas, style, plot, &horizontal);
    for (phase, shift) in lines {
        paint_band(canvas, phase, shift, (&horizontal, &vertical));
    }
    let labels = lines
        .iter()
        .map(|(phase, shift)| {
            let path: Vec<(f64, f64)> = shift
                .points
                .iter()
                .map(|point| {
                    let value = point.effect.absolute_seconds.get();
                    (horizontal.at(place(point)), vertical.held(value))
                })
                .collect();
            canvas.polyline(&path, ink_of(phase), style.hair * 2.2, 1.0);
            LineLabel {
                phase,
                end: path.last().copied().unwrap_or_default(),
            }
        })
        .collect();
    let column = (plot.right, area.right);
    line_labels::paint(canvas, style, labels, column, (plot.top, plot.bottom));
}

/// All points are in view; intervals as far as they do not dwarf them.
fn value_range(lines: &[(&Phase, &ShiftFunction)]) -> (f64, f64) {
    let points = || lines.iter().flat_map(|(_, shift)| &shift.points);
    let value = |point: &ShiftPoint| point.effect.absolute_seconds.get();
    let (low, high) = points()
        .map(value)
        .fold((0.0_f64, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let reach = 0.4 * (high - low);
    let (lower, upper) = points()
        .filter_map(|point| point.interval.as_ref())
        .map(|interval| ends(&interval.absolute_seconds))
        .fold((low, high), |(low, high), (lower, upper)| {
            (low.min(lower), high.max(upper))
        });
    (lower.max(low - reach), upper.min(high + reach))
}

fn paint_band(
    canvas: &mut Canvas<'_>,
    phase: &Phase,
    shift: &ShiftFunction,
    (horizontal, vertical): (&Scale, &Scale),
) {
    let with_interval: Vec<(f64, f64, f64)> = shift
        .points
        .iter()
        .filter_map(|point| {
            let (lower, upper) = ends(&point.interval.as_ref()?.absolute_seconds);
            Some((horizontal.at(tail(point.quantile.get())), lower, upper))
        })
        .collect();
    let upper = with_interval
        .iter()
        .map(|(x, _, upper)| (*x, vertical.held(*upper)));
    let lower = with_interval
        .iter()
        .rev()
        .map(|(x, lower, _)| (*x, vertical.held(*lower)));
    let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
    if outline.len() > 3 {
        canvas.polygon(&outline, ink_of(phase), 0.16);
    }
}
