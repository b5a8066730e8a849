//! `meshdelta report`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fs_err as fs;
use meshdelta_report::analysis::{RunEvaluation, evaluate};
use meshdelta_report::gates::{GateRule, check_gates};
use meshdelta_report::{
    ChartKind, ReportModel, TemplateSource, render_chart, render_csv, render_html, render_json,
    render_markdown, render_pptx, write_file,
};
use meshdelta_run::folder;

use super::{result, status};
use crate::chart_arguments::{ChartArguments, refuse_unused_templates};
use crate::error::{CommandError, CommandResult};
use crate::exit_code;
use crate::gates::{exit_code_of, read_gates};
use crate::table::table_for;

/// Turn a saved run into tables and charts
///
/// Writes a self-contained page (report.html) and every chart as PNG and SVG, and prints the table of overheads: for people on a terminal, as
/// Markdown elsewhere.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Folder of the run
    run: PathBuf,
    /// Folder for the page and the charts [default: RUN/report]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Print this instead of the table, and write no files unless --output is given; pptx adds slides to the files
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    charts: ChartArguments,
    /// File of gates (TOML): limits on overheads; exit code 3 when one fails, 4 when one asks for proof and there is none
    #[arg(long, value_name = "FILE")]
    gate: Option<PathBuf>,
    /// Let gates that cannot be decided end with exit code 4 too
    #[arg(long, requires = "gate")]
    strict: bool,
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

pub(crate) fn report(arguments: &ReportArguments) -> CommandResult {
    // Gates and names are read first, so that a mistake in them does not cost the time of a report.
    let chosen = arguments.charts.chosen(&ChartKind::ALL, ChartKind::name)?;
    let gates = arguments.gate.as_deref().map(read_gates).transpose()?;
    let output = output(arguments);
    if output.is_none() {
        arguments.charts.refuse_without_files()?;
        if arguments.format != Some(Format::Html) {
            refuse_unused_templates(arguments.templates.as_deref())?;
        }
    }
    let run = folder::read(&arguments.run)?;
    let evaluation = evaluate(&run)?;
    let model = evaluation.model()?;
    let templates = arguments
        .templates
        .clone()
        .map_or(TemplateSource::Embedded, TemplateSource::Folder);
    if let Some(output) = output {
        write_files(&model, &templates, &output, arguments, &chosen)?;
    }
    result(&printed(&model, &templates, arguments.format)?)?;
    match gates {
        None => Ok(exit_code::DONE),
        Some(rules) => enforce(&evaluation, &model, &rules, arguments.strict),
    }
}

/// The folder for files, if any are written.
fn output(arguments: &ReportArguments) -> Option<PathBuf> {
    match (&arguments.output, arguments.format) {
        (Some(output), _) => Some(output.clone()),
        (None, Some(format)) if format != Format::Pptx => None,
        (None, _) => Some(arguments.run.join("report")),
    }
}

/// Says what became of each gate, and returns the exit code.
fn enforce(
    evaluation: &RunEvaluation<'_>,
    model: &ReportModel,
    rules: &[GateRule],
    strict: bool,
) -> CommandResult {
    let findings = check_gates(evaluation, model, rules)
        .map_err(|error| CommandError::new(exit_code::USAGE, error))?;
    for finding in &findings {
        status(&format!(
            "gate {}: {}",
            finding.state.words(),
            finding.reason
        ));
    }
    Ok(exit_code_of(
        findings.iter().map(|finding| finding.state),
        strict,
    ))
}

fn printed(
    model: &ReportModel,
    templates: &TemplateSource,
    format: Option<Format>,
) -> anyhow::Result<String> {
    let stdout = std::io::stdout();
    Ok(match format {
        Some(Format::Terminal) => table_for(model, &stdout),
        // Slides are a file, so there is the table as well.
        None | Some(Format::Pptx) if stdout.is_terminal() => table_for(model, &stdout),
        None | Some(Format::Pptx | Format::Markdown) => render_markdown(model),
        Some(Format::Json) => render_json(model)?,
        Some(Format::Csv) => render_csv(model),
        Some(Format::Html) => render_html(model, templates)?,
    })
}

fn write_files(
    model: &ReportModel,
    templates: &TemplateSource,
    output: &Path,
    arguments: &ReportArguments,
    chosen: &[ChartKind],
) -> anyhow::Result<()> {
    // The page first: when a template is broken, nothing is written.
    let page = render_html(model, templates)?;
    let charts = output.join("charts");
    fs::create_dir_all(&charts)?;
    write_file(&output.join("report.html"), page.as_bytes())?;
    let options = arguments.charts.options();
    let available = arguments
        .charts
        .available(chosen, ChartKind::name, |kind| kind.is_available(model));
    arguments
        .charts
        .write_all(&charts, &available, ChartKind::name, |kind| {
            render_chart(model, kind, &options)
        })?;
    status(&format!("wrote {}", output.join("report.html").display()));
    if arguments.format == Some(Format::Pptx) {
        let slides = output.join("slides.pptx");
        write_file(&slides, &render_pptx(model, arguments.charts.theme())?)?;
        status(&format!("wrote {}", slides.display()));
    }
    Ok(())
}
