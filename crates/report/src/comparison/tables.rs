//! The tables of a comparison, in all outputs the same.

mod verdicts;

pub(super) use verdicts::{LABELS as VERDICT_LABELS, verdicts};

use super::model::{Change, ChangeMetric, ComparisonModel, FactDifference, Grade};
use super::numbers::{self, numbers};
use crate::model::Phase;
use crate::number_format::{NumberText, fixed_text};
use crate::numbers::Numbers;
use crate::tables::{Cell, DASH, Table, mark, number_column, text_column};

/// How the overheads changed at the median and p99.
pub(super) fn primary(model: &ComparisonModel) -> Table {
    changes(
        model,
        "How what each phase adds to the median and p99 changed",
        numbers(model).overhead.symbol(),
        &ChangeMetric::PRIMARY,
    )
}

/// How they changed at every statistic.
pub(super) fn every_statistic(model: &ComparisonModel) -> Table {
    changes(
        model,
        "How what each phase adds changed, at every statistic",
        numbers(model).overhead.symbol(),
        &ChangeMetric::ALL[..6],
    )
}

/// How CPU time changed.
pub(super) fn cpu(model: &ComparisonModel) -> Table {
    changes(
        model,
        "How the added CPU time per 1,000 requests changed",
        numbers(model).cpu.symbol(),
        &[ChangeMetric::Cpu],
    )
}

/// How memory changed.
pub(super) fn memory(model: &ComparisonModel) -> Table {
    changes(
        model,
        "How the added memory changed",
        numbers(model).memory.symbol(),
        &[ChangeMetric::Memory],
    )
}

fn changes(model: &ComparisonModel, caption: &str, unit: &str, metrics: &[ChangeMetric]) -> Table {
    let numbers = numbers(model);
    let mut table = Table::new(
        caption,
        vec![
            text_column("Phase"),
            text_column("Statistic"),
            number_column(format!("Added before, {unit}")),
            number_column(format!("Added after, {unit}")),
            number_column(format!("Change, {unit}")),
            text_column(format!("{} interval", level(model))),
            number_column("Change, %"),
            text_column("interval"),
            text_column("Verdict"),
        ],
    );
    for (phase, change) in rows(model, metrics) {
        let sides = change.estimate.value().map(|estimate| {
            [&estimate.before, &estimate.after]
                .map(|side| numbers::overhead(numbers, change.metric, side))
        });
        let side = |index: usize| {
            let text = sides.as_ref().map(|sides| &sides[index]);
            Cell::difference(text)
        };
        let absolute = numbers::absolute(numbers, change);
        let relative = numbers::relative(change);
        table.push(
            Some(mark(phase)),
            vec![
                Cell::new(change.metric.label()),
                side(0),
                side(1),
                Cell::difference(absolute.as_ref()),
                Cell::bracket(absolute.as_ref()),
                Cell::difference(relative.as_ref()),
                Cell::bracket(relative.as_ref()),
                Cell::new(verdict(numbers, change)),
            ],
        );
    }
    table.aligned()
}

/// The verdict; a doubtful one with what could have been seen, one that the count of changes took away with what it was alone.
pub(super) fn verdict(numbers: Numbers, change: &Change) -> String {
    let words = change.verdict.words();
    if change.verdict != change.verdict_alone {
        return format!("{words} (by itself {})", change.verdict_alone.words());
    }
    if change.verdict.is_conclusive() {
        return words.to_owned();
    }
    let Some(estimate) = change.estimate.value() else {
        let reason = change.estimate.reason().unwrap_or_default();
        return format!("{words}: {reason}");
    };
    match (
        estimate.interval.reason(),
        estimate.smallest_detectable.value(),
    ) {
        (Some(reason), _) => format!("{words}: {reason}"),
        (None, Some(size)) => {
            let size = numbers::size(numbers, change.metric, size);
            format!("{words} (±{size} would have been seen)")
        }
        (None, None) => words.to_owned(),
    }
}

/// What stands behind each change.
pub(super) fn details(model: &ComparisonModel) -> Table {
    let numbers = numbers(model);
    let comparisons = model.intervals.simultaneous_comparisons;
    let mut table = Table::new(
        "How each change was computed (standard errors are differences of natural logs)",
        vec![
            text_column("Phase"),
            text_column("Statistic"),
            text_column(format!("All {comparisons} together")),
            text_column("Matters beyond"),
            text_column("Equivalent within"),
            text_column("Would have been seen"),
            number_column("SE"),
            number_column("df"),
            text_column("Rests on"),
            text_column("Difference of the added as measured"),
            text_column("Badges"),
        ],
    );
    for (phase, change) in rows(model, &ChangeMetric::ALL) {
        let mut cells = vec![Cell::new(change.metric.label())];
        cells.extend(detail_cells(numbers, change));
        table.push(Some(mark(phase)), cells);
    }
    table.aligned()
}

