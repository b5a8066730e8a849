//! Headings that state a finding where the numbers allow one, and the plain name where they do not.

use crate::model::{Findings, Overhead, Phase, ReportModel, ResourceMetric, Severity, Statistic};
use crate::number_format::{Sign, number_text};
use crate::numbers::Numbers;

/// A tail that pays this many times what the body pays, in relative terms, is a finding.
const TAIL_PAYS: f64 = 1.5;
/// A role with at least this share of the total is a finding.
const DOMINANT_SHARE: f64 = 0.4;

/// The headings.
pub(crate) fn findings(model: &ReportModel) -> Findings {
    Findings {
        overheads: overheads(model),
        spectrum: spectrum(model),
        distribution: "The shape of latency in each phase".to_owned(),
        rounds: rounds(model),
        time: "Latency over time, slot by slot".to_owned(),
        resources: resources(model),
        cost: cost(model),
        quality: quality(model),
    }
}

fn judged(model: &ReportModel, statistic: Statistic) -> Vec<(&Phase, &Overhead)> {
    let mut judged: Vec<(&Phase, &Overhead)> = model
        .treatments()
        .filter_map(|phase| Some((phase, model.overhead(&phase.id, statistic)?)))
        .filter(|(_, overhead)| overhead.verdict.is_conclusive() && overhead.point().is_some())
        .collect();
    judged.sort_by(|one, other| point(one.1).total_cmp(&point(other.1)));
    judged
}

fn point(overhead: &Overhead) -> f64 {
    overhead
        .point()
        .map_or(0.0, |effect| effect.absolute_seconds.get())
}

/// The cheapest and the dearest phase at the median, if their intervals do not overlap.
fn overheads(model: &ReportModel) -> String {
    let numbers = Numbers::new(model);
    let judged = judged(model, Statistic::P50);
    if let [cheapest, .., dearest] = judged.as_slice()
        && let (Some(low), Some(high)) = (cheapest.1.interval(), dearest.1.interval())
        && low.absolute_seconds.upper < high.absolute_seconds.lower
        && let (Some(least), Some(most)) =
            (numbers.absolute(cheapest.1), numbers.absolute(dearest.1))
    {
        return format!(
            "{} adds {} to the median request, {} {}",
            cheapest.0.title,
            without_sign(&least.value_with_unit()),
            dearest.0.title,
            without_sign(&most.value_with_unit())
        );
    }
    "What each phase adds to latency".to_owned()
}

fn without_sign(text: &str) -> &str {
    text.trim_start_matches('+')
}

/// The phase whose tail pays far more than its body.
fn spectrum(model: &ReportModel) -> String {
    let ratio = |phase: &Phase| -> Option<f64> {
        let body = model.overhead(&phase.id, Statistic::P50)?;
        let tail = model.overhead(&phase.id, Statistic::P99)?;
        let is_judged = body.verdict.is_conclusive() && tail.verdict.is_conclusive();
        let (body, tail) = (
            body.point()?.relative.get(),
            tail.interval()?.relative.lower.get(),
        );
        (is_judged && body > 0.0).then(|| tail / body)
    };
    let worst = model
        .treatments()
        .filter_map(|phase| Some((phase, ratio(phase)?)))
        .max_by(|one, other| one.1.total_cmp(&other.1));
    match worst {
        Some((phase, ratio)) if ratio > TAIL_PAYS => {
            format!("The tail, not the body, pays for {}", phase.title)
        }
        _ => "Latency at each percentile".to_owned(),
    }
}

/// Whether every phase is on the same side of zero in all rounds.
fn rounds(model: &ReportModel) -> String {
    let all: Vec<f64> = model
        .treatments()
        .filter_map(|phase| model.overhead(&phase.id, Statistic::P50)?.estimate.value())
        .flat_map(|estimate| &estimate.round_differences)
        .map(|difference| difference.effect.absolute_seconds.get())
        .collect();
    let rounds = model.run.rounds;
    if rounds > 1 && !all.is_empty() && all.iter().all(|difference| *difference > 0.0) {
        format!("Every phase was slower than the baseline in each of {rounds} rounds")
    } else {
        "The difference in each round".to_owned()
    }
}

/// The role that burns the most.
fn resources(model: &ReportModel) -> String {
    let plain = "CPU and memory by role".to_owned();
    let dearest = model
        .treatments()
        .filter(|phase| phase.validity.is_valid())
        .filter_map(|phase| Some((phase, model.resources(&phase.id)?)))
        .filter_map(|(phase, resources)| Some((phase, resources, resources.total.value()?)))
        .max_by(|one, other| {
            let cpu =
                |total: &crate::model::ResourceUse| total.cpu_seconds_per_thousand_requests.get();
            cpu(one.2).total_cmp(&cpu(other.2))
        });
    let Some((phase, resources, total)) = dearest else {
        return plain;
    };
    let total = total.cpu_seconds_per_thousand_requests.get();
    let used =
        |role: &crate::model::RoleResources| role.used.cpu_seconds_per_thousand_requests.get();
    let most = resources
        .roles
        .iter()
        .filter(|role| role.is_in_total)
        .max_by(|one, other| used(one).total_cmp(&used(other)));
    match most {
        Some(role) if total > 0.0 && used(role) / total >= DOMINANT_SHARE => {
            let unit = Numbers::new(model).cpu;
            let number = |value| number_text(unit, Sign::NegativeOnly, value, None);
            format!(
                "In {}, {} of {} per 1,000 requests are the {}'s",
                phase.title,
                number(used(role)).value,
                number(total).value_with_unit(),
                role.title
            )
        }
        _ => plain,
    }
}

/// A phase that is both cheapest and fastest.
fn cost(model: &ReportModel) -> String {
    let plain = "Cost against latency".to_owned();
    let metric = ResourceMetric::CpuPerThousandRequests;
    let mut points: Vec<(&Phase, f64, f64)> = judged(model, Statistic::P99)
        .into_iter()
        .filter_map(|(phase, overhead)| {
            let difference = model.resource_difference(&phase.id, metric)?;
            Some((
                phase,
                difference.difference.value()?.point(),
                point(overhead),
            ))
        })
        .collect();
    points.sort_by(|one, other| one.1.total_cmp(&other.1));
    match points.as_slice() {
        [cheapest, rest @ ..]
            if !rest.is_empty() && rest.iter().all(|other| other.2 > cheapest.2) =>
        {
            format!("{} costs the least CPU and the least p99", cheapest.0.title)
        }
        _ => plain,
    }
}

fn quality(model: &ReportModel) -> String {
    let count = |severity: Severity| {
        model
            .quality
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let (failed, warned, all) = (
        count(Severity::Fail),
        count(Severity::Warn),
        model.quality.len(),
    );
    match (failed, warned) {
        (0, 0) => format!("All {all} quality checks passed"),
        (0, warned) => format!("{warned} of {all} quality checks warn"),
        (failed, 0) => format!("{failed} of {all} quality checks failed"),
        (failed, warned) => format!("{failed} of {all} quality checks failed, {warned} warn"),
    }
}
