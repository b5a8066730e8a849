//! A comparison for a terminal: rules only, units in heads, intervals in brackets, verdict words last.

use std::fmt::Write as _;

use crate::comparison::charts::interval_note;
use crate::comparison::model::{Change, ChangeMetric, ComparisonModel};
use crate::comparison::numbers::{self, numbers};
use crate::comparison::tables::rows;
use crate::model::Phase;
use crate::number_format::NumberText;
use crate::terminal::{Colour, emphasised, name_of, width_of, wrap};
use crate::text_safety::on_one_line;

/// A title is never cut below this.
const LEAST_TITLE: usize = 8;

/// Renders the changes, at most `width` columns wide where titles allow it.
pub fn render_comparison_terminal(model: &ComparisonModel, width: usize, colour: Colour) -> String {
    let mut output = String::new();
    let mut head = vec![on_one_line(&model.title)];
    head.extend(model.alerts.iter().map(|alert| on_one_line(alert)));
    head.extend([&model.answer.body, &model.answer.tail].map(|sentence| on_one_line(sentence)));
    push_lines(&mut output, &head, width);
    output.push('\n');
    push_changes(&mut output, model, width, colour);
    output.push('\n');
    let foot = [
        format!("In brackets: {}.", interval_note(model)),
        format!("{}.", model.headings.comparability),
    ];
    push_lines(&mut output, &foot, width);
    output
}

fn push_lines(output: &mut String, lines: &[String], width: usize) {
    for part in lines.iter().flat_map(|line| wrap(line, width)) {
        let _ = writeln!(output, "{part}");
    }
}

/// A line of the table.
struct Line {
    phase: String,
    id: String,
    statistic: &'static str,
    value: String,
    interval: String,
    words: &'static str,
    is_conclusive: bool,
}

fn push_changes(output: &mut String, model: &ComparisonModel, width: usize, colour: Colour) {
    let metrics = [
        ChangeMetric::P50,
        ChangeMetric::P99,
        ChangeMetric::Cpu,
        ChangeMetric::Memory,
    ];
    let lines: Vec<Line> = rows(model, &metrics)
        .map(|(phase, change)| line(model, phase, change))
        .collect();
    let widest = |text: fn(&Line) -> &str, least: usize| {
        let widths = lines.iter().map(|line| width_of(text(line)));
        widths.max().unwrap_or(0).max(least)
    };
    let value = widest(|line| &line.value, 6);
    let interval = widest(|line| &line.interval, 0);
    let words = widest(|line| line.words, 7);
    let others = 6 + value + interval + words + 4 * 2;
    let title = widest(|line| &line.phase, 5).min(width.saturating_sub(others).max(LEAST_TITLE));
    let _ = writeln!(
        output,
        "{:title$}  {:6}  {:>value$}  {:interval$}  verdict",
        "phase", "", "change", ""
    );
    let _ = writeln!(output, "{}", "-".repeat((title + others).min(width)));
    let mut previous = "";
    for line in &lines {
        let phase = if line.phase == previous {
            String::new()
        } else {
            name_of(&line.phase, &line.id, title)
        };
        previous = &line.phase;
        let words = emphasised(line.words, line.is_conclusive, colour);
        let Line {
            statistic,
            value: number,
            interval: bracket,
            ..
        } = line;
        let _ = writeln!(
            output,
            "{phase:title$}  {statistic:6}  {number:>value$}  {bracket:interval$}  {words}"
        );
    }
}

fn line(model: &ComparisonModel, phase: &Phase, change: &Change) -> Line {
    let number = numbers::absolute(numbers(model), change);
    Line {
        phase: on_one_line(&phase.title),
        id: on_one_line(phase.id.as_str()),
        statistic: change.metric.label(),
        value: number
            .as_ref()
            .map_or_else(|| "–".to_owned(), NumberText::value_with_unit),
        interval: number.and_then(|text| text.bracket()).unwrap_or_default(),
        words: change.verdict.words(),
        is_conclusive: change.verdict.is_conclusive(),
    }
}
