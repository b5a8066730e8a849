//! Results as Markdown tables.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Document;
use crate::run::Baselines;
use crate::study::{CoverageRow, Rate};

/// Writes the tables of a document.
pub fn markdown(document: &Document) -> String {
    let mut text = String::new();
    for part in [
        coverage(&document.coverage),
        verdicts(document),
        drift(document),
        super::comparisons::comparisons(&document.comparisons),
    ] {
        if !part.is_empty() {
            text.push_str(&part);
            text.push('\n');
        }
    }
    text
}

fn coverage(rows: &[CoverageRow]) -> String {
    let mut tables: BTreeMap<_, BTreeMap<u32, Vec<&CoverageRow>>> = BTreeMap::new();
    for row in rows {
        tables
            .entry((row.baselines, row.scenario, row.phase))
            .or_default()
            .entry(row.rounds)
            .or_default()
            .push(row);
    }
    let mut text = String::new();
    let mut under = None;
    for ((baselines, scenario, phase), by_rounds) in tables {
        if under != Some(baselines) {
            under = Some(baselines);
            let number = match baselines {
                Baselines::One => "one baseline",
                Baselines::Two => "two baselines",
            };
            push(
                &mut text,
                format_args!(
                    "\nDefault intervals, {number} in a round: coverage % / median full width (100 dln)\n"
                ),
            );
            push(
                &mut text,
                format_args!(
                    "| scenario, phase | R | runs | p50 | p90 | p95 | p99 | p99.9 | mean |"
                ),
            );
            push(
                &mut text,
                format_args!("|---|---|---|---|---|---|---|---|---|"),
            );
        }
        for (rounds, row) in by_rounds {
            let runs = row.first().map_or(0, |one| one.coverage.trials);
            let cells: Vec<String> = row.iter().map(|one| coverage_cell(one)).collect();
            push(
                &mut text,
                format_args!(
                    "| {scenario}, {phase} | {rounds} | {runs} | {} |",
                    cells.join(" | ")
                ),
            );
        }
    }
    text
}

fn coverage_cell(row: &CoverageRow) -> String {
    let coverage = row.coverage.percent();
    row.own_coverage.map_or_else(
        || format!("{coverage:.0} / {:.1}", row.width),
        |own| {
            format!(
                "{:.0} (pop {coverage:.0}) / {:.1}",
                own.percent(),
                row.width
            )
        },
    )
}

fn verdicts(document: &Document) -> String {
    if document.verdicts.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    push(
        &mut text,
        format_args!("\nVerdicts, p50 and p99, smallest effect that matters 5 %, % of runs\n"),
    );
    push(
        &mut text,
        format_args!(
            "| scenario, true overhead | baselines | R | statistic | runs | direction claimed | beyond the margin | equivalent | inconclusive | capped by the noise floor |"
        ),
    );
    push(
        &mut text,
        format_args!("|---|---|---|---|---|---|---|---|---|---|"),
    );
    for row in &document.verdicts {
        let shares = [
            row.claimed,
            row.beyond,
            row.equivalent,
            row.inconclusive,
            row.capped,
        ];
        push(
            &mut text,
            format_args!(
                "| {}, {:+.0} % | {} | {} | {} | {} | {} |",
                row.scenario,
                100.0 * row.effect,
                row.baselines.count(),
                row.rounds,
                row.statistic,
                row.claimed.trials,
                percents(&shares),
            ),
        );
    }
    text
}

fn drift(document: &Document) -> String {
    if document.drift.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    push(
        &mut text,
        format_args!(
            "\nTests of drift and order, % of runs (of slots in the last column) in which they find something\n"
        ),
    );
    push(
        &mut text,
        format_args!(
            "| scenario | drift per slot | R | statistic | runs | baseline over rounds | order within round | last baseline against first | within a slot (p50) |"
        ),
    );
    push(
        &mut text,
        format_args!("|---|---|---|---|---|---|---|---|---|"),
    );
    for row in &document.drift {
        let rates = [
            row.baseline_over_rounds,
            row.order_within_round,
            row.baseline_repeat,
            row.within_slot,
        ];
        push(
            &mut text,
            format_args!(
                "| {} | {:.1} % | {} | {} | {} | {} |",
                row.scenario,
                100.0 * row.drift_per_slot,
                row.rounds,
                row.statistic,
                row.order_within_round.trials,
                percents(&rates),
            ),
        );
    }
    text
}

pub(super) fn percents(rates: &[Rate]) -> String {
    let cell = |rate: &Rate| {
        if rate.trials == 0 {
            "-".to_owned()
        } else {
            format!("{:.1}", rate.percent())
        }
    };
    rates.iter().map(cell).collect::<Vec<_>>().join(" | ")
}

fn push(text: &mut String, line: std::fmt::Arguments) {
    // Writing to a string cannot fail.
    _ = writeln!(text, "{line}");
}
