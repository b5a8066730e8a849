//! Tidy CSV: one row a statistic, numbers in base units with all their digits.

use crate::model::{
    Absolute, Measured, NoiseFloor, Overhead, PhaseLoad, Quantity, ReportModel, ResourceDifference,
    ResourceValue,
};
use crate::numbers::ends;

/// The head of the file.
const HEAD: [&str; 14] = [
    "run_id",
    "kind",
    "phase",
    "statistic",
    "unit",
    "value",
    "lower",
    "upper",
    "interval_level",
    "sample_count",
    "method",
    "verdict",
    "badges",
    "reason",
];

/// Renders the estimates of a model. Text that a spreadsheet would take for a formula starts with an apostrophe.
pub fn render_csv(model: &ReportModel) -> String {
    let mut output = HEAD.join(",");
    output.push('\n');
    let rows = model
        .overheads
        .iter()
        .flat_map(overhead_rows)
        .chain(model.noise_floors.iter().map(noise_floor_row))
        .chain(model.absolutes.iter().map(absolute_row))
        .chain(model.resource_differences.iter().map(resource_row))
        .chain(model.load.iter().flat_map(load_rows));
    for row in rows {
        output.push_str(&row.line(model));
        output.push('\n');
    }
    output
}

/// A row; a field without content is empty.
#[derive(Default)]
struct Row {
    kind: &'static str,
    phase: String,
    statistic: String,
    unit: &'static str,
    value: Option<f64>,
    ends: Option<(f64, f64)>,
    sample_count: Option<u64>,
    method: &'static str,
    verdict: &'static str,
    badges: String,
    reason: String,
}

impl Row {
    fn line(&self, model: &ReportModel) -> String {
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let level = self.ends.map(|_| model.intervals.level.get());
        [
            field(&model.run.id),
            field(self.kind),
            field(&self.phase),
            field(&self.statistic),
            field(self.unit),
            number(self.value),
            number(self.ends.map(|ends| ends.0)),
            number(self.ends.map(|ends| ends.1)),
            number(level),
            self.sample_count
                .map_or_else(String::new, |count| count.to_string()),
            field(self.method),
            field(self.verdict),
            field(&self.badges),
            field(&self.reason),
        ]
        .join(",")
    }
}

/// Quotes text where needed and takes the sting out of formulas.
pub(crate) fn field(text: &str) -> String {
    let text = crate::text_safety::on_one_line(text);
    let is_formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '|', '%']);
    let text = if is_formula { format!("'{text}") } else { text };
    if text.contains([',', '"', '\'', ';']) || text.starts_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn joined(badges: &[crate::model::Badge]) -> String {
    let labels: Vec<&str> = badges.iter().map(|badge| badge.label()).collect();
    labels.join("; ")
}

/// Two rows: the relative and the absolute overhead.
fn overhead_rows(overhead: &Overhead) -> [Row; 2] {
    let estimate = overhead.estimate.value();
    let interval = overhead.interval();
    let reason = || {
        let reason = overhead.estimate.reason();
        reason
            .or_else(|| estimate.and_then(|estimate| estimate.interval.reason()))
            .unwrap_or_default()
            .to_owned()
    };
    let row = |unit: &'static str, value: Option<f64>, ends: Option<(f64, f64)>| Row {
        kind: "overhead",
        phase: overhead.phase.as_str().to_owned(),
        statistic: overhead.statistic.label().to_owned(),
        unit,
        value,
        ends,
        method: estimate.map_or("", |estimate| estimate.method.label()),
        verdict: overhead.verdict.words(),
        badges: joined(&overhead.badges),
        reason: reason(),
        ..Row::default()
    };
    let point = overhead.point();
    [
        row(
            "seconds",
            point.map(|effect| effect.absolute_seconds.get()),
            interval.map(|interval| ends(&interval.absolute_seconds)),
        ),
        row(
            "ratio",
            point.map(|effect| effect.relative.get()),
            interval.map(|interval| ends(&interval.relative)),
        ),
    ]
}

fn noise_floor_row(floor: &NoiseFloor) -> Row {
    Row {
        kind: "noise_floor",
        statistic: floor.statistic.label().to_owned(),
        unit: "seconds",
        value: Some(floor.mean.absolute_seconds.get()),
        ends: floor
            .interval
            .value()
            .map(|interval| ends(&interval.absolute_seconds)),
        ..Row::default()
    }
}

fn absolute_row(absolute: &Absolute) -> Row {
    let value = absolute.value.value();
    Row {
        kind: "latency",
        phase: absolute.phase.as_str().to_owned(),
        statistic: absolute.statistic.label().to_owned(),
        unit: "seconds",
        value: value.map(|value| value.point_seconds.get()),
        ends: value
            .and_then(|value| value.interval_seconds.value())
            .map(ends),
        sample_count: value.map(|value| value.sample_count),
        badges: joined(&absolute.badges),
        reason: absolute.value.reason().unwrap_or_default().to_owned(),
        ..Row::default()
    }
}

fn resource_row(difference: &ResourceDifference) -> Row {
    let value = difference.difference.value();
    let no_interval = |value: &ResourceValue| match value {
        ResourceValue::CpuSeconds { interval, .. } => reason_of(interval),
        ResourceValue::Bytes { interval, .. } => reason_of(interval),
    };
    Row {
        kind: "resource_difference",
        phase: difference.phase.as_str().to_owned(),
        statistic: difference.metric.label().replace(',', ""),
        unit: match value {
            Some(ResourceValue::CpuSeconds { .. }) => "cpu_seconds",
            Some(ResourceValue::Bytes { .. }) => "bytes",
            None => "",
        },
        value: value.map(ResourceValue::point),
        ends: value.and_then(ResourceValue::ends),
        badges: joined(&difference.badges),
        reason: value.map_or_else(|| reason_of(&difference.difference), no_interval),
        ..Row::default()
    }
}

fn reason_of<T>(measured: &Measured<T>) -> String {
    measured.reason().unwrap_or_default().to_owned()
}

fn load_rows(load: &PhaseLoad) -> [Row; 3] {
    let row = |statistic: &str, unit: &'static str, value: f64| Row {
        kind: "load",
        phase: load.phase.as_str().to_owned(),
        statistic: statistic.to_owned(),
        unit,
        value: Some(value),
        sample_count: Some(load.requests),
        ..Row::default()
    };
    [
        row(
            "achieved rate",
            "requests_per_second",
            load.achieved_rate.get(),
        ),
        row(
            "dropped iterations",
            "count",
            load.dropped_iterations as f64,
        ),
        Row {
            ends: load.error_share.interval.value().map(ends),
            ..row(
                "failed requests",
                "share",
                Quantity::get(load.error_share.point),
            )
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_quotes_doubled() {
        assert_eq!(field("=cmd()"), "\"'=cmd()\"");
        assert_eq!(field(" @sum"), "\"' @sum\"");
        assert_eq!(field("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("two\nlines"), "two lines");
    }
}
