//! The paired difference of each round: would I get it again?

use super::Chart;
use super::axis;
use super::canvas::{Anchor, Area, Canvas};
use super::layout::Scene;
use super::line_labels::{self, LineLabel, ink_of, labels_width};
use super::marker::marker;
use super::palette::Ink;
use super::scale::{Scale, Spread};
use crate::model::{Overhead, Phase, ReportModel, RoundDifference, Statistic};
use crate::numbers::ends;

pub(super) const CHART: Chart = Chart {
    height: |scene, width| {
        let panel = scene.style.label * 17.0;
        if is_beside(scene, width) {
            panel
        } else {
            panel * panels(scene.model).len() as f64
        }
    },
    paint,
    title: |model| model.findings.rounds.clone(),
    description: |scene| {
        format!(
            "The difference from the baseline in each of {} rounds, and the mean with its interval.",
            scene.model.run.rounds
        )
    },
};

/// Whether there are differences of rounds to show.
pub(super) fn is_available(model: &ReportModel) -> bool {
    !panels(model).is_empty()
}

fn panels(model: &ReportModel) -> Vec<Statistic> {
    Statistic::PRIMARY
        .into_iter()
        .filter(|statistic| {
            model
                .treatments()
                .any(|phase| !differences(model, phase, *statistic).is_empty())
        })
        .collect()
}

fn differences<'a>(
    model: &'a ReportModel,
    phase: &Phase,
    statistic: Statistic,
) -> &'a [RoundDifference] {
    model
        .overhead(&phase.id, statistic)
        .and_then(|overhead| overhead.estimate.value())
        .map_or(&[], |estimate| &estimate.round_differences)
}

/// The first and the last round that has a difference; a dropped round keeps its number.
fn span(model: &ReportModel) -> (u32, u32) {
    let rounds = || {
        panels(model).into_iter().flat_map(|statistic| {
            model
                .treatments()
                .flat_map(move |phase| differences(model, phase, statistic))
                .map(|difference| difference.round)
        })
    };
    (rounds().min().unwrap_or(1), rounds().max().unwrap_or(1))
}

fn is_beside(scene: &Scene<'_>, width: f64) -> bool {
    width > scene.style.label * 50.0
}

fn paint(scene: &Scene<'_>, canvas: &mut Canvas<'_>, area: Area) {
    let panels = panels(scene.model);
    let count = panels.len().max(1) as f64;
    let gap = scene.style.label * 2.0;
    for (index, statistic) in panels.iter().enumerate() {
        let index = index as f64;
        let panel = if is_beside(scene, area.width()) {
            let width = (area.width() - gap * (count - 1.0)) / count;
            let left = area.left + (width + gap) * index;
            Area::new(left, area.top, left + width, area.bottom)
        } else {
            let height = area.height() / count;
            let top = area.top + height * index;
            Area::new(area.left, top, area.right, top + height - gap * 0.3)
        };
        paint_panel(scene, canvas, panel, *statistic);
    }
}

fn paint_panel(scene: &Scene<'_>, canvas: &mut Canvas<'_>, panel: Area, statistic: Statistic) {
    let style = &scene.style;
    let unit = scene.numbers.overhead;
    let head = (panel.left, panel.top + style.label);
    canvas.text(
        &format!("Added to {}", statistic.in_sentence()),
        head,
        style.head(Anchor::Start),
    );
    let (top, bottom) = (
        panel.top + style.label * 2.3,
        panel.bottom - style.tick * 2.2,
    );
    let range = value_range(scene.model, statistic);
    let vertical = Scale::new(Spread::Linear, range, (bottom, top));
    let labels = labels_width(style, scene.model.treatments(), panel.width() * 0.45);
    let left = panel.left + axis::vertical_width(style, &vertical, unit);
    let plot = Area::new(left, top, panel.right - labels, bottom);
    axis::vertical(canvas, style, plot, &vertical, unit);
    // The last place on the axis is the mean's.
    let means = plot.right - style.label * 1.8;
    let (first, last) = span(scene.model);
    let rounds = Scale::new(
        Spread::Linear,
        (f64::from(first), f64::from(last.max(first + 1))),
        (plot.left + style.label, means - style.label * 3.0),
    );
    paint_rounds_axis(scene, canvas, plot, &rounds, means);
    let overheads: Vec<(&Phase, &Overhead)> = scene
        .model
        .treatments()
        .filter_map(|phase| Some((phase, scene.model.overhead(&phase.id, statistic)?)))
        .collect();
    let count = overheads.len().max(1) as f64;
    let mut ends = Vec::new();
    for (index, (phase, overhead)) in overheads.into_iter().enumerate() {
        paint_differences(scene, canvas, (&rounds, &vertical), phase, statistic);
        // Means stand side by side, so that their intervals do not hide each other.
        let x = means + style.label * 0.75 * (index as f64 - (count - 1.0) / 2.0);
        ends.extend(paint_mean(scene, canvas, (x, &vertical), phase, overhead));
    }
    line_labels::paint(
        canvas,
        style,
        ends,
        (plot.right, panel.right),
        (top, bottom),
    );
}

