//! Over the forest plot of the median and p99.

use super::judged::{Judged, all_judged, judged, valid_treatments};
use crate::model::{ReportModel, Statistic};
use crate::numbers::Numbers;

/// The phases that add the least and the most, if their intervals do not overlap; otherwise what holds for all phases.
pub(super) fn heading(model: &ReportModel) -> String {
    contrast(model, Statistic::P50)
        .or_else(|| contrast(model, Statistic::P99))
        .or_else(|| common(model))
        .unwrap_or_else(|| "What each phase adds to latency".to_owned())
}

/// Two phases whose intervals at a statistic do not overlap.
fn contrast(model: &ReportModel, statistic: Statistic) -> Option<String> {
    let mut adding: Vec<Judged<'_>> = valid_treatments(model)
        .filter_map(|phase| judged(model, phase, statistic))
        .filter(Judged::adds)
        .collect();
    adding.sort_by(|one, other| point(one).total_cmp(&point(other)));
    let (least, most) = (adding.first()?, adding.last()?);
    if !least.is_below(most) {
        return None;
    }
    if statistic == Statistic::P50 && is_reversed_in_the_tail(model, least, most) {
        return Some(format!(
            "{} adds less than {} to the median, more to p99",
            least.phase.title, most.phase.title
        ));
    }
    let whose = match statistic {
        Statistic::P50 => "the median request",
        other => other.in_sentence(),
    };
    Some(format!(
        "{} adds {} to {whose}, {} {}",
        least.phase.title,
        amount(model, least)?,
        most.phase.title,
        amount(model, most)?
    ))
}

fn is_reversed_in_the_tail(model: &ReportModel, least: &Judged<'_>, most: &Judged<'_>) -> bool {
    let tail = |one: &Judged<'_>| {
        model
            .overhead(&one.phase.id, Statistic::P99)
            .filter(|overhead| overhead.verdict.is_conclusive())
            .and_then(|overhead| Some(overhead.interval()?.absolute_seconds))
    };
    matches!((tail(least), tail(most)), (Some(least), Some(most)) if most.upper < least.lower)
}

/// What holds for every valid phase.
fn common(model: &ReportModel) -> Option<String> {
    let body = all_judged(model, Statistic::P50)?;
    let tail = all_judged(model, Statistic::P99).unwrap_or_default();
    if body.is_empty() {
        return None;
    }
    let every = if valid_treatments(model).count() == model.treatments().count() {
        "phase"
    } else {
        "valid phase"
    };
    let in_both = |holds| holds_in(&body, &tail, holds);
    if let ([body], [tail]) = (body.as_slice(), tail.as_slice())
        && in_both(Judged::adds)
    {
        return Some(format!(
            "{} adds {} to the median, {} to p99",
            body.phase.title,
            amount(model, body)?,
            amount(model, tail)?
        ));
    }
    if in_both(Judged::adds) {
        Some(format!("Every {every} adds to the median and to p99"))
    } else if in_both(Judged::is_equivalent) {
        Some(format!(
            "No {every} adds what matters, to the median or to p99"
        ))
    } else if body.iter().all(Judged::adds) {
        Some(format!("Every {every} adds to the median"))
    } else {
        None
    }
}

/// Whether something holds for every phase at both statistics.
fn holds_in<'a>(body: &[Judged<'a>], tail: &[Judged<'a>], holds: fn(&Judged<'a>) -> bool) -> bool {
    !tail.is_empty() && body.iter().chain(tail).all(holds)
}

fn point(judged: &Judged<'_>) -> f64 {
    judged
        .overhead
        .point()
        .map_or(0.0, |effect| effect.absolute_seconds.get())
}

/// What is added, without a sign.
fn amount(model: &ReportModel, judged: &Judged<'_>) -> Option<String> {
    let text = Numbers::new(model).absolute(judged.overhead)?;
    Some(text.value_with_unit().trim_start_matches('+').to_owned())
}
