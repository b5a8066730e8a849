//! Latency at each percentile before and after, one small picture a phase, all on the same axes.

use crate::charts::axis;
use crate::charts::canvas::{Anchor, Area, Canvas};
use crate::charts::line_labels::{ink_of, text_ink};
use crate::charts::marker::marker;
use crate::charts::palette::Ink;
use crate::charts::scale::{Scale, Spread, tail};
use crate::charts::text_width::fit_phase;
use crate::charts::{Chart, Scene};
use crate::comparison::model::ComparisonModel;
use crate::model::{Phase, PhaseSpectrum, SpectrumPoint};

pub(super) const CHART: Chart<ComparisonModel> = Chart {
    height: |scene, width| {
        let panels = rows(scene).len();
        panels.div_ceil(columns(scene, width)) as f64 * scene.style.label * 13.0
    },
    paint,
    title: |_| "Latency at each percentile: dashed before, solid after".to_owned(),
    description: |scene| {
        format!(
            "Latency against the percentile before and after, one picture for each of {} phases on the same axes.",
            rows(scene).len()
        )
    },
};

/// Below this quantile there is little to see.
const FIRST_QUANTILE: f64 = 0.05;

/// A phase with its spectra before and after.
type Row<'a> = (&'a Phase, &'a PhaseSpectrum, &'a PhaseSpectrum);

fn rows<'a>(scene: &Scene<'a, ComparisonModel>) -> Vec<Row<'a>> {
    let spectra = &scene.model.spectra;
    let of = |side: &'a [PhaseSpectrum], phase: &Phase| {
        let found = side.iter().find(|spectrum| spectrum.phase == phase.id);
        found.filter(|spectrum| spectrum.points.len() > 1)
    };
    let phases = scene.model.phases.iter();
    phases
        .filter_map(|phase| {
            Some((
                phase,
                of(&spectra.before, phase)?,
                of(&spectra.after, phase)?,
            ))
        })
        .collect()
}

fn columns(scene: &Scene<'_, ComparisonModel>, width: f64) -> usize {
    match width / scene.style.label {
        letters if letters > 55.0 => 3,
        letters if letters > 32.0 => 2,
        _ => 1,
    }
}

fn shown(line: &PhaseSpectrum) -> impl Iterator<Item = &SpectrumPoint> {
    let points = line.points.iter();
    points.filter(|point| point.quantile.get() >= FIRST_QUANTILE)
}

fn paint(scene: &Scene<'_, ComparisonModel>, canvas: &mut Canvas<'_>, area: Area) {
    let rows = rows(scene);
    let columns = columns(scene, area.width());
    let (width, height) = (
        area.width() / columns as f64,
        area.height() / rows.len().div_ceil(columns).max(1) as f64,
    );
    let values = value_range(&rows);
    for (index, row) in rows.iter().enumerate() {
        let (column, line) = ((index % columns) as f64, (index / columns) as f64);
        let (left, top) = (area.left + width * column, area.top + height * line);
        let place = Area::new(left, top, left + width, top + height);
        paint_panel(scene, canvas, place, values, *row);
    }
}

fn value_range(rows: &[Row<'_>]) -> (f64, f64) {
    let points = || {
        rows.iter()
            .flat_map(|(_, before, after)| shown(before).chain(shown(after)))
    };
    let low = points()
        .map(|point| point.median_seconds.get())
        .filter(|value| *value > 0.0)
        .fold(f64::INFINITY, f64::min);
    let high = points()
        .map(|point| point.median_seconds.get())
        .fold(0.0, f64::max);
    if low.is_finite() && high > low {
        (low * 0.9, high * 1.1)
    } else {
        (1e-4, 1e-2)
    }
}

fn paint_panel(
    scene: &Scene<'_, ComparisonModel>,
    canvas: &mut Canvas<'_>,
    place: Area,
    values: (f64, f64),
    (phase, before, after): Row<'_>,
) {
    let style = &scene.style;
    let unit = scene.numbers.latency;
    let head = place.top + style.label * 1.2;
    let at = (place.left + style.label * 0.6, head - style.label * 0.35);
    marker(canvas, at, style.marker, phase.colour, ink_of(phase));
    let title = fit_phase(phase, style.label, place.width() - style.label * 2.5);
    let lettering = style.lettering(text_ink(phase), Anchor::Start);
    canvas.text(&title, (place.left + style.label * 1.4, head), lettering);

    let (top, bottom) = (head + style.label, place.bottom - style.tick * 2.4);
    let vertical = Scale::new(Spread::Logarithmic, values, (bottom, top));
    let left = place.left + axis::vertical_width(style, &vertical, unit);
    let plot = Area::new(left, top, place.right - style.label * 1.5, bottom);
    let last = shown(before)
        .chain(shown(after))
        .map(|point| tail(point.quantile.get()))
        .fold(1.0, f64::max);
    let ends = (plot.left, plot.right);
    let horizontal = Scale::new(Spread::Linear, (tail(FIRST_QUANTILE), last), ends);
    axis::vertical(canvas, style, plot, &vertical, unit);
    axis::percentiles(canvas, style, plot, &horizontal);
    let at = |point: &SpectrumPoint, value: f64| {
        let x = horizontal.at(tail(point.quantile.get()));
        (x, vertical.held(value))
    };
    let upper = shown(after).map(|point| at(point, point.highest_seconds.get()));
    let lower: Vec<_> = shown(after)
        .map(|point| at(point, point.lowest_seconds.get()))
        .collect();
    let band: Vec<_> = upper.chain(lower.into_iter().rev()).collect();
    canvas.polygon(&band, ink_of(phase), 0.16);
    let median = |line: &PhaseSpectrum| -> Vec<(f64, f64)> {
        shown(line)
            .map(|point| at(point, point.median_seconds.get()))
            .collect()
    };
    canvas.polyline(&median(after), ink_of(phase), style.hair * 2.2, 1.0);
    canvas.dashed(&median(before), Ink::Text, style.hair * 1.6);
}
