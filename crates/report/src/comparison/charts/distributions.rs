//! The distribution of each phase before and after, one over the other.

use crate::charts::axis;
use crate::charts::canvas::{Area, Canvas};
use crate::charts::distribution::{outline, paint_label, shown_range};
use crate::charts::line_labels::ink_of;
use crate::charts::palette::Ink;
use crate::charts::scale::{Scale, Spread};
use crate::charts::text_width::text_width;
use crate::charts::{Chart, Scene, Weight};
use crate::comparison::model::ComparisonModel;
use crate::model::{Phase, PhaseDensity};

pub(super) const CHART: Chart<ComparisonModel> = Chart {
    height: |scene, width| {
        let row = scene.style.label * if is_stacked(scene, width) { 5.4 } else { 4.4 };
        row * rows(scene).len() as f64 + scene.style.tick * 3.0
    },
    paint,
    title: |_| "Latency before (outline) and after (filled)".to_owned(),
    description: |scene| {
        format!(
            "Distributions of latency of {} phases before and after on a logarithmic axis, cut at 0.05 and 99.9 %.",
            rows(scene).len()
        )
    },
};

/// A phase with its distributions before and after.
type Row<'a> = (&'a Phase, &'a PhaseDensity, &'a PhaseDensity);

fn rows<'a>(scene: &Scene<'a, ComparisonModel>) -> Vec<Row<'a>> {
    let densities = &scene.model.densities;
    let of = |side: &'a [PhaseDensity], phase: &Phase| {
        let found = side.iter().find(|density| density.phase == phase.id);
        found.filter(|density| !density.buckets.is_empty())
    };
    let phases = scene.model.phases.iter();
    phases
        .filter_map(|phase| {
            Some((
                phase,
                of(&densities.before, phase)?,
                of(&densities.after, phase)?,
            ))
        })
        .collect()
}

fn is_stacked(scene: &Scene<'_, ComparisonModel>, width: f64) -> bool {
    width < scene.style.label * 40.0
}

fn paint(scene: &Scene<'_, ComparisonModel>, canvas: &mut Canvas<'_>, area: Area) {
    let rows = rows(scene);
    let style = &scene.style;
    let stacked = is_stacked(scene, area.width());
    let widest = rows
        .iter()
        .map(|(phase, _, _)| text_width(&phase.title, style.label, Weight::Regular))
        .fold(0.0, f64::max);
    let labels = if stacked {
        0.0
    } else {
        widest.min(area.width() * 0.3) + style.label * 2.2
    };
    let plot = Area::new(
        area.left + labels,
        area.top,
        area.right - style.label * 1.5,
        area.bottom - style.tick * 2.0,
    );
    let all = || rows.iter().flat_map(|(_, before, after)| [*before, *after]);
    let scale = Scale::new(
        Spread::Logarithmic,
        shown_range(all()),
        (plot.left, plot.right),
    );
    axis::horizontal(canvas, style, plot, &scale, scene.numbers.latency);
    let row_height = plot.height() / rows.len().max(1) as f64;
    let tallest = all()
        .flat_map(|density| &density.buckets)
        .map(|bucket| bucket.share.get())
        .fold(0.0, f64::max);
    let head = style.label * if stacked { 1.5 } else { 0.3 };
    for (index, row) in rows.iter().enumerate() {
        let bottom = plot.top + row_height * (index + 1) as f64;
        let place = Area::new(plot.left, bottom - row_height + head, plot.right, bottom);
        paint_row(scene, canvas, place, &scale, tallest, *row);
        let text_y = if stacked {
            place.top - style.label * 0.3
        } else {
            bottom - style.label * 0.4
        };
        paint_label(style, canvas, area, text_y, plot, row.0, stacked);
    }
}

fn paint_row(
    scene: &Scene<'_, ComparisonModel>,
    canvas: &mut Canvas<'_>,
    place: Area,
    scale: &Scale,
    tallest: f64,
    (phase, before, after): Row<'_>,
) {
    let hair = scene.style.hair;
    let steps = outline(&after.buckets, place, scale, tallest);
    if steps.len() > 2 {
        canvas.polygon(&steps, ink_of(phase), 0.40);
    }
    let steps = outline(&before.buckets, place, scale, tallest);
    if steps.len() > 2 {
        canvas.polyline(&steps, Ink::Text, hair * 1.5, 1.0);
    }
    let (left, right) = ((place.left, place.bottom), (place.right, place.bottom));
    canvas.line(left, right, Ink::Grid, hair);
}
