//! Cost against latency: which mode do I pick?

use super::Chart;
use super::axis;
use super::canvas::{Anchor, Area, Canvas, Weight};
use super::layout::Scene;
use super::line_labels::{ink_of, text_ink};
use super::marker::marker;
use super::palette::Ink;
use super::scale::{Scale, Spread};
use super::text_width::text_width;
use crate::model::{Overhead, Phase, ReportModel, ResourceMetric, Statistic};
use crate::numbers::ends;

pub(super) const CHART: Chart = Chart {
    height: |scene, width| scene.flexible_height(width, 0.55),
    paint,
    title: |model| model.findings.cost.clone(),
    description: |scene| {
        format!(
            "Added CPU time for 1,000 requests against latency added to p99, {} phases; the baseline is at zero.",
            points(scene.model).len()
        )
    },
};

/// A phase on the map, with the ends of its intervals.
struct Point<'a> {
    phase: &'a Phase,
    cpu: f64,
    cpu_ends: Option<(f64, f64)>,
    latency: f64,
    latency_ends: Option<(f64, f64)>,
}

/// Whether there is a phase with both numbers.
pub(super) fn is_available(model: &ReportModel) -> bool {
    !points(model).is_empty()
}

fn points(model: &ReportModel) -> Vec<Point<'_>> {
    let metric = ResourceMetric::CpuPerThousandRequests;
    model
        .treatments()
        .filter_map(|phase| {
            let overhead = model.overhead(&phase.id, Statistic::P99)?;
            let difference = model.resource_difference(&phase.id, metric)?;
            let cpu = difference.difference.value()?;
            Some(Point {
                phase,
                cpu: cpu.point(),
                cpu_ends: cpu.ends(),
                latency: overhead.point()?.absolute_seconds.get(),
                latency_ends: Overhead::interval(overhead)
                    .map(|interval| ends(&interval.absolute_seconds)),
            })
        })
        .collect()
}

fn paint(scene: &Scene<'_>, canvas: &mut Canvas<'_>, area: Area) {
    let style = &scene.style;
    let points = points(scene.model);
    let (cpu_unit, latency_unit) = (scene.numbers.cpu, scene.numbers.overhead);
    let range = |value: fn(&Point<'_>) -> f64, interval: fn(&Point<'_>) -> Option<(f64, f64)>| {
        let (low, high) = points
            .iter()
            .map(value)
            .fold((0.0, 0.0), |(low, high): (f64, f64), one| {
                (low.min(one), high.max(one))
            });
        let reach = 0.5 * (high - low);
        let (lowest, highest) = points
            .iter()
            .filter_map(interval)
            .fold((low, high), |sofar, ends| {
                (f64::min(sofar.0, ends.0), f64::max(sofar.1, ends.1))
            });
        let (low, high) = (lowest.max(low - reach), highest.min(high + reach));
        (low - 0.03 * (high - low), high + 0.03 * (high - low))
    };
    let top = area.top + style.label * 1.8;
    let bottom = area.bottom - style.tick * 3.6;
    let vertical = Scale::new(
        Spread::Linear,
        range(|point| point.latency, |point| point.latency_ends),
        (bottom, top),
    );
    let left = area.left + axis::vertical_width(style, &vertical, latency_unit);
    let plot = Area::new(left, top, area.right - style.label * 2.0, bottom);
    let horizontal = Scale::new(
        Spread::Linear,
        range(|point| point.cpu, |point| point.cpu_ends),
        (plot.left, plot.right),
    );
    axis::vertical(canvas, style, plot, &vertical, latency_unit);
    axis::horizontal(canvas, style, plot, &horizontal, cpu_unit);
    canvas.text(
        "Added to p99",
        (area.left, area.top + style.label),
        style.head(Anchor::Start),
    );
    let below = (plot.right, area.bottom - style.tick * 0.5);
    canvas.text(
        "added CPU time for 1,000 requests →",
        below,
        style.note(Anchor::End),
    );
    for point in &points {
        paint_cross(scene, canvas, point, &horizontal, &vertical);
    }
    let origin = (horizontal.at(0.0), vertical.at(0.0));
    if let Some(baseline) = scene.model.baseline() {
        marker(
            canvas,
            origin,
            style.marker,
            baseline.colour,
            ink_of(baseline),
        );
    }
    paint_labels(scene, canvas, plot, &points, (&horizontal, &vertical));
}

