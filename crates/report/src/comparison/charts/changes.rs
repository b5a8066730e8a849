//! The forest plot of changes.

use super::interval_note;
use crate::charts::forest::{ForestPanel, ForestRow, describe, height, paint};
use crate::charts::{Chart, Scene};
use crate::comparison::model::{
    Change, ChangeMetric, ChangeVerdict, ComparisonModel, DifferenceInterval,
};
use crate::comparison::numbers;
use crate::model::Phase;

/// The statistics that headlines are about.
pub(super) const PRIMARY: Chart<ComparisonModel> = Chart {
    height: |scene, width| height(scene, width, &panels(scene, &ChangeMetric::PRIMARY)),
    paint: |scene, canvas, area| {
        paint(scene, canvas, area, &panels(scene, &ChangeMetric::PRIMARY));
    },
    title: |model| model.headings.changes.clone(),
    description: |scene| description(scene, &ChangeMetric::PRIMARY),
};

/// All statistics of the latency.
pub(super) const ALL: Chart<ComparisonModel> = Chart {
    height: |scene, width| height(scene, width, &panels(scene, &ChangeMetric::ALL[..6])),
    paint: |scene, canvas, area| {
        paint(scene, canvas, area, &panels(scene, &ChangeMetric::ALL[..6]));
    },
    title: |_| "The change at every statistic".to_owned(),
    description: |scene| description(scene, &ChangeMetric::ALL[..6]),
};

/// CPU and memory.
pub(super) const COST: Chart<ComparisonModel> = Chart {
    height: |scene, width| height(scene, width, &panels(scene, &ChangeMetric::ALL[6..])),
    paint: |scene, canvas, area| {
        paint(scene, canvas, area, &panels(scene, &ChangeMetric::ALL[6..]));
    },
    title: |_| "How CPU and memory changed".to_owned(),
    description: |scene| description(scene, &ChangeMetric::ALL[6..]),
};

fn description(scene: &Scene<'_, ComparisonModel>, metrics: &[ChangeMetric]) -> String {
    let note = format!(
        "Forest plot of changes of overheads, {}.",
        interval_note(scene.model)
    );
    describe(&note, &panels(scene, metrics))
}

fn panels<'a>(
    scene: &Scene<'a, ComparisonModel>,
    metrics: &[ChangeMetric],
) -> Vec<ForestPanel<'a>> {
    let panels = metrics.iter().map(|metric| panel(scene, *metric));
    panels
        .filter(|panel| panel.rows.iter().any(|row| row.point.is_some()))
        .collect()
}

fn panel<'a>(scene: &Scene<'a, ComparisonModel>, metric: ChangeMetric) -> ForestPanel<'a> {
    let model = scene.model;
    let changes: Vec<(&Phase, &Change)> = model
        .treatments()
        .filter_map(|phase| Some((phase, model.change(&phase.id, metric)?)))
        .collect();
    // Margins are relative to each phase; the band is the narrowest of them.
    let margin = changes
        .iter()
        .filter_map(|(_, change)| change.estimate.value())
        .map(|estimate| estimate.margin)
        .min_by(|one, other| one.absolute.total_cmp(&other.absolute))
        .map(|margin| {
            let text = numbers::size(scene.numbers, metric, &margin);
            (margin.absolute, text)
        });
    ForestPanel {
        head: match metric {
            ChangeMetric::P50 => "Change of what is added to the median (p50)".to_owned(),
            ChangeMetric::Cpu => "Change of the added CPU per 1,000 requests".to_owned(),
            ChangeMetric::Memory => "Change of the added memory".to_owned(),
            other => format!("Change of what is added to {}", other.in_sentence()),
        },
        label: metric.label(),
        rows: changes
            .into_iter()
            .map(|(phase, change)| row(scene, phase, change))
            .collect(),
        unit: numbers::unit_of(scene.numbers, metric),
        margin,
        noise_floor: None,
    }
}

fn row<'a>(scene: &Scene<'_, ComparisonModel>, phase: &'a Phase, change: &Change) -> ForestRow<'a> {
    let text = numbers::absolute(scene.numbers, change);
    let words = change.verdict.words();
    let (value, bracket) = match &text {
        None => (
            ChangeVerdict::NotComparable.words().to_owned(),
            String::new(),
        ),
        Some(text) => (text.value_with_unit(), text.bracket().unwrap_or_default()),
    };
    let simultaneous = change
        .estimate
        .value()
        .and_then(|estimate| estimate.simultaneous_interval);
    ForestRow {
        phase,
        value,
        bracket,
        number: text.map(|text| text.to_string()),
        words,
        point: change.point().map(|point| point.absolute),
        interval: change.interval().map(DifferenceInterval::absolute),
        simultaneous: simultaneous.as_ref().map(DifferenceInterval::absolute),
    }
}
