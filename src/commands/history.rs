//! `meshdelta history`

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};
use fs_err as fs;
use meshdelta_report::comparison::ChangeMetric;
use meshdelta_report::history::{
    HistoryError, HistoryModel, HistorySettings, read_history, render_history_chart,
    render_history_csv, render_history_json, render_history_json_lines, render_history_markdown,
    render_history_terminal,
};

use super::{result, status};
use crate::chart_arguments::ChartArguments;
use crate::command_line;
use crate::error::{CommandError, CommandResult};
use crate::exit_code;
use crate::table::COLUMNS;

/// The name of the chart's files.
const CHART: &str = "history";

/// List the runs of a folder, and what the mesh cost in each
///
/// Runs stand in the order of time; those that did not measure the same thing as the newest are marked, and unfinished or damaged ones are
/// named with the reason. With --output it draws one line a phase over the runs. Whether a change between two runs is real is for `compare`.
#[derive(Debug, Args)]
pub(crate) struct HistoryArguments {
    /// Folder in which each run has a folder of its own
    folder: PathBuf,
    /// What is shown of each phase: p50, p90, p95, p99, p99.9, mean, cpu or memory
    #[arg(long, default_value = "p50", value_parser = parse_metric)]
    metric: ChangeMetric,
    /// Show only these phases, by id [default: all]
    #[arg(long, value_name = "PHASE,...", value_delimiter = ',')]
    phase: Vec<String>,
    /// Folder for the chart
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Print this instead of the tables for people (on a terminal) or Markdown (elsewhere)
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    charts: ChartArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Terminal,
    Markdown,
    Json,
    /// One line a run, with all metrics of all phases
    JsonLines,
    Csv,
}

fn parse_metric(text: &str) -> Result<ChangeMetric, String> {
    ChangeMetric::from_label(text).ok_or_else(|| {
        let labels = ChangeMetric::ALL.map(ChangeMetric::label);
        format!("expected one of {}", labels.join(", "))
    })
}

pub(crate) fn history(arguments: &HistoryArguments) -> CommandResult {
    let charts = arguments.charts.chosen(&[CHART], |name| name)?;
    if arguments.output.is_none() {
        arguments.charts.refuse_without_files()?;
    }
    let settings = HistorySettings {
        metric: arguments.metric,
        phases: arguments.phase.clone(),
        command: command_line::as_typed(),
    };
    let model = read_history(&arguments.folder, &settings).map_err(failure)?;
    for run in &model.left_out {
        status(&format!("left out: {}: {}", run.folder, run.reason));
    }
    if let Some(output) = &arguments.output {
        fs::create_dir_all(output).context("the folder for the chart cannot be made")?;
        for name in charts {
            let svg = render_history_chart(&model, &arguments.charts.options())
                .map_err(anyhow::Error::from)?;
            let written = arguments.charts.write(output, name, &svg);
            written.map_err(anyhow::Error::from)?;
            status(&format!("wrote the chart into {}", output.display()));
        }
    }
    result(&printed(&model, arguments.format)?)
}

fn printed(model: &HistoryModel, format: Option<Format>) -> anyhow::Result<String> {
    use std::io::IsTerminal;
    let for_people = || render_history_terminal(model, COLUMNS);
    Ok(match format {
        Some(Format::Terminal) => for_people(),
        None if std::io::stdout().is_terminal() => for_people(),
        None | Some(Format::Markdown) => render_history_markdown(model),
        Some(Format::Json) => render_history_json(model)?,
        Some(Format::JsonLines) => render_history_json_lines(model)?,
        Some(Format::Csv) => render_history_csv(model),
    })
}

fn failure(error: HistoryError) -> CommandError {
    match error {
        HistoryError::IsARun { .. } => CommandError::new(exit_code::USAGE, error)
            .hinted("name the folder around it; `meshdelta report` is for one run"),
        HistoryError::UnknownPhase { .. } => CommandError::new(exit_code::USAGE, error),
        HistoryError::NoRuns { ref left_out, .. } if left_out.is_empty() => {
            CommandError::new(exit_code::USAGE, error)
                .hinted("name a folder in which `meshdelta run --output FOLDER/NAME` put runs")
        }
        HistoryError::NoRuns { .. } => CommandError::new(exit_code::DATA_INVALID, error),
        HistoryError::List { .. } => {
            CommandError::new(exit_code::OPERATIONAL_ERROR, anyhow!(error))
                .hinted("check that the folder exists and may be read")
        }
    }
}