fn paint_cross(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    point: &Point<'_>,
    horizontal: &Scale,
    vertical: &Scale,
) {
    let style = &scene.style;
    let ink = ink_of(point.phase);
    let at = (horizontal.held(point.cpu), vertical.held(point.latency));
    for bar in bars(scene, point, horizontal, vertical) {
        canvas.fill(bar, ink, 0.5);
    }
    marker(canvas, at, style.marker, point.phase.colour, ink);
}

/// The intervals of a point.
fn bars(scene: &Scene<'_>, point: &Point<'_>, horizontal: &Scale, vertical: &Scale) -> Vec<Area> {
    let (x, y) = (horizontal.held(point.cpu), vertical.held(point.latency));
    let half = scene.style.label * 0.16;
    let along = point.cpu_ends.map(|(lower, upper)| {
        Area::new(
            horizontal.held(lower),
            y - half,
            horizontal.held(upper),
            y + half,
        )
    });
    let across = point.latency_ends.map(|(lower, upper)| {
        Area::new(
            x - half,
            vertical.held(upper),
            x + half,
            vertical.held(lower),
        )
    });
    along.into_iter().chain(across).collect()
}

/// Labels stand beside their points where they touch nothing.
fn paint_labels(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    plot: Area,
    points: &[Point<'_>],
    (horizontal, vertical): (&Scale, &Scale),
) {
    let style = &scene.style;
    let mut labels: Vec<(&Phase, (f64, f64))> = points
        .iter()
        .map(|point| {
            let at = (horizontal.held(point.cpu), vertical.held(point.latency));
            (point.phase, at)
        })
        .collect();
    if let Some(baseline) = scene.model.baseline() {
        labels.push((baseline, (horizontal.at(0.0), vertical.at(0.0))));
    }
    labels.sort_by(|one, other| one.1.1.total_cmp(&other.1.1));
    let mut taken: Vec<Area> = labels
        .iter()
        .map(|(_, at)| around(*at, style.label * 0.5))
        .collect();
    for point in points {
        taken.extend(bars(scene, point, horizontal, vertical));
    }
    for (phase, at) in labels {
        let width = text_width(&phase.title, style.label, Weight::Regular);
        let place = best_place(style.label, plot, &taken, at, width);
        taken.push(place);
        let ink = if phase.is_baseline {
            Ink::Muted
        } else {
            text_ink(phase)
        };
        let baseline = place.bottom - style.label * 0.3;
        canvas.text(
            &phase.title,
            (place.left, baseline),
            style.lettering(ink, Anchor::Start),
        );
    }
}

fn around(at: (f64, f64), reach: f64) -> Area {
    Area::new(at.0 - reach, at.1 - reach, at.0 + reach, at.1 + reach)
}

/// The first place around a point that is in the plot and touches nothing that is taken; off the cross, so that bars do not run through letters.
fn best_place(size: f64, plot: Area, taken: &[Area], at: (f64, f64), width: f64) -> Area {
    let (gap, height) = (size * 0.5, size * 1.15);
    let place = |left: f64, top: f64| Area::new(left, top, left + width, top + height);
    let (right, left) = (at.0 + gap, at.0 - gap - width);
    let (above, below) = (at.1 - gap * 0.4 - height, at.1 + gap * 0.4);
    let near = [
        place(right, above),
        place(right, below),
        place(left, above),
        place(left, below),
    ];
    let far = (1..6).flat_map(|step| {
        let shift = f64::from(step) * height;
        [
            place(right, below + shift),
            place(left, above - shift),
            place(right, above - shift),
            place(left, below + shift),
        ]
    });
    let is_free = |area: &Area| {
        area.left >= plot.left
            && area.right <= plot.right + size * 2.0
            && area.bottom <= plot.bottom + size * 0.2
            && !taken.iter().any(|other| touches(area, other))
    };
    near.into_iter().chain(far).find(is_free).unwrap_or(near[0])
}

fn touches(one: &Area, other: &Area) -> bool {
    one.left < other.right
        && other.left < one.right
        && one.top < other.bottom
        && other.top < one.bottom
}
