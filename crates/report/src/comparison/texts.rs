//! Sentences that are computed from the numbers of a comparison.

mod answer;
mod headings;

pub(super) use answer::answer;
pub(super) use headings::headings;

use std::collections::BTreeSet;

use meshdelta_stats::compare::{ChangeMethod, Comparison};

use super::analysis::AnalysedRun;
use super::model::{Comparability, FactDifference, Grade};
use crate::analysis::counted;
use crate::findings;
use crate::model::{MethodNote, Phase, PhaseId};

/// The title: that of the runs where they have one, with their ids.
pub(super) fn title(before: &[AnalysedRun<'_>], after: &[AnalysedRun<'_>]) -> String {
    let name = |side: &[AnalysedRun<'_>]| match side {
        [only] => only.report.run.id.clone(),
        runs => counted(runs.len() as u64, "run"),
    };
    match (before, after) {
        ([first], [second]) if first.report.run.title != second.report.run.title => format!(
            "{} against {}",
            second.report.run.title, first.report.run.title
        ),
        _ => format!("{} against {}", name(after), name(before)),
    }
}

/// What a reader must know before reading a number.
pub(super) fn alerts(
    before: &[AnalysedRun<'_>],
    after: &[AnalysedRun<'_>],
    comparability: &Comparability,
    common: &[Phase],
) -> Vec<String> {
    let mut alerts = Vec::new();
    if comparability.is_forced {
        let facts: Vec<&str> = comparability
            .of_grade(Grade::NotComparable)
            .map(|fact| fact.fact.as_str())
            .collect();
        alerts.push(format!(
            "These runs did not measure the same thing ({}); they were compared because that was asked for.",
            facts.join(", ")
        ));
    }
    alerts.extend(on_purpose(comparability));
    alerts.extend(left_out(before, after, common));
    for run in before.iter().chain(after) {
        let id = &run.report.run.id;
        let of_run = findings::alerts_on_the_run(&run.report).into_iter();
        alerts.extend(of_run.map(|alert| format!("Run {id}: {alert}")));
        alerts.extend(excluded_rounds(run));
        let invalid: Vec<&str> = run
            .report
            .phases
            .iter()
            .filter(|phase| !phase.validity.is_valid())
            .map(|phase| phase.title.as_str())
            .collect();
        if !invalid.is_empty() {
            // The reasons are among the findings of the run.
            alerts.push(format!(
                "Run {id}: invalid by its quality checks: {}.",
                invalid.join(", ")
            ));
        }
    }
    alerts
}

/// The phases of a run that lost rounds to failed slots, their own or the baseline's: their numbers rest on less than was measured.
fn excluded_rounds(run: &AnalysedRun<'_>) -> Option<String> {
    let evaluation = &run.evaluation;
    let phases = evaluation.manifest.plan.phases.iter();
    let short: Vec<String> = phases
        .filter(|phase| !phase.is_baseline())
        .filter_map(|phase| {
            let (measured, complete) = evaluation.measured_and_complete_rounds(&phase.id);
            (complete < measured).then(|| format!("{} on {complete} of {measured}", phase.title))
        })
        .collect();
    let id = &run.report.run.id;
    (!short.is_empty()).then(|| {
        format!(
            "Run {id}: slots failed, so numbers rest on fewer rounds: {} (its findings say why).",
            short.join(", ")
        )
    })
}

/// What somebody said to differ on purpose.
fn on_purpose(comparability: &Comparability) -> Option<String> {
    let facts: Vec<String> = comparability
        .of_grade(Grade::OnPurpose)
        .map(FactDifference::in_words)
        .collect();
    (!facts.is_empty()).then(|| format!("Varied on purpose: {}.", facts.join("; ")))
}

/// The phases that some runs have and others lack.
fn left_out(
    before: &[AnalysedRun<'_>],
    after: &[AnalysedRun<'_>],
    common: &[Phase],
) -> Option<String> {
    let mut lacking: Vec<String> = Vec::new();
    let mut seen: BTreeSet<&PhaseId> = common.iter().map(|phase| &phase.id).collect();
    let all = || before.iter().chain(after);
    for phase in all().flat_map(|run| &run.report.phases) {
        if seen.insert(&phase.id) {
            let runs: Vec<&str> = all()
                .filter(|run| run.report.phase(&phase.id).is_none())
                .map(|run| run.report.run.id.as_str())
                .collect();
            lacking.push(format!("{} (not in {})", phase.title, runs.join(", ")));
        }
    }
    let what = lacking.join("; ");
    (!lacking.is_empty()).then(|| format!("Not compared, because not every run has it: {what}."))
}

/// The ids of the phases beside the baseline that all runs of a side have.
pub(super) fn treatments_of(side: &[AnalysedRun<'_>]) -> Vec<String> {
    let mut phases: Vec<String> = Vec::new();
    if let Some(first) = side.first() {
        let treatments = first.report.treatments();
        let common =
            treatments.filter(|phase| side.iter().all(|run| run.report.phase(&phase.id).is_some()));
        phases.extend(common.map(|phase| phase.id.as_str().to_owned()));
    }
    phases
}

/// What the intervals rest on.
pub(super) fn method_in_brief(
    before: &[AnalysedRun<'_>],
    after: &[AnalysedRun<'_>],
    comparison: &Comparison,
) -> String {
    let rounds = |side: &[AnalysedRun<'_>]| -> String {
        let rounds: Vec<String> = side
            .iter()
            .map(|run| run.report.run.rounds.to_string())
            .collect();
        rounds.join(" + ")
    };
    let uses_runs = comparison.changes.iter().any(|change| {
        let precision = change.precision.as_ref();
        precision.is_ok_and(|precision| precision.method == ChangeMethod::Runs)
    });
    if before.len() + after.len() == 2 {
        return format!(
            "Welch's t over {} and {} rounds",
            rounds(before),
            rounds(after)
        );
    }
    let basis = if uses_runs {
        "runs and rounds"
    } else {
        "rounds"
    };
    format!(
        "t over {basis} of {} ({} rounds) and {} ({} rounds)",
        counted(before.len() as u64, "run"),
        rounds(before),
        counted(after.len() as u64, "run"),
        rounds(after)
    )
}

/// How the numbers are computed.
pub(super) fn method() -> Vec<MethodNote> {
    let note = |title: &str, text: &str| MethodNote {
        title: title.to_owned(),
        text: text.to_owned(),
    };
    vec![
        note(
            "Change of an overhead",
            "The overhead of a phase is the geometric mean over rounds of its latency divided by that of the baseline of the same round. The \
             change is the ratio of the new overhead to the old one, so a faster or slower machine or day cancels within each run. In \
             milliseconds both overheads are put on the baseline of before: with equal baselines that is the difference of the two overheads.",
        ),
        note(
            "Intervals",
            "The squares of both standard errors are added, with the degrees of freedom of Welch and Satterthwaite; what the width of \
             histogram buckets may add is in every interval. With several runs on a side there are two standard errors, that of the \
             rounds within runs and that of how far the runs of a side lie apart, and the one that makes the wider interval is used; a claim \
             must hold by both.",
        ),
        note(
            "Verdicts",
            "Beyond the margin, a direction, and within the margin are three claims; each is adjusted for the number of changes of its family \
             after Holm, so that where nothing changed a family makes a false claim of a kind in at most 5 % of comparisons. Families are: \
             p50 and p99 of all phases; CPU and memory; all other statistics.",
        ),
        note(
            "Plain values",
            "The change of a phase's own latency, CPU or memory includes what machines and days differ in. It is shown beside the change of \
             the overhead and never judged.",
        ),
    ]
}
