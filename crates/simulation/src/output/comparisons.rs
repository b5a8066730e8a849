//! Comparisons as Markdown tables.

use std::fmt::Write;

use super::markdown::percents;
use crate::study::{ComparisonRow, IntervalRow, Rate};

/// Writes both tables; nothing of no rows.
pub(super) fn comparisons(rows: &[ComparisonRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let heads = [
        "scenario",
        "sd of days",
        "sd of runs",
        "change",
        "runs",
        "R",
        "comparisons",
    ];
    let first: Vec<&str> = heads
        .into_iter()
        .chain([
            "p50",
            "p90",
            "p95",
            "p99",
            "p99.9",
            "mean",
            "plain p50",
            "plain p99",
        ])
        .collect();
    let second: Vec<&str> = heads
        .into_iter()
        .chain([
            "primary: direction",
            "primary: beyond",
            "others: direction",
            "others: beyond",
            "found",
            "regressed",
        ])
        .collect();
    let intervals: Vec<String> = rows.iter().map(interval_cells).collect();
    let verdicts: Vec<String> = rows.iter().map(verdict_cells).collect();
    let mut text = String::new();
    table(
        &mut text,
        "Comparisons: coverage % / median full width (100 dln) of the change of the sidecar's overhead; coverage of plain values",
        &first,
        &intervals,
    );
    table(
        &mut text,
        "Comparisons: % with a false claim about any unchanged phase, by family; % in which the changed median is found",
        &second,
        &verdicts,
    );
    text
}

fn table(text: &mut String, title: &str, heads: &[&str], rows: &[String]) {
    let rule = "---|".repeat(heads.len());
    // Writing to a string cannot fail.
    _ = writeln!(text, "\n{title}\n\n| {} |\n|{rule}", heads.join(" | "));
    for row in rows {
        _ = writeln!(text, "{row}");
    }
}

fn design(row: &ComparisonRow) -> String {
    format!(
        "| {} | {:.0} % | {:.0} % | {:+.0} % | {} + {} | {} | {}",
        row.scenario,
        100.0 * row.world.day_sd,
        100.0 * row.world.run_sd,
        100.0 * row.world.change,
        row.sides.before,
        row.sides.after,
        row.rounds,
        row.false_primary.trials,
    )
}

fn interval_cells(row: &ComparisonRow) -> String {
    let changes = row
        .intervals
        .iter()
        .map(|one| format!("{:.1} / {:.1}", one.coverage.percent(), one.width));
    let is_primary = |one: &&IntervalRow| ["p50", "p99"].contains(&one.statistic.as_str());
    let plain = row
        .intervals
        .iter()
        .filter(is_primary)
        .map(|one| match one.plain_coverage {
            Rate { trials: 0, .. } => "-".to_owned(),
            rate => format!("{:.1}", rate.percent()),
        });
    let cells: Vec<String> = changes.chain(plain).collect();
    format!("{} | {} |", design(row), cells.join(" | "))
}

fn verdict_cells(row: &ComparisonRow) -> String {
    let rates = [
        row.false_primary,
        row.false_beyond_primary,
        row.false_exploratory,
        row.false_beyond_exploratory,
        row.found,
        row.regressed,
    ];
    format!("{} | {} |", design(row), percents(&rates))
}
