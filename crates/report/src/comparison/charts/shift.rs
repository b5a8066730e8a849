//! The change of the overhead at each percentile.

use crate::charts::shift::paint_lines;
use crate::charts::{Chart, Scene};
use crate::comparison::model::ComparisonModel;
use crate::model::{Phase, ShiftFunction};

pub(super) const CHART: Chart<ComparisonModel> = Chart {
    height: |scene, width| scene.flexible_height(width, 0.45),
    paint: |scene, canvas, area| paint_lines(scene, canvas, area, &lines(scene)),
    title: |model| model.headings.shift.clone(),
    description: |scene| {
        format!(
            "Change of the overhead against the percentile for {} phases, with pointwise intervals.",
            lines(scene).len()
        )
    },
};

fn lines<'a>(scene: &Scene<'a, ComparisonModel>) -> Vec<(&'a Phase, &'a ShiftFunction)> {
    let model = scene.model;
    model
        .treatments()
        .filter_map(|phase| {
            let shift = model.shifts.iter().find(|shift| shift.phase == phase.id)?;
            (shift.points.len() > 1).then_some((phase, shift))
        })
        .collect()
}
