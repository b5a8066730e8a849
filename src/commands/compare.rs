//! `meshdelta compare`

mod files;

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use meshdelta_report::TemplateSource;
use meshdelta_report::comparison::{
    ComparisonError, ComparisonModel, ComparisonSettings, FailOn, Thresholds, compare_runs,
    render_comparison_csv, render_comparison_html, render_comparison_json,
    render_comparison_markdown, render_comparison_terminal,
};
use meshdelta_run::folder::{self, SavedRun};

use super::{result, status};
use crate::chart_arguments::ChartArguments;
use crate::command_line;
use crate::error::{CommandError, CommandResult};
use crate::exit_code;
use crate::gates::{exit_code_of, read_gates};
use crate::table::{COLUMNS, colour_of};

/// Compare two saved runs: did what the mesh costs change, by how much, and can that be trusted?
///
/// `compare OLD NEW`, or several runs of the same thing on either side: `compare OLD... -- NEW...`. Prints the changes of the overheads: for
/// people on a terminal, as Markdown elsewhere. With --output it writes a page (comparison.html) and the charts as PNG and SVG.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("asked").args(["fail_on", "gate"]).multiple(true)))]
pub(crate) struct CompareArguments {
    /// Folders of the runs: the old and the new one, or before `--` all old ones
    #[arg(required = true, value_name = "OLD")]
    runs: Vec<PathBuf>,
    /// Folders of the new runs
    #[arg(last = true, value_name = "NEW")]
    after: Vec<PathBuf>,
    /// Folder for the page and the charts
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Print this instead of the table; pptx adds slides to the files of --output
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    charts: ChartArguments,
    /// End with exit code 3 when this is found in the median, p99 or a metric with a threshold (here or in the plan of the last run);
    /// `inconclusive` forbids regressions, and ends with 4 when a change may be one
    #[arg(long, value_enum)]
    fail_on: Option<FailOnName>,
    /// File of gates (TOML) with `scope = "change"`: limits on changes; exit code 3 when one fails, 4 when one asks for proof and there is none
    #[arg(long, value_name = "FILE")]
    gate: Option<PathBuf>,
    /// Let what cannot be decided end with exit code 4 too
    #[arg(long, requires = "asked")]
    strict: bool,
    /// A change beyond this has regressed or improved, for example p99=5% or p50=0.2ms; wins over the plan of the last run
    #[arg(long, value_name = "METRIC=SIZE")]
    threshold: Vec<String>,
    /// A change that is certainly within this is none [default: the threshold]
    #[arg(long, value_name = "METRIC=SIZE")]
    equivalence_margin: Vec<String>,
    /// A fact that differs on purpose, for example environment.programs.envoy: it does not keep the runs from being compared
    #[arg(long, value_name = "FACT")]
    vary: Vec<String>,
    /// Compare runs that did not measure the same thing; the outputs then say so
    #[arg(long)]
    force: bool,
    /// Folder with templates that replace the built-in ones
    #[arg(long, value_name = "FOLDER")]
    templates: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Terminal,
    Markdown,
    Json,
    Csv,
    Html,
    /// Slides (slides.pptx) among the files, and the table
    Pptx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOnName {
    Regression,
    AnyChange,
    Inconclusive,
}

impl From<FailOnName> for FailOn {
    fn from(name: FailOnName) -> Self {
        match name {
            FailOnName::Regression => Self::Regression,
            FailOnName::AnyChange => Self::AnyChange,
            FailOnName::Inconclusive => Self::Inconclusive,
        }
    }
}

pub(crate) fn compare(arguments: &CompareArguments) -> CommandResult {
    let (before, after) = sides(arguments)?;
    let files = files::Files::of(arguments)?;
    let read = |folders: &[PathBuf]| -> Result<Vec<SavedRun>, CommandError> {
        folders
            .iter()
            .map(|folder| folder::read(folder).map_err(CommandError::from))
            .collect()
    };
    let settings = ComparisonSettings {
        thresholds: thresholds(arguments)?,
        force: arguments.force,
        vary: arguments.vary.clone(),
        fail_on: arguments.fail_on.map(FailOn::from),
        // A mistake in them does not cost the time of a comparison.
        gates: arguments
            .gate
            .as_deref()
            .map_or_else(|| Ok(Vec::new()), read_gates)?,
        command: command_line::as_typed(),
    };
    let (before, after) = (read(&before)?, read(&after)?);
    let model = compare_runs(&before, &after, &settings).map_err(refusal)?;
    let templates = arguments
        .templates
        .clone()
        .map_or(TemplateSource::Embedded, TemplateSource::Folder);
    if let Some(files) = files {
        files.write(&model, &templates)?;
    }
    result(&printed(&model, &templates, arguments.format)?)?;
    for gate in &model.gates {
        status(&format!(
            "gate {} ({}): {}",
            gate.state.words(),
            gate.question,
            gate.reason
        ));
    }
    Ok(exit_code_of(
        model.gates.iter().map(|gate| gate.state),
        arguments.strict,
    ))
}

/// The old and the new folders.
fn sides(arguments: &CompareArguments) -> Result<(Vec<PathBuf>, Vec<PathBuf>), CommandError> {
    match (arguments.runs.as_slice(), arguments.after.as_slice()) {
        ([old, new], []) => Ok((vec![old.clone()], vec![new.clone()])),
        (_, []) => Err(CommandError::new(
            exit_code::USAGE,
            anyhow!("two runs are compared: OLD NEW"),
        )
        .hinted("several runs of the same thing go on either side of `--`: OLD... -- NEW...")),
        (old, new) => Ok((old.to_vec(), new.to_vec())),
    }
}

fn thresholds(arguments: &CompareArguments) -> Result<Thresholds, CommandError> {
    let usage = |error: anyhow::Error| CommandError::new(exit_code::USAGE, error);
    let parts = |text: &'_ str| -> Result<(String, String), CommandError> {
        let parts = text.split_once('=');
        let (metric, size) = parts.ok_or_else(|| {
            usage(anyhow!(
                "`{text}` is no threshold: use for example p99=5% or p50=0.2ms"
            ))
        })?;
        Ok((metric.trim().to_owned(), size.trim().to_owned()))
    };
    let mut thresholds = Thresholds::default();
    for text in &arguments.threshold {
        let (metric, size) = parts(text)?;
        thresholds
            .add_threshold(&metric, &size)
            .map_err(|error| usage(error.into()))?;
    }
    for text in &arguments.equivalence_margin {
        let (metric, size) = parts(text)?;
        thresholds
            .add_equivalence_margin(&metric, &size)
            .map_err(|error| usage(error.into()))?;
    }
    Ok(thresholds)
}

