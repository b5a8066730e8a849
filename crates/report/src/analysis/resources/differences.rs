//! Differences of CPU and memory from the baseline, with the intervals of the statistics.

use meshdelta_stats::MetricName;
use meshdelta_stats::experiment::{Inference, Metric, Overhead, OverheadEstimate, OverheadResult};
use meshdelta_stats::quantile::NotEstimable;

use crate::analysis::RunEvaluation;
use crate::analysis::convert::{
    badges, no_interval_reason, not_estimable_reason, phase_id, stats_name,
};
use crate::analysis::names::{CPU_METRIC, MEMORY_METRIC};
use crate::model::{
    Interval, Measured, Quantity, ResourceDifference, ResourceMetric, ResourceValue,
};

/// Returns the difference of every phase in every resource.
pub(in crate::analysis) fn differences(evaluation: &RunEvaluation<'_>) -> Vec<ResourceDifference> {
    evaluation
        .treatments()
        .flat_map(|phase| {
            ResourceMetric::ALL.map(|metric| {
                let name = Metric::Scalar(MetricName::new(metric_name(metric)));
                let estimate = evaluation.analysis.overhead(&stats_name(&phase.id), &name);
                ResourceDifference {
                    phase: phase_id(&phase.id),
                    metric,
                    difference: difference(metric, estimate),
                    badges: estimate
                        .and_then(OverheadEstimate::estimated)
                        .map(badges)
                        .unwrap_or_default(),
                }
            })
        })
        .collect()
}

const fn metric_name(metric: ResourceMetric) -> &'static str {
    match metric {
        ResourceMetric::CpuPerThousandRequests => CPU_METRIC,
        ResourceMetric::MemoryMean => MEMORY_METRIC,
    }
}

fn difference(
    metric: ResourceMetric,
    estimate: Option<&OverheadEstimate>,
) -> Measured<ResourceValue> {
    match estimate.map(|estimate| &estimate.result) {
        None
        | Some(OverheadResult::NotEstimable {
            cause: NotEstimable::NotMeasured | NotEstimable::NoBaseline,
        }) => Measured::unknown("CPU and memory were not recorded"),
        Some(OverheadResult::NotEstimable { cause }) => {
            Measured::unknown(not_estimable_reason(cause))
        }
        Some(OverheadResult::Estimated(overhead)) => Measured::known(value(metric, overhead)),
    }
}

fn value(metric: ResourceMetric, overhead: &Overhead) -> ResourceValue {
    let point = overhead.point.absolute.get();
    match metric {
        ResourceMetric::CpuPerThousandRequests => ResourceValue::CpuSeconds {
            point: Quantity::new(point),
            interval: interval(&overhead.inference),
        },
        ResourceMetric::MemoryMean => ResourceValue::Bytes {
            point: Quantity::new(point),
            interval: interval(&overhead.inference),
        },
    }
}

fn interval<U: Quantity>(inference: &Inference) -> Measured<Interval<U>> {
    match (inference.interval(), inference) {
        (Some(interval), _) => Measured::known(Interval::new(
            interval.lower.absolute.get(),
            interval.upper.absolute.get(),
        )),
        (None, Inference::ValueOnly { cause }) => Measured::unknown(no_interval_reason(*cause)),
        (None, _) => Measured::unknown("no interval"),
    }
}