fn detail_cells(numbers: Numbers, change: &Change) -> Vec<Cell> {
    let badges: Vec<&str> = change.badges.iter().map(|badge| badge.label()).collect();
    let Some(estimate) = change.estimate.value() else {
        let reason = change.estimate.reason().unwrap_or_default();
        let mut cells = vec![Cell::new(reason)];
        cells.extend((0..8).map(|_| Cell::dash()));
        return cells;
    };
    let size = |difference| numbers::size(numbers, change.metric, difference);
    let together = estimate.simultaneous_interval.map(|interval| {
        let unit = numbers::unit_of(numbers, change.metric);
        let text = crate::numbers::difference_text(
            unit,
            estimate.change.absolute,
            Some(interval.absolute()),
        );
        unit.attach(&text.bracket().unwrap_or_default())
    });
    let added = estimate
        .added
        .map(|added| numbers::added(numbers, change.metric, &added));
    vec![
        Cell::optional(together),
        Cell::new(size(&estimate.margin)),
        Cell::new(size(&estimate.equivalence_margin)),
        Cell::optional(estimate.smallest_detectable.value().map(size)),
        Cell::optional(estimate.standard_error.map(|error| fixed_text(error, 4))),
        Cell::optional(estimate.degrees_of_freedom.map(|df| fixed_text(df, 1))),
        Cell::optional(estimate.method.clone()),
        Cell::optional(added.map(|text| text.to_string())),
        Cell::new(badges.join(", ")),
    ]
}

/// Plain values on both sides.
pub(super) fn values(model: &ComparisonModel) -> Table {
    let numbers = numbers(model);
    let mut table = Table::new(
        "Plain values: their change includes what machines and days differ in",
        vec![
            text_column("Phase"),
            text_column("Statistic"),
            text_column("Before"),
            text_column("After"),
            number_column("Change, %"),
            text_column(format!("{} interval", level(model))),
        ],
    );
    for value in &model.values {
        let Some(phase) = model.phases.iter().find(|phase| phase.id == value.phase) else {
            continue;
        };
        let [before, after] = numbers::values(numbers, value).map(|text| text.value_with_unit());
        let change: Option<NumberText> = numbers::value_change(value);
        table.push(
            Some(mark(phase)),
            vec![
                Cell::new(value.metric.label()),
                Cell::new(before),
                Cell::new(after),
                Cell::difference(change.as_ref()),
                Cell::bracket(change.as_ref()),
            ],
        );
    }
    table.aligned()
}

/// The facts that differ, those that change nothing too.
pub(super) fn facts(model: &ComparisonModel) -> Table {
    facts_of(
        &model.comparability.facts,
        "In what the runs differ beside their numbers",
    )
}

/// The facts that may matter.
pub(super) fn grave_facts(model: &ComparisonModel) -> Table {
    let facts = model.comparability.facts.iter();
    let grave: Vec<FactDifference> = facts
        .filter(|fact| fact.grade > Grade::Irrelevant)
        .cloned()
        .collect();
    facts_of(&grave, "In what the runs differ beside their numbers")
}

/// The facts that change nothing.
pub(super) fn idle_facts(model: &ComparisonModel) -> Table {
    let facts = model.comparability.of_grade(Grade::Irrelevant);
    let idle: Vec<FactDifference> = facts.cloned().collect();
    facts_of(&idle, "Facts that differ and change nothing")
}

fn facts_of(facts: &[FactDifference], caption: &str) -> Table {
    let mut table = Table::new(
        caption,
        vec![
            text_column("Fact"),
            text_column("Before"),
            text_column("After"),
            text_column("Grade"),
        ],
    );
    for fact in facts {
        table.push(None, fact_cells(fact));
    }
    table
}

fn fact_cells(fact: &FactDifference) -> Vec<Cell> {
    let value = |value: &Option<String>| Cell::new(value.as_deref().unwrap_or("absent"));
    vec![
        Cell::new(fact.fact.clone()),
        value(&fact.before),
        value(&fact.after),
        Cell::new(fact.grade.words()),
    ]
}

/// The runs of both sides.
pub(super) fn runs(model: &ComparisonModel) -> Table {
    let mut table = Table::new(
        "The runs",
        vec![
            text_column("Side"),
            text_column("Run"),
            text_column("Started"),
            text_column("Load"),
            text_column("Versions"),
            text_column("Quality"),
        ],
    );
    for (name, side) in [("before", &model.before), ("after", &model.after)] {
        for run in &side.runs {
            let versions: Vec<String> = run
                .versions
                .iter()
                .map(|version| format!("{} {}", version.program, version.version))
                .collect();
            let load = format!(
                "{} × {} s at {} req/s",
                crate::analysis::counted(u64::from(run.rounds), "round"),
                fixed_text(run.duration_seconds.get(), 0),
                fixed_text(run.rate.get(), 0)
            );
            let versions = if versions.is_empty() {
                DASH.to_owned()
            } else {
                versions.join(", ")
            };
            let texts = [
                name.to_owned(),
                run.id.clone(),
                run.started_at.format("%Y-%m-%d %H:%M UTC").to_string(),
                load,
                versions,
                run.quality.clone(),
            ];
            table.push(None, texts.into_iter().map(Cell::new).collect());
        }
    }
    table
}

/// Each phase with its changes in the metrics, in order.
pub(super) fn rows<'a>(
    model: &'a ComparisonModel,
    metrics: &'a [ChangeMetric],
) -> impl Iterator<Item = (&'a Phase, &'a Change)> {
    model.treatments().flat_map(move |phase| {
        metrics
            .iter()
            .filter_map(move |metric| Some((phase, model.change(&phase.id, *metric)?)))
    })
}

/// `95 %`.
pub(super) fn level(model: &ComparisonModel) -> String {
    crate::analysis::percent(model.intervals.level.get(), 0)
}
