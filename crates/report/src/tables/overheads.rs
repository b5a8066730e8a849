//! Overheads of all phases at all statistics, and what stands behind each.

use super::{Cell, Table, mark, number_column, text_column};
use crate::model::{
    Badge, Effect, Measured, Overhead, OverheadEstimate, ReportModel, Statistic, Verdict,
};
use crate::number_format::fixed_text;
use crate::numbers::{Numbers, ends};

/// What each phase adds at each statistic.
pub(crate) fn overheads(model: &ReportModel) -> Table {
    let numbers = Numbers::new(model);
    let unit = numbers.overhead.symbol();
    let mut table = Table::new(
        "What each phase adds to the baseline's latency",
        vec![
            text_column("Phase"),
            text_column("Statistic"),
            number_column(format!("Added, {unit}")),
            text_column(format!("{} interval", level(model))),
            number_column("% of baseline"),
            text_column("interval"),
            text_column("Verdict"),
            text_column("Badges"),
        ],
    );
    for (phase, overhead) in rows(model) {
        let absolute = numbers.absolute(overhead);
        let relative = Numbers::relative(overhead);
        table.push(
            Some(mark(phase)),
            vec![
                Cell::new(overhead.statistic.label()),
                Cell::difference(absolute.as_ref()),
                Cell::bracket(absolute.as_ref()),
                Cell::difference(relative.as_ref()),
                Cell::bracket(relative.as_ref()),
                Cell::new(words(overhead)),
                Cell::new(badges(&overhead.badges)),
            ],
        );
    }
    table.aligned()
}

/// How each overhead was computed.
pub(crate) fn overhead_details(model: &ReportModel) -> Table {
    let numbers = Numbers::new(model);
    let unit = numbers.overhead.symbol();
    let comparisons = model.intervals.simultaneous_comparisons;
    let mut table = Table::new(
        "How each overhead was computed (δ and standard errors are differences of natural logs)",
        vec![
            text_column("Phase"),
            text_column("Statistic"),
            text_column(format!("All {comparisons} together, {unit}")),
            number_column(format!("Margin, ±{unit}")),
            number_column(format!("Resolution, ±{unit}")),
            number_column("Rounds needed"),
            number_column("δ"),
            number_column("SE"),
            text_column("paired, pooled, within"),
            number_column("df"),
            number_column("Bucket error"),
            text_column("Method"),
            text_column("Other methods"),
        ],
    );
    for (phase, overhead) in rows(model) {
        let mut cells = vec![Cell::new(overhead.statistic.label())];
        if let Some(estimate) = overhead.estimate.value() {
            cells.extend(detail_cells(numbers, overhead, estimate));
        } else {
            let reason = overhead.estimate.reason().unwrap_or_default();
            cells.push(Cell::new(reason));
            cells.extend((0..10).map(|_| Cell::dash()));
        }
        table.push(Some(mark(phase)), cells);
    }
    table.aligned()
}

fn detail_cells(numbers: Numbers, overhead: &Overhead, estimate: &OverheadEstimate) -> Vec<Cell> {
    let bare = |seconds: f64| {
        let text = numbers.size(seconds);
        text.split('\u{2009}').next().unwrap_or_default().to_owned()
    };
    let resolution = estimate
        .resolution
        .value()
        .map(|effect: &Effect| bare(effect.absolute_seconds.get()));
    let parts = estimate.standard_error.map(|error| {
        [error.paired, error.pooled, error.within_run]
            .map(|part| part.map_or_else(|| super::DASH.to_owned(), |part| fixed_text(part, 4)))
            .join(", ")
    });
    let simultaneous = estimate.simultaneous_interval.map(|interval| {
        let (lower, upper) = ends(&interval.absolute_seconds);
        let unit = numbers.overhead;
        let text = crate::number_format::number_text(
            unit,
            crate::number_format::Sign::Always,
            estimate.point.absolute_seconds.get(),
            Some((lower, upper)),
        );
        text.bracket().unwrap_or_default()
    });
    vec![
        Cell::optional(simultaneous),
        Cell::new(bare(overhead.margin.effect.absolute_seconds.get())),
        Cell::optional(resolution),
        Cell::new(rounds_needed(&estimate.rounds_needed)),
        Cell::new(fixed_text(estimate.log_difference, 4)),
        Cell::optional(
            estimate
                .standard_error
                .map(|error| fixed_text(error.log, 4)),
        ),
        Cell::optional(parts),
        Cell::optional(estimate.degrees_of_freedom.map(|df| fixed_text(df, 1))),
        Cell::new(fixed_text(estimate.resolution_error_log, 4)),
        Cell::new(format!(
            "{}, {} rounds",
            estimate.method.label(),
            estimate.rounds
        )),
        Cell::new(alternatives(numbers, estimate)),
    ]
}

