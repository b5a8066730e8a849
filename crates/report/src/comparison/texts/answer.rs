//! The answer: how each overhead changed at the median, and at p99.

use crate::comparison::model::{
    Change, ChangeMetric, ChangeVerdict, ComparisonAnswer, ComparisonModel,
};
use crate::comparison::numbers;
use crate::model::Phase;
use crate::number_format::NumberText;

/// The answer in two sentences.
pub(in crate::comparison) fn answer(model: &ComparisonModel) -> ComparisonAnswer {
    ComparisonAnswer {
        body: sentence(model, ChangeMetric::P50),
        tail: sentence(model, ChangeMetric::P99),
    }
}

fn sentence(model: &ComparisonModel, metric: ChangeMetric) -> String {
    let changes: Vec<(&Phase, &Change)> = model
        .treatments()
        .filter_map(|phase| Some((phase, model.change(&phase.id, metric)?)))
        .collect();
    let of = |pick: fn(ChangeVerdict) -> bool| -> Vec<(&Phase, &Change)> {
        let picked = changes.iter().filter(|(_, change)| pick(change.verdict));
        picked.copied().collect()
    };
    let mut clauses: Vec<String> = of(ChangeVerdict::is_change)
        .into_iter()
        .map(|(phase, change)| moved(model, phase, change))
        .collect();
    let equivalent = of(|verdict| verdict == ChangeVerdict::Equivalent);
    // Margins may be relative, so each phase has its own: only the widest holds for all that are named.
    let widest = equivalent
        .iter()
        .map(|(_, change)| *change)
        .max_by(|one, other| {
            let size = |change: &Change| {
                let estimate = change.estimate.value();
                estimate.map_or(0.0, |estimate| estimate.equivalence_margin.absolute)
            };
            size(one).total_cmp(&size(other))
        });
    if let Some(widest) = widest {
        let margin = margin(model, widest);
        clauses.push(format!(
            "{} changed by less than {margin}",
            names(&equivalent, "what each adds")
        ));
    }
    let open = of(|verdict| verdict == ChangeVerdict::Inconclusive);
    if !open.is_empty() {
        clauses.push(undecided(model, &open));
    }
    let not_comparable = of(|verdict| verdict == ChangeVerdict::NotComparable);
    for (reason, changes) in by_reason(&not_comparable) {
        let names = names(&changes, "the others");
        clauses.push(format!("{names} cannot be judged ({reason})"));
    }
    if clauses.is_empty() {
        return format!("There is no comparison at {}.", metric.label());
    }
    format!("At {}, {}.", metric.in_sentence(), clauses.join("; "))
}

fn moved(model: &ComparisonModel, phase: &Phase, change: &Change) -> String {
    let Some(text) = numbers::absolute(numbers::numbers(model), change) else {
        return format!("the overhead of {} changed", phase.title);
    };
    let is_rise = change.point().is_some_and(|point| point.absolute > 0.0);
    let (verb, range) = if is_rise {
        ("rose", text.range())
    } else {
        ("fell", flipped(&text))
    };
    let range = range.map_or_else(String::new, |range| format!(" ({range})"));
    let size = text
        .unit
        .attach(text.value.trim_start_matches(['+', '−', '≈', '\u{2009}']));
    format!("the overhead of {} {verb} by {size}{range}", phase.title)
}

/// The range of something that fell, as positive numbers.
fn flipped(text: &NumberText) -> Option<String> {
    let flip = |end: &str| match end.strip_prefix('−') {
        Some(positive) => positive.to_owned(),
        None => format!("−{end}"),
    };
    let (lower, upper) = text.interval.as_ref()?;
    Some(format!("{} to {}", flip(upper), flip(lower)))
}

fn margin(model: &ComparisonModel, change: &Change) -> String {
    change.estimate.value().map_or_else(
        || "what matters".to_owned(),
        |estimate| {
            let numbers = numbers::numbers(model);
            numbers::size(numbers, change.metric, &estimate.equivalence_margin)
        },
    )
}

fn undecided(model: &ComparisonModel, open: &[(&Phase, &Change)]) -> String {
    let numbers = numbers::numbers(model);
    // The least precise of them is what could have been seen in all.
    let detectable = open
        .iter()
        .filter_map(|(_, change)| {
            let size = change.estimate.value()?.smallest_detectable.value()?;
            Some((change.metric, *size))
        })
        .max_by(|one, other| one.1.absolute.total_cmp(&other.1.absolute));
    let names = names(open, "the others");
    match detectable {
        Some((metric, size)) => format!(
            "{names} cannot be told apart from no change (a change of {} would have been seen)",
            numbers::size(numbers, metric, &size)
        ),
        None => format!("{names} cannot be told apart from no change"),
    }
}

/// Changes that share a reason, in the order of the first of each.
fn by_reason<'a>(
    changes: &[(&'a Phase, &'a Change)],
) -> Vec<(String, Vec<(&'a Phase, &'a Change)>)> {
    let mut groups: Vec<(String, Vec<(&Phase, &Change)>)> = Vec::new();
    for &(phase, change) in changes {
        let reason = reason(change);
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, members)) => members.push((phase, change)),
            None => groups.push((reason, vec![(phase, change)])),
        }
    }
    groups
}

fn reason(change: &Change) -> String {
    let estimate = change.estimate.value();
    change
        .estimate
        .reason()
        .or_else(|| estimate.and_then(|estimate| estimate.interval.reason()))
        .unwrap_or("there is no interval")
        .to_owned()
}

/// The phases as a list.
fn names(changes: &[(&Phase, &Change)], many: &str) -> String {
    let titles: Vec<&str> = changes
        .iter()
        .map(|(phase, _)| phase.title.as_str())
        .collect();
    match titles.as_slice() {
        [] => many.to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
