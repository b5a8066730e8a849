//! Markdown for a GitHub comment or a job summary.

mod escape;

use std::fmt::Write as _;

pub(crate) use self::escape::{code_block, text};
use crate::charts::small_print;
use crate::model::{Completion, ReportModel, Severity};
use crate::tables::{self, Row, Table, VerdictRow};

/// Renders the answer, the verdict table, every overhead, and what the quality checks say.
pub fn render_markdown(model: &ReportModel) -> String {
    let mut output = String::new();
    push_head(&mut output, model);
    push_verdicts(&mut output, &tables::verdicts(model));
    let _ = writeln!(output, "\n<sub>{}</sub>\n", text(&small_print(model)));
    push_quality(&mut output, model);
    push_details(&mut output, "Every statistic", &tables::overheads(model));
    push_details(&mut output, "Latency", &tables::latencies(model));
    push_details(&mut output, "Load", &tables::load(model));
    let _ = writeln!(
        output,
        "Repeat the run:\n\n{}",
        code_block(&model.run.reproduce_command)
    );
    output
}

fn push_head(output: &mut String, model: &ReportModel) {
    let run = &model.run;
    let _ = writeln!(output, "## {}\n", text(&run.title));
    if let Some(caveat) = &run.caveat {
        let _ = writeln!(output, "> {}\n", text(caveat));
    }
    if let Completion::Partial {
        measured_slots,
        planned_slots,
        reason,
    } = &run.completion
    {
        let _ = writeln!(
            output,
            "**Incomplete: {measured_slots} of {planned_slots} slots ({}).**\n",
            text(reason)
        );
    }
    for phase in &model.phases {
        for reason in phase.validity.reasons() {
            let _ = writeln!(
                output,
                "**{} is invalid:** {}\n",
                text(&phase.title),
                text(reason)
            );
        }
    }
    let _ = writeln!(
        output,
        "{}\n\n{}\n",
        text(&model.answer.body),
        text(&model.answer.tail)
    );
}

fn push_verdicts(output: &mut String, rows: &[VerdictRow]) {
    output.push_str("| Phase | Added to the median | Added to p99 | CPU per 1,000 requests | Memory | Failed requests |\n");
    output.push_str("| :-- | --: | --: | --: | --: | --: |\n");
    for row in rows {
        let name = format!("{} {}", row.phase.marker, text(&row.phase.title));
        let note = if row.is_baseline {
            " (measured values)"
        } else {
            ""
        };
        let _ = write!(output, "| {name}{note} |");
        for cell in &row.cells {
            let interval = cell
                .interval
                .as_ref()
                .map(|interval| format!(" {}", text(interval)));
            let words = cell
                .words
                .map(|words| format!("<br>{} **{words}**", cell.shape));
            let badges: Vec<&str> = cell.badges.iter().map(|badge| badge.label).collect();
            let badges = match badges.join(", ") {
                empty if empty.is_empty() => empty,
                badges => format!(" ({badges})"),
            };
            let _ = write!(
                output,
                " {}{}{}{badges} |",
                text(&cell.value),
                interval.unwrap_or_default(),
                words.unwrap_or_default()
            );
        }
        output.push('\n');
    }
}

fn push_quality(output: &mut String, model: &ReportModel) {
    let _ = writeln!(output, "**{}.**", text(&model.findings.quality));
    for finding in &model.quality {
        if finding.severity == Severity::Pass {
            continue;
        }
        let phase = finding.phase.as_ref().and_then(|id| model.phase(id));
        let phase = phase.map_or_else(String::new, |phase| format!(" ({})", text(&phase.title)));
        let _ = writeln!(
            output,
            "- {} **{}**{phase}: {}. {} {}",
            finding.severity.label(),
            text(&finding.title),
            text(&finding.observed),
            text(&finding.why),
            text(&finding.advice)
        );
    }
    output.push('\n');
}

/// A table that is folded away.
pub(crate) fn push_details(output: &mut String, title: &str, table: &Table) {
    let _ = writeln!(output, "<details><summary>{title}</summary>\n");
    push_table(output, table);
    output.push_str("\n</details>\n\n");
}

/// A table under its caption.
pub(crate) fn push_table(output: &mut String, table: &Table) {
    let _ = writeln!(output, "{}\n", text(&table.caption));
    let heads: Vec<String> = table
        .columns
        .iter()
        .map(|column| text(&column.label))
        .collect();
    let _ = writeln!(output, "| {} |", heads.join(" | "));
    let rules: Vec<&str> = table
        .columns
        .iter()
        .map(|column| if column.is_numeric { "--:" } else { ":--" })
        .collect();
    let _ = writeln!(output, "| {} |", rules.join(" | "));
    for row in &table.rows {
        let _ = writeln!(output, "| {} |", cells(row).join(" | "));
    }
}

fn cells(row: &Row) -> Vec<String> {
    let phase = row
        .phase
        .iter()
        .map(|phase| format!("{} {}", phase.marker, text(&phase.title)));
    phase
        .chain(row.cells.iter().map(|cell| text(&cell.text)))
        .collect()
}
