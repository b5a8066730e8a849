//! Whether every load generator took part in every slot.

use std::collections::BTreeSet;

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::names::{DURATION, MEASURE};
use crate::analysis::series::runner;
use crate::analysis::slots::SlotReading;
use crate::analysis::text::counted;
use crate::model::{QualityFinding, Severity};

const CHECK: Check = Check {
    id: "load-generators",
    title: "Load generators",
    limit: "invalid when one is absent from a slot",
    why: "A slot with fewer load generators has another load, from other places.",
    advice: "Look at the logs of the load generator that is missing.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let all: BTreeSet<&str> = evidence.valid_slots().flat_map(of_slot).collect();
    let judge = |slot: &SlotReading<'_>| verdict(slot, &all);
    let passed = format!(
        "{} in every slot",
        counted(all.len() as u64, "load generator")
    );
    CHECK.judge_slots(evidence, judge, passed)
}

fn of_slot<'a>(slot: &SlotReading<'a>) -> BTreeSet<&'a str> {
    slot.series
        .histograms_of(DURATION, MEASURE, None)
        .map(|one| runner(one.series))
        .collect()
}

fn verdict(slot: &SlotReading<'_>, all: &BTreeSet<&str>) -> SlotVerdict {
    let present = of_slot(slot);
    let absent: Vec<&str> = all
        .iter()
        .filter(|one| !present.contains(*one))
        .copied()
        .collect();
    (!absent.is_empty()).then(|| {
        let observed = format!("no samples of load generator {}", absent.join(", "));
        (Severity::Fail, observed)
    })
}
