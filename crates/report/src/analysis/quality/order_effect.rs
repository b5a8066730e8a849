//! Whether the place within a round matters.

use meshdelta_run::Manifest;
use meshdelta_stats::drift::{DriftReport, TrendTest};
use meshdelta_stats::experiment::{Analysis, Scale};

use super::check::Check;
use crate::analysis::convert::latency_metric;
use crate::analysis::text::change;
use crate::model::{QualityFinding, Severity, Statistic};

const CHECK: Check = Check {
    id: "order-effect",
    title: "Effect of the place in a round",
    limit: "warn when the interval of the slope over places excludes zero",
    why: "The order is balanced over rounds, so such a slope mostly cancels; with few rounds a part of it stays.",
    advice: "Measure a multiple of four rounds, so that every phase is in every place equally often.",
};

pub(super) fn check(_: &Manifest, analysis: &Analysis) -> Vec<QualityFinding> {
    trend_findings(
        &CHECK,
        analysis,
        |drift| drift.order_within_round.as_ref(),
        "from place to place",
        "more rounds are needed",
    )
}

/// Makes findings of the slopes of the median and of p99.
pub(super) fn trend_findings(
    check: &Check,
    analysis: &Analysis,
    trend: fn(&DriftReport) -> Option<&TrendTest>,
    step: &str,
    untested: &str,
) -> Vec<QualityFinding> {
    let slopes: Vec<(bool, String)> = Statistic::PRIMARY
        .into_iter()
        .filter_map(|statistic| {
            let metric = latency_metric(statistic);
            let mut drift = analysis.drift.iter();
            let drift = drift.find(|drift| drift.metric == metric)?;
            let trend = trend(drift)?;
            let text = format!(
                "{}: {} {step}",
                statistic.label(),
                slope(drift.scale, trend)?
            );
            Some((trend.found, text))
        })
        .collect();
    let findings = slopes
        .iter()
        .filter(|(found, _)| *found)
        .map(|(_, text)| check.finding(Severity::Warn, None, text.clone()))
        .collect();
    let texts: Vec<String> = slopes.into_iter().map(|(_, text)| text).collect();
    let passed = if texts.is_empty() {
        format!("not tested: {untested}")
    } else {
        texts.join("; ")
    };
    check.or_pass(findings, passed)
}

fn slope(scale: Scale, trend: &TrendTest) -> Option<String> {
    let relative = |log: f64| change(log.exp_m1());
    let ends = [trend.slope, trend.interval.lower, trend.interval.upper];
    let is_usable = scale == Scale::Log && ends.iter().all(|end| end.abs() < 50.0);
    is_usable.then(|| {
        format!(
            "{} ({} to {})",
            relative(ends[0]),
            relative(ends[1]),
            relative(ends[2])
        )
    })
}
