//! The verdict strip: one row for each phase, the plain values of the baseline last.

use crate::comparison::model::{Change, ChangeMetric, ComparisonModel, ValueChange};
use crate::comparison::numbers::{self, numbers};
use crate::model::Phase;
use crate::number_format::NumberText;
use crate::tables::{DASH, Term, VerdictCell, VerdictRow, mark};

/// The heads of the columns after the phase.
pub(in crate::comparison) const LABELS: [&str; 4] =
    ["Median (p50)", "p99", "CPU / 1,000 req", "Memory"];

const METRICS: [ChangeMetric; 4] = [
    ChangeMetric::P50,
    ChangeMetric::P99,
    ChangeMetric::Cpu,
    ChangeMetric::Memory,
];

/// The strip.
pub(in crate::comparison) fn verdicts(model: &ComparisonModel) -> Vec<VerdictRow> {
    let baseline = model.phases.iter().filter(|phase| phase.is_baseline);
    model
        .treatments()
        .chain(baseline)
        .map(|phase| row(model, phase))
        .collect()
}

fn row(model: &ComparisonModel, phase: &Phase) -> VerdictRow {
    let cells = METRICS.into_iter().zip(LABELS).map(|(metric, label)| {
        let cell = if phase.is_baseline {
            value(model, phase, metric)
        } else {
            let change = model.change(&phase.id, metric);
            change.map_or_else(nothing, |change| judged(model, change))
        };
        VerdictCell { label, ..cell }
    });
    VerdictRow {
        phase: mark(phase),
        data_path: phase.data_path.clone(),
        reasons: phase.validity.reasons().to_vec(),
        is_baseline: phase.is_baseline,
        cells: cells.collect(),
    }
}

fn nothing() -> VerdictCell {
    VerdictCell {
        value: DASH.to_owned(),
        ..VerdictCell::default()
    }
}

fn judged(model: &ComparisonModel, change: &Change) -> VerdictCell {
    let text = numbers::absolute(numbers(model), change);
    let interval = text.as_ref().and_then(NumberText::bracket);
    let why_none = change
        .estimate
        .value()
        .and_then(|estimate| estimate.interval.reason());
    VerdictCell {
        value: text
            .as_ref()
            .map_or_else(|| DASH.to_owned(), NumberText::value_with_unit),
        lacks_interval: text.is_some() && interval.is_none(),
        interval,
        relative: numbers::relative(change).map(|text| text.value_with_unit()),
        words: Some(change.verdict.words()),
        shape: change.verdict.shape(),
        meaning: change.verdict.meaning(),
        badges: change
            .badges
            .iter()
            .map(|badge| Term::of_badge(*badge))
            .collect(),
        reason: change.estimate.reason().or(why_none).map(str::to_owned),
        ..VerdictCell::default()
    }
}

/// The plain values of the baseline, and by how much they differ.
fn value(model: &ComparisonModel, phase: &Phase, metric: ChangeMetric) -> VerdictCell {
    let of_phase = |value: &&ValueChange| value.phase == phase.id && value.metric == metric;
    let Some(value) = model.values.iter().find(of_phase) else {
        return nothing();
    };
    let [before, after] = numbers::values(numbers(model), value);
    let change = numbers::value_change(value);
    VerdictCell {
        value: format!("{} → {}", before.value, after.value_with_unit()),
        interval: change.map(|text| text.to_string()),
        ..VerdictCell::default()
    }
}