fn rounds_needed(rounds: &Measured<u32>) -> String {
    match rounds {
        Measured::Known { value } => value.to_string(),
        Measured::Unknown { reason } => reason.clone(),
    }
}

fn alternatives(numbers: Numbers, estimate: &OverheadEstimate) -> String {
    let texts: Vec<String> = estimate
        .alternatives
        .iter()
        .map(|alternative| {
            let interval = alternative.interval.value();
            let text = crate::number_format::number_text(
                numbers.overhead,
                crate::number_format::Sign::Always,
                alternative.point.absolute_seconds.get(),
                interval.map(|interval| ends(&interval.absolute_seconds)),
            );
            format!(
                "{}: {text}, {}",
                alternative.method.label(),
                alternative.verdict.words()
            )
        })
        .collect();
    if texts.is_empty() {
        super::DASH.to_owned()
    } else {
        texts.join("; ")
    }
}

/// How far the two baselines of a round are apart.
pub(crate) fn noise_floors(model: &ReportModel) -> Table {
    let numbers = Numbers::new(model);
    let mut table = Table::new(
        "Noise floor: the last baseline of each round against the first",
        vec![
            text_column("Statistic"),
            text_column("Mean difference"),
            text_column("Largest in a round"),
        ],
    );
    for floor in &model.noise_floors {
        let mean = crate::number_format::number_text(
            numbers.overhead,
            crate::number_format::Sign::Always,
            floor.mean.absolute_seconds.get(),
            floor
                .interval
                .value()
                .map(|interval| ends(&interval.absolute_seconds)),
        );
        let largest = numbers.noise_floor(floor);
        table.push(
            None,
            vec![
                Cell::new(floor.statistic.label()),
                Cell::new(mean.to_string()),
                Cell::new(largest),
            ],
        );
    }
    table
}

fn rows(model: &ReportModel) -> impl Iterator<Item = (&crate::model::Phase, &Overhead)> {
    model.treatments().flat_map(move |phase| {
        Statistic::ALL
            .into_iter()
            .filter_map(move |statistic| Some((phase, model.overhead(&phase.id, statistic)?)))
    })
}

/// The verdict words; an inconclusive one says what could have been seen and what it would take.
fn words(overhead: &Overhead) -> String {
    let words = overhead.verdict.words().to_owned();
    if overhead.verdict != Verdict::Inconclusive {
        return words;
    }
    let estimate = overhead.estimate.value();
    let resolution = estimate.and_then(|estimate| estimate.resolution.value());
    let rounds = estimate.and_then(|estimate| estimate.rounds_needed.value());
    match (resolution, rounds) {
        (Some(resolution), Some(rounds)) => format!(
            "{words} (resolution ±{}\u{2009}%, about {rounds} rounds needed)",
            fixed_text(100.0 * resolution.relative.get(), 0)
        ),
        _ => words,
    }
}

fn badges(badges: &[Badge]) -> String {
    let labels: Vec<&str> = badges.iter().map(|badge| badge.label()).collect();
    labels.join(", ")
}

/// `95 %`.
pub(crate) fn level(model: &ReportModel) -> String {
    format!(
        "{}\u{2009}%",
        fixed_text(100.0 * model.intervals.level.get(), 0)
    )
}
