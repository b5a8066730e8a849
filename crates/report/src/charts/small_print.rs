//! The small print that makes a chart checkable.

use crate::model::{IntervalScope, ReportModel};
use crate::number_format::{THIN_SPACE, count_text, fixed_text};

/// Run, amount of data, versions and the meaning of intervals, in one paragraph.
pub(crate) fn small_print(model: &ReportModel) -> String {
    let run = &model.run;
    let requests: u64 = model.load.iter().map(|load| load.requests).sum();
    let rounds = match run.rounds {
        1 => "1 round".to_owned(),
        rounds => format!("{rounds} rounds"),
    };
    let mut parts = vec![
        format!("Run {} ({})", run.id, run.environment.label()),
        format!(
            "{rounds} × {} s at {} req/s",
            fixed_text(run.duration_seconds.get(), 0),
            fixed_text(run.rate.get(), 0)
        ),
        format!(
            "n{THIN_SPACE}={THIN_SPACE}{} requests",
            count_text(requests)
        ),
        interval_note(model),
    ];
    let versions: Vec<String> = run
        .versions
        .iter()
        .map(|version| format!("{} {}", version.program, version.version))
        .collect();
    if !versions.is_empty() {
        parts.push(versions.join(", "));
    }
    parts.push(format!("meshdelta {}", run.tool_version));
    parts.join(" · ")
}

/// What the bars are.
pub(crate) fn interval_note(model: &ReportModel) -> String {
    let intervals = &model.intervals;
    let level = fixed_text(100.0 * intervals.level.get(), 0);
    let scope = match intervals.scope {
        IntervalScope::BetweenRounds => "",
        IntervalScope::WithinRunOnly => ", within this run only",
    };
    format!(
        "{level}{THIN_SPACE}% intervals, {}{scope}",
        intervals.method
    )
}
