//! Whether the baseline moved from round to round.

use meshdelta_run::Manifest;
use meshdelta_stats::experiment::Analysis;

use super::check::Check;
use super::order_effect::trend_findings;
use crate::model::QualityFinding;

const CHECK: Check = Check {
    id: "baseline-trend",
    title: "Baseline over rounds",
    limit: "warn when the interval of the slope over rounds excludes zero",
    why: "Phases are compared within rounds, so a trend cancels, but absolute latencies then depend on when they were measured.",
    advice: "Compare overheads, not latencies, with other runs; look for heat or a growing memory.",
};

pub(super) fn check(_: &Manifest, analysis: &Analysis) -> Vec<QualityFinding> {
    trend_findings(
        &CHECK,
        analysis,
        |drift| drift.baseline_over_rounds.as_ref(),
        "from round to round",
        "three rounds are needed",
    )
}
