//! Whether the same payload was stored under two names.

use std::collections::BTreeMap;

use meshdelta_run::{HistogramSample, SlotId};

use super::check::{Check, Evidence};
use crate::analysis::convert::phase_id;
use crate::analysis::names::{DURATION, MEASURE};
use crate::analysis::series::newest;
use crate::analysis::slots::SlotReading;
use crate::analysis::text::slot_list;
use crate::model::{PhaseId, QualityFinding, Severity};

/// Histograms of fewer requests than this may be equal by chance.
const FEWEST_REQUESTS: u64 = 20;

const CHECK: Check = Check {
    id: "duplicates",
    title: "Payloads under two names",
    limit: "invalid when two series hold the same histogram",
    why: "No two measurements agree in every bucket and in the sum; the same data under two names would be compared with itself.",
    advice: "Check the labels of the load generators: two of them must never write the same series.",
};

/// Everything that a histogram says.
type Payload = (u64, u64, Vec<i32>, Vec<u64>);

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let mut places: BTreeMap<Payload, Vec<(SlotId, PhaseId)>> = BTreeMap::new();
    for slot in evidence.valid_slots() {
        for payload in payloads(slot) {
            let record = slot.series.record;
            let place = (record.id, phase_id(&record.phase));
            places.entry(payload).or_default().push(place);
        }
    }
    let mut findings = Vec::new();
    for places in places.into_values().filter(|places| places.len() > 1) {
        let observed = format!(
            "the same histogram in {}",
            slot_list(places.iter().map(|(slot, _)| *slot))
        );
        let mut phases: Vec<PhaseId> = places.into_iter().map(|(_, phase)| phase).collect();
        phases.sort();
        phases.dedup();
        findings.extend(
            phases
                .into_iter()
                .map(|phase| CHECK.finding(Severity::Fail, Some(phase), observed.clone())),
        );
    }
    CHECK.or_pass(findings, "all histograms differ")
}

fn payloads(slot: &SlotReading<'_>) -> impl Iterator<Item = Payload> {
    let payload = |sample: &HistogramSample| {
        (
            sample.count,
            sample.sum.to_bits(),
            sample.bucket_indices.clone(),
            sample.bucket_counts.clone(),
        )
    };
    slot.series
        .histograms_of(DURATION, MEASURE, None)
        .filter_map(newest)
        .filter(|sample| sample.count >= FEWEST_REQUESTS)
        .map(payload)
}
