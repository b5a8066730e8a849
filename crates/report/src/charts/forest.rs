//! The forest plot: overheads with intervals, the band of no practical effect and the noise floor.

mod columns;
mod keys;
mod panel;

pub(crate) use panel::{ForestPanel, ForestRow, clipped_range, describe, height, paint, paint_bar};

use super::Chart;
use super::layout::Scene;
use super::small_print::interval_note;
use crate::model::{Overhead, Phase, ReportModel, Statistic, Verdict};

/// The statistics that verdicts in headlines are about.
pub(super) const PRIMARY: Chart = Chart {
    height: |scene, width| height(scene, width, &panels(scene, &primary(scene.model))),
    paint: |scene, canvas, area| {
        paint(scene, canvas, area, &panels(scene, &primary(scene.model)));
    },
    title: |model| model.findings.overheads.clone(),
    description: |scene| description(scene, &primary(scene.model)),
};

/// All statistics that any phase has a number of; why the others have none is in the table of them.
pub(super) const ALL: Chart = Chart {
    height: |scene, width| height(scene, width, &panels(scene, &estimated(scene.model))),
    paint: |scene, canvas, area| {
        paint(scene, canvas, area, &panels(scene, &estimated(scene.model)));
    },
    title: |_| "Overhead at every statistic".to_owned(),
    description: |scene| description(scene, &estimated(scene.model)),
};

fn estimated(model: &ReportModel) -> Vec<Statistic> {
    let mut statistics = model.statistics();
    statistics.retain(|statistic| {
        let mut treatments = model.treatments();
        treatments.any(|phase| {
            let overhead = model.overhead(&phase.id, *statistic);
            overhead.is_some_and(|overhead| overhead.point().is_some())
        })
    });
    statistics
}

fn primary(model: &ReportModel) -> Vec<Statistic> {
    let statistics = model.statistics();
    Statistic::PRIMARY
        .into_iter()
        .filter(|statistic| statistics.contains(statistic))
        .collect()
}

fn description(scene: &Scene<'_>, statistics: &[Statistic]) -> String {
    let note = format!("Forest plot of overheads, {}.", interval_note(scene.model));
    describe(&note, &panels(scene, statistics))
}

fn panels<'a>(scene: &Scene<'a>, statistics: &[Statistic]) -> Vec<ForestPanel<'a>> {
    statistics
        .iter()
        .map(|statistic| panel(scene, *statistic))
        .collect()
}

fn panel<'a>(scene: &Scene<'a>, statistic: Statistic) -> ForestPanel<'a> {
    let overheads: Vec<(&Phase, &Overhead)> = scene
        .model
        .treatments()
        .filter_map(|phase| Some((phase, scene.model.overhead(&phase.id, statistic)?)))
        .collect();
    let margin = overheads.first().map(|(_, overhead)| {
        let size = overhead.margin.effect.absolute_seconds.get();
        (size, scene.numbers.margin(&overhead.margin))
    });
    let noise_floor = scene.model.noise_floor(statistic).map(|floor| {
        let size = floor.largest.absolute_seconds.get();
        (size, scene.numbers.noise_floor(floor))
    });
    ForestPanel {
        head: match statistic {
            Statistic::P50 => "Added to the median (p50)".to_owned(),
            other => format!("Added to {}", other.in_sentence()),
        },
        label: statistic.label(),
        rows: overheads
            .into_iter()
            .map(|(phase, overhead)| row(scene, phase, overhead))
            .collect(),
        unit: scene.numbers.overhead,
        margin,
        noise_floor,
    }
}

fn row<'a>(scene: &Scene<'_>, phase: &'a Phase, overhead: &Overhead) -> ForestRow<'a> {
    let (value, bracket) = match scene.numbers.absolute(overhead) {
        None => (Verdict::NotEstimable.words().to_owned(), String::new()),
        Some(text) if overhead.verdict == Verdict::Invalid => {
            (text.value_with_unit(), "invalid".to_owned())
        }
        Some(text) => (text.value_with_unit(), text.bracket().unwrap_or_default()),
    };
    let simultaneous = overhead
        .estimate
        .value()
        .and_then(|estimate| estimate.simultaneous_interval);
    ForestRow {
        phase,
        value,
        bracket,
        number: scene
            .numbers
            .absolute(overhead)
            .map(|text| text.to_string()),
        words: overhead.verdict.words(),
        point: overhead.point().map(|effect| effect.absolute_seconds.get()),
        interval: overhead
            .interval()
            .map(|interval| crate::numbers::ends(&interval.absolute_seconds)),
        simultaneous: simultaneous.map(|interval| crate::numbers::ends(&interval.absolute_seconds)),
    }
}
