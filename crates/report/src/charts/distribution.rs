//! Distributions one above the other: buckets of equal log width, so the histogram is the density.

use super::Chart;
use super::axis;
use super::canvas::{Anchor, Area, Canvas, Weight};
use super::layout::{Scene, Style};
use super::line_labels::{ink_of, text_ink};
use super::marker::marker;
use super::palette::Ink;
use super::scale::{Scale, Spread};
use super::text_width::{fit_phase, text_width};
use crate::model::{DensityBucket, Phase, PhaseDensity, Statistic};

pub(super) const CHART: Chart = Chart {
    height,
    paint,
    title: |model| model.findings.distribution.clone(),
    description: |scene| {
        format!(
            "Distributions of latency of {} phases on a logarithmic axis, cut at 0.05 and 99.9 %.",
            rows(scene).len()
        )
    },
};

/// The height of the densest bucket in parts of a row; above it is room for the names of percentiles.
const DENSEST: f64 = 0.72;
/// The parts of the distributions that are shown.
const SHOWN: (f64, f64) = (0.000_5, 0.999);

fn rows<'a>(scene: &Scene<'a>) -> Vec<(&'a Phase, &'a PhaseDensity)> {
    scene
        .model
        .phases
        .iter()
        .filter_map(|phase| {
            let density = scene
                .model
                .densities
                .iter()
                .find(|row| row.phase == phase.id)?;
            (!density.buckets.is_empty()).then_some((phase, density))
        })
        .collect()
}

fn is_stacked(scene: &Scene<'_>, width: f64) -> bool {
    width < scene.style.label * 40.0
}

fn height(scene: &Scene<'_>, width: f64) -> f64 {
    let row = scene.style.label * if is_stacked(scene, width) { 5.4 } else { 4.4 };
    row * rows(scene).len() as f64 + scene.style.tick * 3.0
}

fn paint(scene: &Scene<'_>, canvas: &mut Canvas<'_>, area: Area) {
    let rows = rows(scene);
    let style = &scene.style;
    let stacked = is_stacked(scene, area.width());
    let labels = if stacked {
        0.0
    } else {
        rows.iter()
            .map(|(phase, _)| text_width(&phase.title, style.label, Weight::Regular))
            .fold(0.0, f64::max)
            .min(area.width() * 0.3)
            + style.label * 2.2
    };
    let plot = Area::new(
        area.left + labels,
        area.top,
        area.right - style.label * 1.5,
        area.bottom - style.tick * 2.0,
    );
    let scale = Scale::new(
        Spread::Logarithmic,
        shown_range(rows.iter().map(|(_, density)| *density)),
        (plot.left, plot.right),
    );
    axis::horizontal(canvas, style, plot, &scale, scene.numbers.latency);
    let row_height = plot.height() / rows.len().max(1) as f64;
    let tallest = rows
        .iter()
        .flat_map(|(_, density)| &density.buckets)
        .map(|bucket| bucket.share.get())
        .fold(0.0, f64::max);
    for (index, (phase, density)) in rows.iter().enumerate() {
        let bottom = plot.top + row_height * (index + 1) as f64;
        let head = if stacked {
            style.label * 1.5
        } else {
            style.label * 0.3
        };
        let row = Area::new(plot.left, bottom - row_height + head, plot.right, bottom);
        paint_row(scene, canvas, row, &scale, tallest, phase, density);
        let text_y = if stacked {
            row.top - style.label * 0.3
        } else {
            bottom - style.label * 0.4
        };
        paint_label(style, canvas, area, text_y, plot, phase, stacked);
    }
}

