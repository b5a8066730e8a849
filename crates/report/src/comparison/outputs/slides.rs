//! Slides of a comparison: title, answer, one chart a slide, in what the runs differ, method, caveats, and charts to have at hand.

mod notes;
mod texts;

use rayon::prelude::*;

use crate::charts::{Surface, Theme};
use crate::comparison::charts::{ComparisonChart, small_print};
use crate::comparison::model::ComparisonModel;
use crate::comparison::tables::{VERDICT_LABELS, verdicts};
use crate::error::ReportError;
use crate::pptx::{AnswerTable, Properties, Slide, answer_slide, chart_slide, pack, title_slide};

/// Charts for questions: too dense for a last row, or beside the point, so they stand at the end.
const AT_HAND: [ComparisonChart; 2] = [ComparisonChart::AllChanges, ComparisonChart::Cost];

/// Renders a deck of 16:9 slides.
pub fn render_comparison_pptx(
    model: &ComparisonModel,
    theme: Theme,
) -> Result<Vec<u8>, ReportError> {
    let slides = slides(model, theme)?;
    let last = model.after.runs.last().or(model.before.runs.last());
    let properties = Properties {
        title: &model.title,
        subject: format!(
            "Comparison of {} with {}",
            model.after.ids(),
            model.before.ids()
        ),
        tool_version: &model.tool_version,
        time: last.map_or_else(Default::default, |run| run.started_at),
    };
    pack(&properties, theme, &slides).map_err(|source| ReportError::Slides { source })
}

fn slides(model: &ComparisonModel, theme: Theme) -> Result<Vec<Slide>, ReportError> {
    let charts = ComparisonChart::ALL.into_iter();
    let (at_hand, shown): (Vec<ComparisonChart>, Vec<ComparisonChart>) = charts
        .filter(|chart| chart.is_available(model))
        .partition(|chart| AT_HAND.contains(chart));
    let draw = |charts: Vec<ComparisonChart>| -> Result<Vec<Slide>, ReportError> {
        charts
            .into_par_iter()
            .map(|chart| chart_of(model, chart, theme))
            .collect()
    };
    let mut slides = vec![title(model), answer(model, theme)];
    slides.extend(draw(shown)?);
    slides.extend(texts::differences(model));
    slides.extend(texts::method(model));
    slides.extend(texts::caveats(model));
    slides.extend(draw(at_hand)?);
    Ok(slides)
}

fn title(model: &ComparisonModel) -> Slide {
    let phases: Vec<&str> = model
        .phases
        .iter()
        .map(|phase| phase.title.as_str())
        .collect();
    let mut below = Vec::new();
    for (side, runs) in [("After", &model.after), ("Before", &model.before)] {
        below.extend(runs.runs.iter().map(|run| {
            let when = run.started_at.format("%-d %B %Y");
            format!("{side}: run {}, {when}", run.id)
        }));
    }
    below.push(format!("{}.", model.headings.comparability));
    title_slide(
        &model.title,
        &phases.join(" · "),
        below,
        notes::origin(model),
    )
    .with_small_print(&small_print(model))
}

fn answer(model: &ComparisonModel, theme: Theme) -> Slide {
    let rows = verdicts(model);
    let baseline = model.phases.iter().filter(|phase| phase.is_baseline);
    let table = AnswerTable {
        description: "For each phase how what it adds to the median, to p99, to CPU and to memory changed, with intervals and \
                      verdicts; the baseline's own values before and after in the last row.",
        labels: &VERDICT_LABELS,
        rows: &rows,
        // The rows are in this order.
        colours: model
            .treatments()
            .chain(baseline)
            .map(|phase| phase.colour)
            .collect(),
    };
    let sentences = [model.answer.body.as_str(), model.answer.tail.as_str()];
    answer_slide(&sentences, &table, theme, notes::answer(model))
        .with_small_print(&small_print(model))
}

fn chart_of(
    model: &ComparisonModel,
    chart: ComparisonChart,
    theme: Theme,
) -> Result<Slide, ReportError> {
    let draw = |surface: Surface| {
        let drawn = chart.draw(model, surface)?;
        let notes = notes::chart(model, chart, &drawn.description);
        Ok((drawn, notes))
    };
    let slide = chart_slide(&chart.title(model), chart.name(), theme, draw)?;
    Ok(slide.with_small_print(&small_print(model)))
}