/// Runs that cannot be compared end with the code for invalid data; what was asked wrongly is a mistake in the command.
fn refusal(error: ComparisonError) -> CommandError {
    match error {
        ComparisonError::NotComparable { .. } => {
            CommandError::new(exit_code::DATA_INVALID, error).hinted(
                "`meshdelta verify OLD --against NEW` lists every fact that differs; --force compares all the same, and says so",
            )
        }
        ComparisonError::SameRun { .. } | ComparisonError::Gate(_) => {
            CommandError::new(exit_code::USAGE, error)
        }
        ComparisonError::NotVaried { .. } => CommandError::new(exit_code::USAGE, error)
            .hinted("`meshdelta verify OLD --against NEW` lists every fact that differs"),
        ComparisonError::Plan { .. } => CommandError::new(exit_code::USAGE, error)
            .hinted("mend `plan.compare` in the run's run.json, which no digest covers"),
        other => CommandError::new(exit_code::DATA_INVALID, other),
    }
}

fn printed(
    model: &ComparisonModel,
    templates: &TemplateSource,
    format: Option<Format>,
) -> anyhow::Result<String> {
    use std::io::IsTerminal;
    let stdout = std::io::stdout();
    let for_people = || render_comparison_terminal(model, COLUMNS, colour_of(&stdout));
    Ok(match format {
        Some(Format::Terminal) => for_people(),
        // Slides are a file, so there is the table as well.
        None | Some(Format::Pptx) if stdout.is_terminal() => for_people(),
        None | Some(Format::Pptx | Format::Markdown) => render_comparison_markdown(model),
        Some(Format::Json) => render_comparison_json(model)?,
        Some(Format::Csv) => render_comparison_csv(model),
        Some(Format::Html) => render_comparison_html(model, templates)?,
    })
}