fn paint_rounds_axis(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    plot: Area,
    rounds: &Scale,
    means: f64,
) {
    let style = &scene.style;
    let baseline = plot.bottom + style.tick * 1.6;
    let (first, last) = span(scene.model);
    let step = ((last - first + 1) / 6).max(1);
    let before = (plot.left - style.tick * 0.2, baseline);
    canvas.text("round", before, style.note(Anchor::End));
    for round in (first..=last).step_by(step as usize) {
        let at = (rounds.at(f64::from(round)), baseline);
        canvas.text(&round.to_string(), at, style.note(Anchor::Middle));
    }
    canvas.text("mean", (means, baseline), style.note(Anchor::Middle));
}

fn value_range(model: &ReportModel, statistic: Statistic) -> (f64, f64) {
    let mut points = vec![0.0];
    let mut intervals = Vec::new();
    for phase in model.treatments() {
        let rounds = differences(model, phase, statistic).iter();
        points.extend(rounds.map(|difference| difference.effect.absolute_seconds.get()));
        let overhead = model.overhead(&phase.id, statistic);
        if let Some(interval) = overhead.and_then(Overhead::interval) {
            intervals.push(ends(&interval.absolute_seconds));
        }
    }
    let low = points.iter().copied().fold(0.0, f64::min);
    let high = points.iter().copied().fold(0.0, f64::max);
    let reach = 0.6 * (high - low);
    let lowest = intervals.iter().map(|ends| ends.0).fold(low, f64::min);
    let highest = intervals.iter().map(|ends| ends.1).fold(high, f64::max);
    (lowest.max(low - reach), highest.min(high + reach))
}

fn paint_differences(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    (rounds, vertical): (&Scale, &Scale),
    phase: &Phase,
    statistic: Statistic,
) {
    let points: Vec<(f64, f64)> = differences(scene.model, phase, statistic)
        .iter()
        .map(|difference| {
            let value = difference.effect.absolute_seconds.get();
            (rounds.at(f64::from(difference.round)), vertical.held(value))
        })
        .collect();
    if points.len() > 1 {
        canvas.polyline(&points, ink_of(phase), scene.style.hair * 1.2, 0.7);
    }
    for point in points {
        marker(
            canvas,
            point,
            scene.style.marker * 0.85,
            phase.colour,
            ink_of(phase),
        );
    }
}

fn paint_mean<'a>(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    (x, vertical): (f64, &Scale),
    phase: &'a Phase,
    overhead: &Overhead,
) -> Option<LineLabel<'a>> {
    let style = &scene.style;
    let y = vertical.held(overhead.point()?.absolute_seconds.get());
    let ink = ink_of(phase);
    if let Some(interval) = overhead.interval() {
        let (lower, upper) = ends(&interval.absolute_seconds);
        let half = style.label * 0.2;
        let bar = Area::new(
            x - half,
            vertical.held(upper),
            x + half,
            vertical.held(lower),
        );
        canvas.fill(bar, ink, 0.5);
    }
    let tick = style.label * 0.34;
    canvas.line((x - tick, y), (x + tick, y), Ink::Text, style.hair * 2.0);
    Some(LineLabel {
        phase,
        end: (x + tick, y),
    })
}
