//! The verdict strip: one row for each phase, the baseline last.

use serde::Serialize;

use super::{PhaseMark, Term, mark};
use crate::model::{Badge, Phase, ReportModel, ResourceMetric, Statistic};
use crate::number_format::{DisplayUnit, NumberText, Sign, count_text, number_text};
use crate::numbers::{Numbers, ends};

/// The row of a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct VerdictRow {
    /// The phase.
    pub(crate) phase: PhaseMark,
    /// Its data path.
    pub(crate) data_path: String,
    /// Why it is invalid.
    pub(crate) reasons: Vec<String>,
    /// Whether it is the baseline, whose cells are values and not differences.
    pub(crate) is_baseline: bool,
    /// p50, p99, CPU, memory, failed requests.
    pub(crate) cells: Vec<VerdictCell>,
}

/// A cell of the strip.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct VerdictCell {
    /// The head of the column, for narrow screens.
    pub(crate) label: &'static str,
    /// The number with its unit.
    pub(crate) value: String,
    /// The interval in brackets.
    pub(crate) interval: Option<String>,
    /// The same in percent of the baseline.
    pub(crate) relative: Option<String>,
    /// The verdict words.
    pub(crate) words: Option<&'static str>,
    /// The shape beside the words.
    pub(crate) shape: &'static str,
    /// What the words mean.
    pub(crate) meaning: &'static str,
    /// Badges, with what they mean.
    pub(crate) badges: Vec<Term>,
    /// Why there is no interval.
    pub(crate) reason: Option<String>,
    /// Whether it is a difference without an interval.
    pub(crate) lacks_interval: bool,
}

/// The heads of the columns after the phase.
pub(crate) const LABELS: [&str; 5] = [
    "Median (p50)",
    "p99",
    "CPU / 1,000 req",
    "Memory",
    "Failed requests",
];

/// The strip.
pub(crate) fn verdicts(model: &ReportModel) -> Vec<VerdictRow> {
    let treatments = model.treatments();
    let baseline = model.baseline();
    treatments
        .chain(baseline)
        .map(|phase| row(model, phase))
        .collect()
}

fn row(model: &ReportModel, phase: &Phase) -> VerdictRow {
    let cells = if phase.is_baseline {
        vec![
            latency(model, phase, Statistic::P50),
            latency(model, phase, Statistic::P99),
            resource_value(model, phase, ResourceMetric::CpuPerThousandRequests),
            resource_value(model, phase, ResourceMetric::MemoryMean),
            errors(model, phase),
        ]
    } else {
        vec![
            overhead(model, phase, Statistic::P50),
            overhead(model, phase, Statistic::P99),
            resource(model, phase, ResourceMetric::CpuPerThousandRequests),
            resource(model, phase, ResourceMetric::MemoryMean),
            errors(model, phase),
        ]
    };
    VerdictRow {
        phase: mark(phase),
        data_path: phase.data_path.clone(),
        reasons: phase.validity.reasons().to_vec(),
        is_baseline: phase.is_baseline,
        cells: cells
            .into_iter()
            .zip(LABELS)
            .map(|(cell, label)| VerdictCell { label, ..cell })
            .collect(),
    }
}

fn missing(reason: Option<&str>) -> VerdictCell {
    VerdictCell {
        value: super::DASH.to_owned(),
        reason: reason.map(str::to_owned),
        ..VerdictCell::default()
    }
}

fn with_number(text: &NumberText) -> VerdictCell {
    VerdictCell {
        value: text.value_with_unit(),
        interval: text.bracket(),
        ..VerdictCell::default()
    }
}

fn badges(badges: &[Badge]) -> Vec<Term> {
    badges.iter().map(|badge| Term::of_badge(*badge)).collect()
}

fn overhead(model: &ReportModel, phase: &Phase, statistic: Statistic) -> VerdictCell {
    let Some(overhead) = model.overhead(&phase.id, statistic) else {
        return missing(Some("not computed"));
    };
    let number = Numbers::new(model).absolute(overhead);
    let cell = match &number {
        Some(text) => with_number(text),
        None => missing(overhead.estimate.reason()),
    };
    let no_interval = overhead
        .estimate
        .value()
        .and_then(|estimate| estimate.interval.reason());
    VerdictCell {
        relative: Numbers::relative(overhead).map(|text| text.value_with_unit()),
        words: Some(overhead.verdict.words()),
        shape: overhead.verdict.shape(),
        meaning: overhead.verdict.meaning(),
        badges: badges(&overhead.badges),
        lacks_interval: cell.interval.is_none(),
        reason: cell
            .reason
            .clone()
            .or_else(|| no_interval.map(str::to_owned)),
        ..cell
    }
}

fn latency(model: &ReportModel, phase: &Phase, statistic: Statistic) -> VerdictCell {
    let Some(absolute) = model.absolute(&phase.id, statistic) else {
        return missing(Some("not computed"));
    };
    match absolute.value.value() {
        None => missing(absolute.value.reason()),
        Some(value) => {
            let interval = value.interval_seconds.value();
            with_number(&Numbers::new(model).latency(value.point_seconds, interval))
        }
    }
}

fn resource(model: &ReportModel, phase: &Phase, metric: ResourceMetric) -> VerdictCell {
    let Some(difference) = model.resource_difference(&phase.id, metric) else {
        return missing(Some("not measured"));
    };
    match difference.difference.value() {
        None => missing(difference.difference.reason()),
        Some(value) => {
            let cell = with_number(&Numbers::new(model).resource(value));
            let is_bare = cell.interval.is_none();
            VerdictCell {
                badges: badges(&difference.badges),
                // A badge says it already, and better.
                reason: (is_bare && difference.badges.is_empty()).then(|| "no interval".to_owned()),
                lacks_interval: is_bare,
                ..cell
            }
        }
    }
}

fn resource_value(model: &ReportModel, phase: &Phase, metric: ResourceMetric) -> VerdictCell {
    let Some(total) = model.resources(&phase.id).map(|resources| &resources.total) else {
        return missing(Some("not measured"));
    };
    match total.value() {
        None => missing(total.reason()),
        Some(used) => {
            let value = match metric {
                ResourceMetric::CpuPerThousandRequests => {
                    used.cpu_seconds_per_thousand_requests.get()
                }
                ResourceMetric::MemoryMean => used.memory_mean_bytes.get(),
            };
            let text = Numbers::new(model).resource_value(metric, value);
            VerdictCell {
                value: text.value_with_unit(),
                ..VerdictCell::default()
            }
        }
    }
}

fn errors(model: &ReportModel, phase: &Phase) -> VerdictCell {
    let Some(load) = model.load(&phase.id) else {
        return missing(Some("not measured"));
    };
    let share = &load.error_share;
    let ends = share.interval.value().map(ends);
    let text = number_text(
        DisplayUnit::Percent,
        Sign::NegativeOnly,
        share.point.get(),
        ends,
    );
    let value = format!(
        "{} of {}",
        count_text(load.failed_requests),
        count_text(load.requests)
    );
    VerdictCell {
        value,
        interval: text
            .bracket()
            .map(|bracket| DisplayUnit::Percent.attach(&bracket)),
        ..VerdictCell::default()
    }
}
