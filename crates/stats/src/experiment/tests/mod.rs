//! The analysis of made-up runs.

mod degenerate;
mod drift_and_shift;
mod metrics;
mod missing;
mod one_round;
mod run_level;
mod snapshots;

use std::collections::BTreeMap;

use super::fixtures::{Plan, rounds};
use super::*;
use crate::histogram::{HistogramError, NativeHistogram, Schema};
use crate::interval::{ErrorCell, RunMethod};
use crate::quantile::{
    CompatRule, NotEstimable, OmittedRequests, PessimisticQuantile, compat_fraction, quantile,
};
use crate::units::{Amount, MetricName, Quantile, Relative, Round, SlotPosition};
use crate::verdict::{MinimumEffect, Verdict};

const CPU: &str = "cpu_seconds_per_1000_requests";

fn settings() -> AnalysisSettings {
    AnalysisSettings {
        scalars: vec![ScalarMetric {
            name: CPU.into(),
            minimum_effect: MinimumEffect::cpu_seconds_per_1000_requests(),
        }],
        ..AnalysisSettings::default()
    }
}

fn run(experiment: &Experiment) -> Analysis {
    analyse(experiment, &settings()).unwrap()
}

fn estimate<'a>(
    analysis: &'a Analysis,
    phase: &str,
    metric: impl Into<Metric>,
) -> &'a OverheadEstimate {
    analysis.overhead(&phase.into(), &metric.into()).unwrap()
}

fn overhead<'a>(analysis: &'a Analysis, phase: &str, metric: impl Into<Metric>) -> &'a Overhead {
    estimate(analysis, phase, metric).estimated().unwrap()
}

fn cpu() -> Metric {
    Metric::Scalar(CPU.into())
}

fn set_scalars(experiment: &mut Experiment, value: impl Fn(&SlotMeasurement) -> f64) {
    for slot in &mut experiment.slots {
        let amount = Amount(value(slot));
        slot.scalars.insert(MetricName::new(CPU), amount);
    }
}

fn assert_near(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance,
        "{actual} instead of {expected}"
    );
}

/// Debug output names every number, absent ones included, so it shows what JSON would hide as null.
fn assert_finite(analysis: &Analysis) {
    let text = format!("{analysis:?}");
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    assert!(
        !words.any(|word| word == "NaN" || word == "inf"),
        "a number is not finite"
    );
}
