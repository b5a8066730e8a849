//! Tidy CSV of a comparison: one row a number, in base units with all digits.

use std::fmt::Write as _;

use crate::comparison::model::{
    Change, ChangeEstimate, ComparisonModel, DifferenceInterval, Grade, SideOverhead, ValueChange,
};
use crate::csv::field;
use crate::model::Ratio;

const HEAD: &str = "before,after,kind,phase,statistic,unit,value,lower,upper,verdict";

/// Renders changes, the overheads of both sides and plain values.
pub fn render_comparison_csv(model: &ComparisonModel) -> String {
    let sides = format!(
        "{},{}",
        field(&model.before.ids()),
        field(&model.after.ids())
    );
    let mut output = format!("{HEAD}\n");
    let rows = forced_rows(model)
        .chain(model.changes.iter().flat_map(change_rows))
        .chain(model.values.iter().flat_map(value_rows));
    for row in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(output, "{sides},{row}");
    }
    output
}

/// On top: the facts for which the runs should not have been compared.
fn forced_rows(model: &ComparisonModel) -> impl Iterator<Item = String> {
    let facts = model.comparability.of_grade(Grade::NotComparable);
    facts.map(|fact| {
        line(
            ["forced", "", &fact.fact, ""],
            None,
            None,
            fact.grade.words(),
        )
    })
}

fn line(
    [kind, phase, statistic, unit]: [&str; 4],
    value: Option<f64>,
    ends: Option<(f64, f64)>,
    verdict: &str,
) -> String {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    [
        field(kind),
        field(phase),
        field(statistic),
        field(unit),
        number(value),
        number(ends.map(|ends| ends.0)),
        number(ends.map(|ends| ends.1)),
        field(verdict),
    ]
    .join(",")
}

fn change_rows(change: &Change) -> Vec<String> {
    let names = |kind: &'static str, unit: &'static str| {
        [kind, change.phase.as_str(), change.metric.label(), unit]
    };
    let unit = change.unit.label();
    let verdict = change.verdict.words();
    let interval = change.interval();
    let point = change.point();
    let mut rows = vec![
        line(
            names("change", unit),
            point.map(|point| point.absolute),
            interval.map(DifferenceInterval::absolute),
            verdict,
        ),
        line(
            names("change", "ratio"),
            point.and_then(|point| Some(point.relative?.get())),
            interval.and_then(DifferenceInterval::relative),
            verdict,
        ),
    ];
    let side = |kind: &'static str, pick: fn(&ChangeEstimate) -> &SideOverhead| {
        change.estimate.value().map(pick).map(|side| {
            let ends = side.interval.as_ref().map(DifferenceInterval::absolute);
            line(names(kind, unit), Some(side.point.absolute), ends, "")
        })
    };
    rows.extend(side("overhead_before", |estimate| &estimate.before));
    rows.extend(side("overhead_after", |estimate| &estimate.after));
    rows
}

fn value_rows(value: &ValueChange) -> [String; 3] {
    let names = |kind: &'static str, unit: &'static str| {
        [kind, value.phase.as_str(), value.metric.label(), unit]
    };
    let unit = value.unit.label();
    let ends = value
        .interval
        .as_ref()
        .and_then(DifferenceInterval::relative);
    let change = value.change.relative.map(Ratio::get);
    [
        line(names("value_before", unit), Some(value.before), None, ""),
        line(names("value_after", unit), Some(value.after), None, ""),
        line(names("value_change", "ratio"), change, ends, ""),
    ]
}
