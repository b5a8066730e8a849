//! The outputs of a history: views of one model.

mod terminal;

use std::fmt::Write as _;

pub use terminal::render_history_terminal;

use super::chart;
use super::model::{HISTORY_SCHEMA_VERSION, HistoryModel};
use super::tables;
use crate::charts::{ChartError, ChartOptions, Surface};
use crate::comparison::DifferenceInterval;
use crate::csv::field;
use crate::error::ReportError;
use crate::markdown::{push_table, text};
use crate::schema::schema_of;

/// Renders the model as JSON; a number that is not finite is an error.
pub fn render_history_json(model: &HistoryModel) -> Result<String, ReportError> {
    let mut text =
        serde_json::to_string_pretty(model).map_err(|source| ReportError::Json { source })?;
    text.push('\n');
    Ok(text)
}

/// Renders each run as one line of JSON with all of its metrics, the oldest first, for programs that look for change points.
pub fn render_history_json_lines(model: &HistoryModel) -> Result<String, ReportError> {
    let mut lines = String::new();
    for run in &model.runs {
        lines += &serde_json::to_string(run).map_err(|source| ReportError::Json { source })?;
        lines.push('\n');
    }
    Ok(lines)
}

/// Renders the schema of what [`render_history_json`] writes; `docs/history.schema.json` is this text.
pub fn history_json_schema() -> Result<String, ReportError> {
    schema_of::<HistoryModel>(&format!(
        "History of meshdelta, version {HISTORY_SCHEMA_VERSION}"
    ))
}

/// Draws the overheads over the runs as SVG.
pub fn render_history_chart(
    model: &HistoryModel,
    options: &ChartOptions,
) -> Result<String, ChartError> {
    Ok(chart::draw(model, Surface::for_options(options))?.svg)
}

/// Renders the overheads and the runs as Markdown.
pub fn render_history_markdown(model: &HistoryModel) -> String {
    let mut output = format!("## Runs of {}\n\n", text(&model.folder));
    push_table(&mut output, &tables::overheads(model));
    output.push('\n');
    push_table(&mut output, &tables::runs(model));
    if !model.left_out.is_empty() {
        output.push('\n');
        push_table(&mut output, &tables::left_out(model));
    }
    output
}

const CSV_HEAD: &str =
    "run,started_at,comparable_with_newest,phase,phase_valid,metric,unit,value,lower,upper,ratio";

/// Renders every overhead of every run, one a row, in base units with all digits.
pub fn render_history_csv(model: &HistoryModel) -> String {
    let mut output = format!("{CSV_HEAD}\n");
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for run in &model.runs {
        for overhead in &run.overheads {
            let value = overhead.overhead.value();
            let ends = value
                .and_then(|value| value.interval.as_ref())
                .map(DifferenceInterval::absolute);
            let cells = [
                field(&run.id),
                run.started_at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                run.is_comparable().to_string(),
                field(overhead.phase.as_str()),
                overhead.invalid.is_empty().to_string(),
                field(overhead.metric.label()),
                field(overhead.unit.label()),
                number(value.map(|value| value.point.absolute)),
                number(ends.map(|ends| ends.0)),
                number(ends.map(|ends| ends.1)),
                number(value.and_then(|value| Some(value.point.relative?.get()))),
            ];
            // Writing to a string cannot fail.
            let _ = writeln!(output, "{}", cells.join(","));
        }
    }
    output
}
