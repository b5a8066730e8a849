//! The tables of a history, in all outputs the same.

use super::model::{HistoryModel, HistoryOverhead, HistoryRun, RunComparability};
use crate::comparison::{ChangeMetric, DifferenceInterval};
use crate::model::Completion;
use crate::number_format::{DisplayUnit, NumberText, fixed_text};
use crate::numbers::difference_text;
use crate::tables::{Cell, Table, mark, number_column, text_column};

/// The unit in which the metric is shown.
pub(super) fn unit(model: &HistoryModel) -> DisplayUnit {
    let points = model.shown().filter_map(|(_, _, overhead)| {
        let overhead = overhead.overhead.value()?;
        Some(overhead.point.absolute)
    });
    match model.metric {
        ChangeMetric::Cpu => DisplayUnit::for_cpu_times(points),
        ChangeMetric::Memory => DisplayUnit::for_memory(points),
        _ => DisplayUnit::for_times(points),
    }
}

/// An overhead as text.
pub(super) fn number(unit: DisplayUnit, overhead: &HistoryOverhead) -> Option<NumberText> {
    let overhead = overhead.overhead.value()?;
    let ends = overhead.interval.as_ref().map(DifferenceInterval::absolute);
    Some(difference_text(unit, overhead.point.absolute, ends))
}

/// What a reader must know of a run.
pub(super) fn remarks(run: &HistoryRun) -> String {
    let mut remarks = Vec::new();
    if let RunComparability::NotComparable { facts } = &run.comparability {
        remarks.push(format!(
            "not comparable with the newest ({})",
            facts.join(", ")
        ));
    }
    if let Completion::Partial { reason, .. } = &run.completion {
        remarks.push(format!("incomplete ({reason})"));
    }
    if run.rounds == 1 {
        remarks.push("one round: its intervals hold within it only".to_owned());
    }
    remarks.join("; ")
}

/// Why a number is to be doubted or absent.
pub(super) fn doubt(run: &HistoryRun, overhead: &HistoryOverhead) -> &'static str {
    if !overhead.invalid.is_empty() {
        "invalid"
    } else if !run.is_comparable() {
        "not comparable"
    } else {
        ""
    }
}

/// When a run started.
pub(super) fn started(run: &HistoryRun) -> String {
    run.started_at.format("%Y-%m-%d %H:%M").to_string()
}

/// `3 × 10 s at 300 req/s`.
pub(super) fn load(run: &HistoryRun) -> String {
    format!(
        "{} × {} s at {} req/s",
        run.rounds,
        fixed_text(run.duration_seconds.get(), 0),
        fixed_text(run.rate.get(), 0)
    )
}

/// The runs.
pub(super) fn runs(model: &HistoryModel) -> Table {
    let mut table = Table::new(
        "The runs, the oldest first",
        [
            "Run",
            "Folder",
            "Started (UTC)",
            "Rounds and load",
            "Quality",
            "Remarks",
        ]
        .map(text_column)
        .to_vec(),
    );
    for run in &model.runs {
        let texts = [
            run.id.clone(),
            run.folder.clone(),
            started(run),
            load(run),
            run.quality.clone(),
            remarks(run),
        ];
        table.push(None, texts.into_iter().map(Cell::new).collect());
    }
    table
}

/// What each phase adds, run by run.
pub(super) fn overheads(model: &HistoryModel) -> Table {
    let unit = unit(model);
    let mut table = Table::new(
        heading(model),
        vec![
            text_column("Phase"),
            text_column("Run"),
            text_column("Started (UTC)"),
            number_column(format!("Added, {}", unit.symbol())),
            text_column("95 % interval"),
            text_column("Remarks"),
        ],
    );
    for (phase, run, overhead) in model.shown() {
        let number = number(unit, overhead);
        let remark = match overhead.overhead.reason() {
            Some(reason) => reason,
            None => doubt(run, overhead),
        };
        let cells = vec![
            Cell::new(run.id.clone()),
            Cell::new(started(run)),
            Cell::difference(number.as_ref()),
            Cell::bracket(number.as_ref()),
            Cell::new(remark),
        ];
        table.push(Some(mark(phase)), cells);
    }
    table.aligned()
}

/// The runs that cannot be shown.
pub(super) fn left_out(model: &HistoryModel) -> Table {
    let mut table = Table::new("Left out", ["Folder", "Reason"].map(text_column).to_vec());
    for run in &model.left_out {
        let texts = [run.folder.clone(), run.reason.clone()];
        table.push(None, texts.into_iter().map(Cell::new).collect());
    }
    table
}

/// What the tables and the chart show.
pub(super) fn heading(model: &HistoryModel) -> String {
    format!(
        "What each phase adds to {}, run by run",
        model.metric.in_sentence()
    )
}
