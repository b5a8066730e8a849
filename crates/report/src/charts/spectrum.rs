//! The percentile spectrum: latency against the quantile, with the room in the tail.

use super::Chart;
use super::axis;
use super::canvas::{Area, Canvas};
use super::layout::Scene;
use super::line_labels::{self, LineLabel, ink_of, labels_width};
use super::scale::{Scale, Spread, tail};
use crate::model::{Phase, PhaseSpectrum};
use crate::number_format::fixed_text;

pub(super) const CHART: Chart = Chart {
    height: |scene, width| scene.flexible_height(width, 0.55),
    paint,
    title: |model| model.findings.spectrum.clone(),
    description: describe,
};

/// Where the axis starts: below the median there is little to see.
const FIRST_QUANTILE: f64 = 0.05;

fn lines<'a>(scene: &Scene<'a>) -> Vec<(&'a Phase, &'a PhaseSpectrum)> {
    scene
        .model
        .phases
        .iter()
        .filter_map(|phase| {
            let spectrum = scene
                .model
                .spectra
                .iter()
                .find(|line| line.phase == phase.id)?;
            (spectrum.points.len() > 1).then_some((phase, spectrum))
        })
        .collect()
}

fn paint(scene: &Scene<'_>, canvas: &mut Canvas<'_>, area: Area) {
    let lines = lines(scene);
    let style = &scene.style;
    let unit = scene.numbers.latency;
    let values = value_range(&lines);
    let spread = if values.1 > 8.0 * values.0 {
        Spread::Logarithmic
    } else {
        Spread::Linear
    };
    let values = match spread {
        Spread::Logarithmic => values,
        Spread::Linear => (0.0, values.1),
    };
    let bottom = area.bottom - style.tick * 2.2;
    let top = area.top + style.tick;
    let vertical = Scale::new(spread, values, (bottom, top));
    let labels = labels_width(
        style,
        lines.iter().map(|(phase, _)| *phase),
        area.width() * 0.42,
    );
    let left = area.left + axis::vertical_width(style, &vertical, unit);
    let plot = Area::new(left, top, area.right - labels, bottom);
    let last = lines
        .iter()
        .filter_map(|(_, line)| line.points.last())
        .map(|point| tail(point.quantile.get()))
        .fold(1.0, f64::max);
    let horizontal = Scale::new(
        Spread::Linear,
        (tail(FIRST_QUANTILE), last),
        (plot.left, plot.right),
    );
    axis::vertical(canvas, style, plot, &vertical, unit);
    axis::percentiles(canvas, style, plot, &horizontal);
    for (phase, line) in &lines {
        paint_band(canvas, phase, line, &horizontal, &vertical);
    }
    let ends = lines
        .iter()
        .map(|(phase, line)| paint_line(scene, canvas, phase, line, (&horizontal, &vertical)))
        .collect();
    let column = (plot.right, area.right);
    line_labels::paint(canvas, style, ends, column, (plot.top, plot.bottom));
}

fn value_range(lines: &[(&Phase, &PhaseSpectrum)]) -> (f64, f64) {
    let points = || {
        lines
            .iter()
            .flat_map(|(_, line)| &line.points)
            .filter(|point| point.quantile.get() >= FIRST_QUANTILE)
    };
    let low = points()
        .map(|point| point.lowest_seconds.get())
        .filter(|value| *value > 0.0)
        .fold(f64::INFINITY, f64::min);
    let high = points()
        .map(|point| point.highest_seconds.get())
        .fold(0.0, f64::max);
    if low.is_finite() && high > low {
        (low * 0.92, high * 1.05)
    } else {
        (1e-4, 1e-2)
    }
}

/// The range over rounds.
fn paint_band(
    canvas: &mut Canvas<'_>,
    phase: &Phase,
    line: &PhaseSpectrum,
    horizontal: &Scale,
    vertical: &Scale,
) {
    let points = || {
        line.points
            .iter()
            .filter(|point| point.quantile.get() >= FIRST_QUANTILE)
    };
    let x = |quantile: f64| horizontal.at(tail(quantile));
    let upper = points().map(|point| {
        (
            x(point.quantile.get()),
            vertical.held(point.highest_seconds.get()),
        )
    });
    let lower: Vec<(f64, f64)> = points()
        .map(|point| {
            (
                x(point.quantile.get()),
                vertical.held(point.lowest_seconds.get()),
            )
        })
        .collect();
    let outline: Vec<(f64, f64)> = upper.chain(lower.into_iter().rev()).collect();
    canvas.polygon(&outline, ink_of(phase), 0.16);
}

fn paint_line<'a>(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    phase: &'a Phase,
    line: &PhaseSpectrum,
    (horizontal, vertical): (&Scale, &Scale),
) -> LineLabel<'a> {
    let points: Vec<(f64, f64)> = line
        .points
        .iter()
        .filter(|point| point.quantile.get() >= FIRST_QUANTILE)
        .map(|point| {
            (
                horizontal.at(tail(point.quantile.get())),
                vertical.held(point.median_seconds.get()),
            )
        })
        .collect();
    canvas.polyline(&points, ink_of(phase), scene.style.hair * 2.2, 1.0);
    LineLabel {
        phase,
        end: points.last().copied().unwrap_or_default(),
    }
}

fn describe(scene: &Scene<'_>) -> String {
    let unit = scene.numbers.latency;
    let ends: Vec<String> = lines(scene)
        .iter()
        .filter_map(|(phase, line)| {
            let point = line.points.last()?;
            let quantile = fixed_text(100.0 * point.quantile.get(), 3);
            let value = fixed_text(unit.scale(point.median_seconds.get()), 2);
            Some(format!(
                "{} reaches {value} {} at {quantile} %.",
                phase.title,
                unit.symbol()
            ))
        })
        .collect();
    format!(
        "Latency against the percentile: median over rounds with the range over rounds. {}",
        ends.join(" ")
    )
}
