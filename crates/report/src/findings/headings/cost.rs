//! Over cost against latency.

use super::judged::{judged, valid_treatments};
use crate::model::{Phase, ReportModel, ResourceMetric, Statistic};

/// A phase on the map, with the ends of its intervals: least and most.
struct Point<'a> {
    phase: &'a Phase,
    cpu: (f64, f64),
    latency: (f64, f64),
}

/// The phase that costs the least CPU and the one that adds the least to p99, where the intervals of all others lie above.
pub(super) fn heading(model: &ReportModel) -> String {
    let plain = || "Cost against latency".to_owned();
    let points: Option<Vec<Point<'_>>> = valid_treatments(model)
        .map(|phase| point(model, phase))
        .collect();
    let Some(points) = points.filter(|points| points.len() > 1) else {
        return plain();
    };
    let cheapest = lowest(&points, |point| point.cpu);
    let fastest = lowest(&points, |point| point.latency);
    match (cheapest, fastest) {
        (Some(cheapest), Some(fastest)) if cheapest.id == fastest.id => {
            format!("{} costs the least CPU and the least p99", cheapest.title)
        }
        (Some(cheapest), Some(fastest)) => format!(
            "{} costs the least CPU, {} the least p99",
            cheapest.title, fastest.title
        ),
        (Some(cheapest), None) => format!(
            "{} costs the least CPU; at p99 intervals overlap",
            cheapest.title
        ),
        (None, Some(fastest)) => format!(
            "{} adds the least to p99; in CPU intervals overlap",
            fastest.title
        ),
        (None, None) => plain(),
    }
}

fn point<'a>(model: &'a ReportModel, phase: &'a Phase) -> Option<Point<'a>> {
    let metric = ResourceMetric::CpuPerThousandRequests;
    let cpu = model.resource_difference(&phase.id, metric)?;
    let latency = judged(model, phase, Statistic::P99)?.seconds;
    Some(Point {
        phase,
        cpu: cpu.difference.value()?.ends()?,
        latency: (latency.lower.get(), latency.upper.get()),
    })
}

/// The phase whose interval ends before that of every other begins.
fn lowest<'a>(points: &[Point<'a>], ends: fn(&Point<'a>) -> (f64, f64)) -> Option<&'a Phase> {
    points
        .iter()
        .find(|one| {
            points
                .iter()
                .filter(|other| other.phase.id != one.phase.id)
                .all(|other| ends(one).1 < ends(other).0)
        })
        .map(|point| point.phase)
}
