//! The answer: what each phase adds to the median, and to p99.

use crate::model::{Answer, Overhead, Phase, ReportModel, Statistic, Validity, Verdict};
use crate::numbers::Numbers;

/// The answer in two sentences.
pub(crate) fn answer(model: &ReportModel) -> Answer {
    Answer {
        body: sentence(model, Statistic::P50),
        tail: sentence(model, Statistic::P99),
    }
}

fn sentence(model: &ReportModel, statistic: Statistic) -> String {
    let numbers = Numbers::new(model);
    let mut overheads: Vec<(&Phase, &Overhead)> = model
        .treatments()
        .filter_map(|phase| Some((phase, model.overhead(&phase.id, statistic)?)))
        .collect();
    if overheads.is_empty() {
        return format!("There is no comparison at {}.", statistic.label());
    }
    overheads.sort_by(|one, other| size(one.1).total_cmp(&size(other.1)));
    let mut clauses = Vec::new();
    let mut has_verb = false;
    for (phase, overhead) in &overheads {
        let adds = is_addition(overhead.verdict);
        clauses.push(clause(numbers, phase, overhead, has_verb && adds));
        // "X adds 1 ms, Y 2 ms": the verb is said once as long as it stays the same.
        has_verb = adds;
    }
    let opening = opening(model, statistic);
    format!("{opening}{}.", join(&clauses))
}

fn opening(model: &ReportModel, statistic: Statistic) -> String {
    let round = if model.run.rounds == 1 {
        "In this one round, at "
    } else {
        "At "
    };
    format!("{round}{}, ", statistic.in_sentence())
}

fn size(overhead: &Overhead) -> f64 {
    overhead
        .point()
        .map_or(f64::MAX, |effect| effect.absolute_seconds.get())
}

const fn is_addition(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Higher | Verdict::HigherSizeUnclear | Verdict::ObservedHigher
    )
}

fn clause(numbers: Numbers, phase: &Phase, overhead: &Overhead, verb_is_said: bool) -> String {
    let title = &phase.title;
    let Some(text) = numbers.absolute(overhead) else {
        return format!("{title} cannot be estimated");
    };
    let number = text
        .unit
        .attach(text.value.trim_start_matches(['≈', '\u{2009}', '+', '−']));
    let range = text
        .range()
        .map_or_else(String::new, |range| format!(" ({range})"));
    match overhead.verdict {
        Verdict::Invalid => format!("{title} is not judged{}", because(phase)),
        Verdict::NotEstimable => format!("{title} cannot be estimated"),
        verdict if is_addition(verdict) && verb_is_said => format!("{title} {number}{range}"),
        verdict if is_addition(verdict) => format!("{title} adds {number}{range}"),
        Verdict::Lower | Verdict::LowerSizeUnclear | Verdict::ObservedLower => {
            format!(
                "{title} saves {number}{}",
                positive_range(numbers, overhead)
            )
        }
        Verdict::Equivalent | Verdict::EquivalentMeasurable | Verdict::ObservedSimilar => {
            let margin = numbers.margin(&overhead.margin);
            format!("{title} differs by less than {margin}{range}")
        }
        _ => format!("{title} is undecided{range}"),
    }
}

/// The range of something saved, as positive numbers.
fn positive_range(numbers: Numbers, overhead: &Overhead) -> String {
    let range = numbers.absolute(overhead).and_then(|text| text.interval);
    let flip = |end: &str| match end.strip_prefix('−') {
        Some(positive) => positive.to_owned(),
        None => format!("−{end}"),
    };
    range.map_or_else(String::new, |(lower, upper)| {
        format!(" ({} to {})", flip(&upper), flip(&lower))
    })
}

fn because(phase: &Phase) -> &'static str {
    match phase.validity {
        Validity::Invalid { .. } => " (invalid)",
        Validity::Valid => " (a quality check failed)",
    }
}

/// Clauses as a list: commas, and "and" before the last.
fn join(clauses: &[String]) -> String {
    match clauses {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
