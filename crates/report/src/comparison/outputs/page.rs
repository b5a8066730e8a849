//! The page of a comparison: self-contained, like that of a report.

use serde::Serialize;

use crate::charts::{Surface, Theme, css_declarations};
use crate::comparison::charts::{ComparisonChart, interval_note, small_print};
use crate::comparison::model::{ChangeVerdict, ComparisonModel, SideRun};
use crate::comparison::tables;
use crate::error::ReportError;
use crate::html::{NARROW, TemplateSource, WIDE, render_page};
use crate::model::QualityFinding;
use crate::tables::{PhaseMark, Table, VerdictRow, mark};

/// What the templates see.
#[derive(Debug, Serialize)]
struct PageView<'a> {
    light_variables: String,
    dark_variables: String,
    phase_colours: Vec<usize>,
    model: &'a ComparisonModel,
    interval_note: String,
    words: Vec<Word>,
    tables: Tables,
    verdicts: Vec<VerdictRow>,
    labels: [&'static str; 4],
    qualities: Vec<Quality<'a>>,
    changes: Option<Figure>,
    overheads: Option<Figure>,
    cost: Option<Figure>,
    all_changes: Option<Figure>,
    shift: Option<Figure>,
    distributions: Option<Figure>,
    spectra: Option<Figure>,
}

/// What the checks of a run say.
#[derive(Debug, Serialize)]
struct Quality<'a> {
    side: &'static str,
    run: &'a SideRun,
    findings: Vec<Finding<'a>>,
}

#[derive(Debug, Serialize)]
struct Finding<'a> {
    told: &'a QualityFinding,
    severity: &'static str,
    shape: &'static str,
    phase: Option<PhaseMark>,
}

#[derive(Debug, Serialize)]
struct Word {
    label: &'static str,
    meaning: &'static str,
}

#[derive(Debug, Serialize)]
struct Tables {
    every_statistic: Table,
    cpu: Table,
    memory: Table,
    details: Table,
    values: Table,
    grave_facts: Table,
    idle_facts: Table,
    runs: Table,
}

/// A chart in the page.
#[derive(Debug, Serialize)]
struct Figure {
    id: &'static str,
    wide: String,
    narrow: Option<String>,
    reading: &'static str,
    small_print: String,
}

/// Renders the page.
pub fn render_comparison_html(
    model: &ComparisonModel,
    source: &TemplateSource,
) -> Result<String, ReportError> {
    let figure = |chart: ComparisonChart| figure(model, chart);
    let view = PageView {
        light_variables: css_declarations(Theme::Light),
        dark_variables: css_declarations(Theme::Dark),
        phase_colours: (0..9).collect(),
        model,
        interval_note: interval_note(model),
        words: words(model),
        tables: Tables {
            every_statistic: tables::every_statistic(model),
            cpu: tables::cpu(model),
            memory: tables::memory(model),
            details: tables::details(model),
            values: tables::values(model),
            grave_facts: tables::grave_facts(model),
            idle_facts: tables::idle_facts(model),
            runs: tables::runs(model),
        },
        verdicts: tables::verdicts(model),
        labels: tables::VERDICT_LABELS,
        qualities: qualities(model),
        changes: figure(ComparisonChart::Changes)?,
        overheads: figure(ComparisonChart::Overheads)?,
        cost: figure(ComparisonChart::Cost)?,
        all_changes: figure(ComparisonChart::AllChanges)?,
        shift: figure(ComparisonChart::Shift)?,
        distributions: figure(ComparisonChart::Distributions)?,
        spectra: figure(ComparisonChart::Spectra)?,
    };
    render_page(source, "comparison.html", &view)
}

fn figure(model: &ComparisonModel, chart: ComparisonChart) -> Result<Option<Figure>, ReportError> {
    if !chart.is_available(model) {
        return Ok(None);
    }
    let draw = |width: f64| chart.draw(model, Surface::in_page(width));
    Ok(Some(Figure {
        id: chart.name(),
        wide: draw(WIDE)?.svg,
        narrow: Some(draw(NARROW)?.svg),
        reading: chart.reading(),
        small_print: small_print(model),
    }))
}

fn qualities(model: &ComparisonModel) -> Vec<Quality<'_>> {
    let sides = [("Before", &model.before), ("After", &model.after)];
    let runs = sides
        .into_iter()
        .flat_map(|(name, side)| side.runs.iter().map(move |run| (name, run)));
    runs.map(|(side, run)| Quality {
        side,
        run,
        findings: run
            .findings
            .iter()
            .map(|finding| shown(model, finding))
            .collect(),
    })
    .collect()
}

fn shown<'a>(model: &ComparisonModel, finding: &'a QualityFinding) -> Finding<'a> {
    let mut phases = model.phases.iter();
    Finding {
        told: finding,
        severity: finding.severity.label(),
        shape: finding.severity.shape(),
        phase: phases
            .find(|phase| Some(&phase.id) == finding.phase.as_ref())
            .map(mark),
    }
}

/// The verdict words that occur, with their meaning.
fn words(model: &ComparisonModel) -> Vec<Word> {
    let words = ChangeVerdict::of(model).into_iter().map(|verdict| Word {
        label: verdict.words(),
        meaning: verdict.meaning(),
    });
    words.collect()
}
