//! A history for a terminal: the runs, then each phase run by run.

use std::fmt::Write as _;

use crate::history::model::HistoryModel;
use crate::history::tables;
use crate::number_format::NumberText;
use crate::terminal::{shorten, width_of, wrap};
use crate::text_safety::on_one_line;

/// Renders the runs and what each phase adds, at most `width` columns wide.
pub fn render_history_terminal(model: &HistoryModel, width: usize) -> String {
    let mut output = String::new();
    let heads = ["run", "started (UTC)", "rounds and load"];
    let rows = model.runs.iter().map(|run| {
        let cells = [
            on_one_line(&run.id),
            tables::started(run),
            tables::load(run),
        ];
        (cells, tables::remarks(run))
    });
    push_runs(&mut output, &heads, &rows.collect::<Vec<_>>(), width);
    output.push('\n');
    push_overheads(&mut output, model, width);
    for run in &model.left_out {
        let line = format!(
            "left out: {}: {}",
            on_one_line(&run.folder),
            on_one_line(&run.reason)
        );
        push_lines(&mut output, &line, width, "");
    }
    output
}

/// A table whose first column gives way; remarks stand below their row.
fn push_runs(output: &mut String, heads: &[&str; 3], rows: &[([String; 3], String)], width: usize) {
    let column = |index: usize| {
        let cells = rows.iter().map(|(cells, _)| width_of(&cells[index]));
        cells.chain([width_of(heads[index])]).max().unwrap_or(0)
    };
    let (started, load) = (column(1), column(2));
    let name = column(0).min(width.saturating_sub(started + load + 4).max(8));
    let _ = writeln!(
        output,
        "{:name$}  {:started$}  {}",
        heads[0], heads[1], heads[2]
    );
    let _ = writeln!(
        output,
        "{}",
        "-".repeat((name + started + load + 4).min(width))
    );
    for (cells, remark) in rows {
        let id = shorten(&cells[0], name);
        let _ = writeln!(output, "{id:name$}  {:started$}  {}", cells[1], cells[2]);
        if !remark.is_empty() {
            push_lines(output, &on_one_line(remark), width, "  ");
        }
    }
}

fn push_overheads(output: &mut String, model: &HistoryModel, width: usize) {
    let unit = tables::unit(model);
    let heading = format!(
        "{} ({}, in brackets 95\u{2009}% intervals of each run by itself)",
        tables::heading(model),
        unit.symbol()
    );
    push_lines(output, &heading, width, "");
    for phase in &model.phases {
        let _ = writeln!(output, "\n{}", shorten(&on_one_line(&phase.title), width));
        let rows: Vec<[String; 4]> = model
            .runs
            .iter()
            .filter_map(|run| {
                let overhead = run.overhead(&phase.id, model.metric)?;
                let number = tables::number(unit, overhead);
                let remark = overhead
                    .overhead
                    .reason()
                    .unwrap_or_else(|| tables::doubt(run, overhead));
                Some([
                    tables::started(run),
                    number
                        .as_ref()
                        .map_or_else(|| "–".to_owned(), |text| text.value.clone()),
                    number
                        .as_ref()
                        .and_then(NumberText::bracket)
                        .unwrap_or_default(),
                    on_one_line(remark),
                ])
            })
            .collect();
        let widest = |index: usize| {
            rows.iter()
                .map(|row| width_of(&row[index]))
                .max()
                .unwrap_or(0)
        };
        let (value, bracket) = (widest(1), widest(2));
        for [started, number, interval, remark] in &rows {
            let line = format!("  {started}  {number:>value$}  {interval:bracket$}  {remark}");
            let _ = writeln!(output, "{}", shorten(line.trim_end(), width));
        }
    }
    output.push('\n');
}

fn push_lines(output: &mut String, text: &str, width: usize, indent: &str) {
    for line in wrap(text, width - indent.len()) {
        let _ = writeln!(output, "{indent}{line}");
    }
}
