//! Whether the two baselines of a round agree.

use meshdelta_run::Manifest;
use meshdelta_stats::experiment::{Analysis, NoiseFloor};

use super::check::Check;
use crate::analysis::convert::latency_metric;
use crate::analysis::text::change;
use crate::model::{QualityFinding, Severity, Statistic};

const CHECK: Check = Check {
    id: "baseline-drift",
    title: "The two baselines of a round",
    limit: "warn when the interval of their difference excludes zero",
    why: "The difference between two baselines is what no difference looks like; smaller effects are not claimed.",
    advice: "Look for what changes in the course of a round: heat, memory, other programs.",
};

pub(super) fn check(_: &Manifest, analysis: &Analysis) -> Vec<QualityFinding> {
    let floors: Vec<(Statistic, &NoiseFloor)> = Statistic::PRIMARY
        .into_iter()
        .filter_map(|statistic| {
            let metric = latency_metric(statistic);
            let mut drift = analysis.drift.iter();
            let drift = drift.find(|drift| drift.metric == metric)?;
            Some((statistic, drift.baseline_repeat.as_ref()?))
        })
        .collect();
    let findings = floors
        .iter()
        .filter(|(_, floor)| floor.drift_found)
        .map(|(statistic, floor)| CHECK.finding(Severity::Warn, None, text(*statistic, floor)))
        .collect();
    let texts: Vec<String> = floors
        .iter()
        .map(|(statistic, floor)| text(*statistic, floor))
        .collect();
    let passed = if texts.is_empty() {
        "not tested: no round has two baselines".to_owned()
    } else {
        texts.join("; ")
    };
    CHECK.or_pass(findings, passed)
}

fn text(statistic: Statistic, floor: &NoiseFloor) -> String {
    let relative = |effect: &meshdelta_stats::experiment::Effect| {
        effect.relative.map_or(0.0, meshdelta_stats::Relative::get)
    };
    let interval = floor.interval.as_ref().map_or_else(
        || " in the only round".to_owned(),
        |interval| {
            let (lower, upper) = (relative(&interval.lower), relative(&interval.upper));
            format!(" ({} to {})", change(lower), change(upper))
        },
    );
    let mean = change(relative(&floor.mean));
    format!(
        "{} of the last against the first: {mean}{interval}",
        statistic.label()
    )
}
