//! Markdown of a comparison, for a GitHub comment or a job summary.

use std::fmt::Write as _;

use crate::comparison::charts::small_print;
use crate::comparison::model::ComparisonModel;
use crate::comparison::tables;
use crate::markdown::{code_block, push_details, push_table, text};

/// Renders the answer, what a gate says, the changes, and in what the runs differ.
pub fn render_comparison_markdown(model: &ComparisonModel) -> String {
    let mut output = String::new();
    let _ = writeln!(output, "## {}\n", text(&model.title));
    for alert in &model.alerts {
        let _ = writeln!(output, "> {}\n", text(alert));
    }
    for gate in &model.gates {
        let _ = writeln!(
            output,
            "**Gate ({}) {}:** {}\n",
            text(&gate.question),
            gate.state.words(),
            text(&gate.reason)
        );
    }
    let _ = writeln!(
        output,
        "{}\n\n{}\n",
        text(&model.answer.body),
        text(&model.answer.tail)
    );
    push_table(&mut output, &tables::primary(model));
    let _ = writeln!(output, "\n<sub>{}</sub>\n", text(&small_print(model)));
    let _ = writeln!(output, "**{}.**\n", text(&model.headings.comparability));
    push_details(&mut output, "CPU", &tables::cpu(model));
    push_details(&mut output, "Memory", &tables::memory(model));
    push_details(
        &mut output,
        "Every statistic",
        &tables::every_statistic(model),
    );
    push_details(&mut output, "Plain values", &tables::values(model));
    push_details(&mut output, "Facts that differ", &tables::facts(model));
    push_details(&mut output, "The runs", &tables::runs(model));
    let _ = writeln!(output, "Compare again:\n\n{}", code_block(&model.command));
    output
}
