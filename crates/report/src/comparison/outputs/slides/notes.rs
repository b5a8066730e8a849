//! What the speaker reads.

use crate::comparison::charts::{ComparisonChart, interval_note};
use crate::comparison::model::{ChangeVerdict, ComparisonModel, SideRun};
use crate::number_format::{count_text, fixed_text};

/// The notes of a chart.
pub(super) fn chart(
    model: &ComparisonModel,
    chart: ComparisonChart,
    description: &str,
) -> Vec<String> {
    let mut notes = vec![
        format!("What it shows: {description}"),
        format!("How to read it: {}", chart.reading()),
    ];
    notes.extend(measured(model));
    notes.extend(origin(model));
    notes
}

/// The notes of the answer: what the words in its table mean.
pub(super) fn answer(model: &ComparisonModel) -> Vec<String> {
    let mut notes = vec![model.answer.body.clone(), model.answer.tail.clone()];
    let words = ChangeVerdict::of(model).into_iter();
    notes.extend(words.map(|word| format!("{}: {}", word.words(), word.meaning())));
    notes.extend(measured(model));
    notes.extend(origin(model));
    notes
}

/// How much was measured on each side.
pub(super) fn measured(model: &ComparisonModel) -> Vec<String> {
    let line = |side: &str, run: &SideRun| {
        format!(
            "How it was measured: {side} ({}): {}; in each, every phase for {} s at {} requests/s; {} requests in all.",
            run.id,
            crate::analysis::counted(u64::from(run.rounds), "round"),
            fixed_text(run.duration_seconds.get(), 0),
            fixed_text(run.rate.get(), 0),
            count_text(run.requests)
        )
    };
    sides(model).map(|(side, run)| line(side, run)).collect()
}

/// What the intervals mean, and where the numbers come from.
pub(super) fn origin(model: &ComparisonModel) -> Vec<String> {
    let line = |side: &str, run: &SideRun| {
        let versions: Vec<String> = run
            .versions
            .iter()
            .map(|version| format!("{} {}", version.program, version.version))
            .collect();
        let started = run.started_at.format("%Y-%m-%d %H:%M UTC");
        format!(
            "Run {} ({side}), started {started}; {}.",
            run.id,
            versions.join(", ")
        )
    };
    let mut notes = vec![format!(
        "Intervals: {}. They are about the change between two measurements like these.",
        interval_note(model)
    )];
    notes.extend(sides(model).map(|(side, run)| line(side, run)));
    notes.push(format!("Made by meshdelta {}.", model.tool_version));
    notes.push(format!("The same comparison: {}", model.command));
    notes
}

/// Every run with the name of its side.
pub(super) fn sides(model: &ComparisonModel) -> impl Iterator<Item = (&'static str, &SideRun)> {
    let before = model.before.runs.iter().map(|run| ("before", run));
    before.chain(model.after.runs.iter().map(|run| ("after", run)))
}
