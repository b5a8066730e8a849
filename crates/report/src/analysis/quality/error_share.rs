//! Whether requests failed.

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::slots::SlotReading;
use crate::analysis::text::{part, ratio};
use crate::model::{QualityFinding, Severity};

const WARN_ABOVE: f64 = 0.001;
const FAIL_ABOVE: f64 = 0.01;

const CHECK: Check = Check {
    id: "error-share",
    title: "Failed requests",
    limit: "warn above 0.1 %, invalid above 1 % in any slot",
    why: "Failed requests are not in the latencies, and what made them fail often makes others slow.",
    advice: "Look at their status in the series table, and at the logs of the proxies.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let loads = || evidence.valid_slots().map(|slot| &slot.series.record.load);
    let failed = loads().map(|load| load.failed_requests).sum();
    let all = loads()
        .map(meshdelta_run::manifest::LoadSummary::requests)
        .sum();
    CHECK.judge_slots(evidence, verdict, part(failed, all, "requests failed"))
}

fn verdict(slot: &SlotReading<'_>) -> SlotVerdict {
    let load = &slot.series.record.load;
    let share = ratio(load.failed_requests, load.requests());
    let severity = match share {
        share if share > FAIL_ABOVE => Severity::Fail,
        share if share > WARN_ABOVE => Severity::Warn,
        _ => return None,
    };
    let observed = part(load.failed_requests, load.requests(), "requests failed");
    Some((severity, observed))
}
