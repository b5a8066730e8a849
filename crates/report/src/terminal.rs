//! The overheads for a terminal: rules only, units in heads, intervals in brackets, verdict words last.

use std::fmt::Write as _;

use crate::charts::interval_note;
use crate::model::{Overhead, Phase, ReportModel, Statistic, Verdict};
use crate::number_format::fixed_text;
use crate::numbers::Numbers;
use crate::text_safety::on_one_line;

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";
/// A title is never cut below this.
const LEAST_TITLE: usize = 8;

/// Whether the terminal shows colours; they only help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// It does, and the user did not say no.
    Allowed,
    /// Plain text.
    Off,
}

/// Renders the overheads, at most `width` columns wide where titles allow it.
pub fn render_terminal(model: &ReportModel, width: usize, colour: Colour) -> String {
    let mut output = String::new();
    for line in head(model) {
        for part in wrap(&line, width) {
            let _ = writeln!(output, "{part}");
        }
    }
    output.push('\n');
    push_table(&mut output, model, width, colour);
    let _ = writeln!(output);
    for line in foot(model) {
        for part in wrap(&line, width) {
            let _ = writeln!(output, "{part}");
        }
    }
    output
}

fn head(model: &ReportModel) -> Vec<String> {
    let run = &model.run;
    let rounds = if run.rounds == 1 { "round" } else { "rounds" };
    let mut lines = vec![format!(
        "{} ({}, {} {rounds} × {} s at {} req/s)",
        on_one_line(&run.title),
        run.environment.label(),
        run.rounds,
        fixed_text(run.duration_seconds.get(), 0),
        fixed_text(run.rate.get(), 0)
    )];
    lines.extend(run.caveat.iter().map(|caveat| on_one_line(caveat)));
    for phase in &model.phases {
        for reason in phase.validity.reasons() {
            lines.push(on_one_line(&format!(
                "{} is invalid: {reason}",
                phase.title
            )));
        }
    }
    lines
}

fn foot(model: &ReportModel) -> Vec<String> {
    let mut lines = vec![format!("In brackets: {}.", interval_note(model))];
    let numbers = Numbers::new(model);
    let floors: Vec<String> = Statistic::PRIMARY
        .into_iter()
        .filter_map(|statistic| Some((statistic, model.noise_floor(statistic)?)))
        .map(|(statistic, floor)| format!("{} ±{}", statistic.label(), numbers.noise_floor(floor)))
        .collect();
    if !floors.is_empty() {
        lines.push(format!(
            "Two runs of the same baseline differ by up to {}.",
            floors.join(", ")
        ));
    }
    lines.push(format!("{}.", model.findings.quality));
    lines
}

/// A line of the table; the verdict is last, so its width does not matter for the others.
struct Line {
    phase: String,
    /// What stands for the title where one of the titles is too wide.
    id: String,
    statistic: &'static str,
    value: String,
    interval: String,
    relative: String,
    verdict: Verdict,
}

fn push_table(output: &mut String, model: &ReportModel, width: usize, colour: Colour) {
    let numbers = Numbers::new(model);
    let lines = lines(model, numbers);
    let widest = |column: fn(&Line) -> &str, head: &str| {
        lines
            .iter()
            .map(|line| width_of(column(line)))
            .max()
            .unwrap_or(0)
            .max(width_of(head))
    };
    let value_head = format!("added, {}", numbers.overhead.symbol());
    let value = widest(|line| &line.value, &value_head);
    let interval = widest(|line| &line.interval, "");
    let relative = widest(|line| &line.relative, "% of base");
    let verdict = widest(|line| line.verdict.words(), "verdict");
    let statistic = 5;
    let others = statistic + value + interval + relative + verdict + 5 * 2;
    let title =
        widest(|line| &line.phase, "phase").min(width.saturating_sub(others).max(LEAST_TITLE));
    let _ = writeln!(
        output,
        "{:title$}  {:statistic$}  {value_head:>value$}  {:interval$}  {:>relative$}  verdict",
        "phase", "", "", "% of base"
    );
    let _ = writeln!(output, "{}", "-".repeat((title + others).min(width)));
    // One title beside the id of another phase would look like two kinds of phases.
    let in_ids = lines.iter().any(|line| width_of(&line.phase) > title)
        && lines.iter().all(|line| width_of(&line.id) <= title);
    let mut previous = "";
    for line in &lines {
        let phase = if line.phase == previous {
            String::new()
        } else if in_ids {
            line.id.clone()
        } else {
            shorten(&line.phase, title)
        };
        previous = &line.phase;
        let words = paint(line.verdict, colour);
        let Line {
            statistic: name,
            value: number,
            interval: bracket,
            relative: percent,
            ..
        } = line;
        let _ = writeln!(
            output,
            "{phase:title$}  {name:statistic$}  {number:>value$}  {bracket:interval$}  {percent:>relative$}  {words}"
        );
    }
}

fn lines(model: &ReportModel, numbers: Numbers) -> Vec<Line> {
    let mut lines = Vec::new();
    for phase in model.treatments() {
        for statistic in Statistic::ALL {
            if let Some(overhead) = model.overhead(&phase.id, statistic) {
                lines.push(line(numbers, phase, overhead));
            }
        }
    }
    lines
}

fn line(numbers: Numbers, phase: &Phase, overhead: &Overhead) -> Line {
    let absolute = numbers.absolute(overhead);
    let relative = Numbers::relative(overhead);
    Line {
        phase: on_one_line(&phase.title),
        id: on_one_line(phase.id.as_str()),
        statistic: overhead.statistic.label(),
        value: absolute
            .as_ref()
            .map_or_else(|| "–".to_owned(), |text| text.value.clone()),
        interval: absolute.and_then(|text| text.bracket()).unwrap_or_default(),
        relative: relative.map_or_else(|| "–".to_owned(), |text| text.value),
        verdict: overhead.verdict,
    }
}

fn paint(verdict: Verdict, colour: Colour) -> String {
    emphasised(verdict.words(), verdict.is_conclusive(), colour)
}

/// Words that stand out where they claim something.
pub(crate) fn emphasised(words: &str, is_conclusive: bool, colour: Colour) -> String {
    match colour {
        Colour::Off => words.to_owned(),
        Colour::Allowed if is_conclusive => format!("{BOLD}{words}{PLAIN}"),
        Colour::Allowed => format!("{DIM}{words}{PLAIN}"),
    }
}

/// The width of a text in letters.
pub(crate) fn width_of(text: &str) -> usize {
    text.chars().count()
}

/// The title, the id where the title is too wide, or the title shortened.
pub(crate) fn name_of(title: &str, id: &str, width: usize) -> String {
    if width_of(title) > width && width_of(id) <= width {
        return id.to_owned();
    }
    shorten(title, width)
}

/// The text, cut to a width.
pub(crate) fn shorten(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Breaks a text into lines of a width.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width_of(line) + 1 + width_of(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
