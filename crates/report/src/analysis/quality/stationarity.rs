//! Whether latency drifted while a slot was measured.

use std::collections::BTreeMap;

use meshdelta_run::Manifest;
use meshdelta_stats::drift::Stationarity;
use meshdelta_stats::experiment::Analysis;

use super::check::Check;
use crate::analysis::convert::phase_id;
use crate::analysis::text::change;
use crate::model::{QualityFinding, Severity};

pub(super) const CHECK: Check = Check {
    id: "drift",
    title: "Drift within slots",
    limit: "warn when the median moves by more than 2 % over a slot, and by more than chance does in one slot of twenty",
    why: "A slot that is still warming up, or heating up, has no one latency; one in twenty such findings is chance.",
    advice: "Lengthen the warm-up, and look at the heat map.",
};

pub(super) fn check(manifest: &Manifest, analysis: &Analysis) -> Vec<QualityFinding> {
    let mut drifts: BTreeMap<&str, Vec<&Stationarity>> = BTreeMap::new();
    for one in analysis.stationarity.iter().filter(|one| one.found) {
        drifts.entry(one.phase.as_str()).or_default().push(one);
    }
    let findings = manifest.plan.phases.iter().filter_map(|phase| {
        let slots = drifts.get(phase.id.as_str())?;
        let texts: Vec<String> = slots.iter().map(|one| text(one)).collect();
        let id = Some(phase_id(&phase.id));
        Some(CHECK.finding(Severity::Warn, id, texts.join("; ")))
    });
    let passed = if analysis.stationarity.is_empty() {
        "not tested: slots have fewer than 8 intervals"
    } else {
        "no drift in any slot"
    };
    CHECK.or_pass(findings.collect(), passed)
}

fn text(one: &Stationarity) -> String {
    format!(
        "round {} slot {}: {} from its start to its end",
        one.round.0,
        one.position.0,
        change(one.drift.relative().get())
    )
}