/// The marker and title of a row.
pub(crate) fn paint_label(
    style: &Style,
    canvas: &mut Canvas<'_>,
    area: Area,
    y: f64,
    plot: Area,
    phase: &Phase,
    stacked: bool,
) {
    let at = (area.left + style.label * 0.6, y - style.label * 0.35);
    marker(canvas, at, style.marker, phase.colour, ink_of(phase));
    let left = area.left + style.label * 1.4;
    let room = if stacked {
        area.width()
    } else {
        plot.left - left
    };
    let title = fit_phase(phase, style.label, room);
    canvas.text(
        &title,
        (left, y),
        style.lettering(text_ink(phase), Anchor::Start),
    );
}

/// From the first phase's lower end to the last one's upper end.
pub(crate) fn shown_range<'a>(densities: impl Iterator<Item = &'a PhaseDensity>) -> (f64, f64) {
    let mut range = (f64::INFINITY, 0.0_f64);
    for density in densities {
        let mut cumulative = 0.0;
        for bucket in &density.buckets {
            let before = cumulative;
            cumulative += bucket.share.get();
            if cumulative > SHOWN.0 && before < SHOWN.1 {
                range.0 = range.0.min(bucket.lower_seconds.get());
                range.1 = range.1.max(bucket.upper_seconds.get());
            }
        }
    }
    if range.0.is_finite() && range.0 > 0.0 && range.1 > range.0 {
        range
    } else {
        (1e-4, 1.0)
    }
}

fn paint_row(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    row: Area,
    scale: &Scale,
    tallest: f64,
    phase: &Phase,
    density: &PhaseDensity,
) {
    let style = &scene.style;
    let steps = outline(&density.buckets, row, scale, tallest);
    if steps.len() > 2 {
        canvas.polygon(&steps, ink_of(phase), 0.28);
        canvas.polyline(&steps, ink_of(phase), style.hair * 1.3, 1.0);
    }
    canvas.line(
        (row.left, row.bottom),
        (row.right, row.bottom),
        Ink::Grid,
        style.hair,
    );
    paint_median(scene, canvas, row, scale, phase);
}

/// The outline of a histogram that stands on the bottom of a row, its densest bucket `tallest` in share.
pub(crate) fn outline(
    buckets: &[DensityBucket],
    row: Area,
    scale: &Scale,
    tallest: f64,
) -> Vec<(f64, f64)> {
    let height_of = |share: f64| row.bottom - share / tallest.max(1e-12) * row.height() * DENSEST;
    let mut steps = Vec::new();
    let mut previous_upper = None;
    for bucket in buckets {
        let (lower, upper) = (bucket.lower_seconds.get(), bucket.upper_seconds.get());
        if lower < scale.values().0 * 0.999 || upper > scale.values().1 * 1.001 {
            continue;
        }
        let has_gap = previous_upper.is_none_or(|edge: f64| (lower / edge - 1.0).abs() > 1e-6);
        if has_gap {
            if let Some(edge) = previous_upper {
                steps.push((scale.at(edge), row.bottom));
            }
            steps.push((scale.at(lower), row.bottom));
        }
        let y = height_of(bucket.share.get());
        steps.push((scale.at(lower), y));
        steps.push((scale.at(upper), y));
        previous_upper = Some(upper);
    }
    if let Some(edge) = previous_upper {
        steps.push((scale.at(edge), row.bottom));
    }
    steps
}

fn paint_median(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    row: Area,
    scale: &Scale,
    phase: &Phase,
) {
    let style = &scene.style;
    for (statistic, name) in [(Statistic::P50, "p50"), (Statistic::P99, "p99")] {
        let value = scene
            .model
            .absolute(&phase.id, statistic)
            .and_then(|absolute| absolute.value.value());
        let Some(value) = value.filter(|value| scale.contains(value.point_seconds.get())) else {
            continue;
        };
        let x = scale.at(value.point_seconds.get());
        let top = row.top + row.height() * 0.08;
        canvas.line((x, top), (x, row.bottom), Ink::Text, style.hair * 1.2);
        canvas.text(
            name,
            (x + style.tick * 0.3, top + style.tick * 0.8),
            style.note(Anchor::Start),
        );
    }
}
