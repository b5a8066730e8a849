//! Whether the clocks of the load generator and of the collector agree.

use meshdelta_run::plan::EnvironmentKind;

use super::check::{Check, Evidence, SlotVerdict};
use crate::analysis::names::{CPU, DURATION, MEASURE};
use crate::analysis::slots::SlotReading;
use crate::model::{QualityFinding, Severity};
use crate::number_format::{THIN_SPACE, fixed_text};

/// A sample this far outside of its slot has another clock.
const LARGEST_SKEW_MS: i64 = 5_000;

const CHECK: Check = Check {
    id: "clock-skew",
    title: "Clocks",
    limit: "warn when samples lie more than 5 s outside of their window",
    why: "Samples, windows and CPU time are put together by time; with clocks apart they belong to different moments.",
    advice: "Synchronise the clocks of all machines, and measure again.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    // In a cluster only samples of the inner window are kept: they tell nothing of clocks.
    let are_around = evidence.manifest.plan.environment == EnvironmentKind::Local;
    CHECK.judge_slots(
        evidence,
        |slot| verdict(slot, are_around),
        "all samples lie within their windows",
    )
}

/// Judges a slot. `are_around` says that processes were watched before and after the window too.
fn verdict(slot: &SlotReading<'_>, are_around: bool) -> SlotVerdict {
    let window = slot.series.record.window;
    let requests = slot
        .series
        .histograms_of(DURATION, MEASURE, None)
        .flat_map(|one| one.samples.iter().map(|sample| sample.timestamp));
    let outside = requests.map(|time| {
        let before = window.start.ms_since(time);
        let after = time.ms_since(window.end);
        before.max(after)
    });
    let mut worst = outside.max().unwrap_or(0);
    let processes = slot
        .series
        .process_scalars(CPU)
        .flat_map(|one| one.samples.iter().map(|sample| sample.timestamp));
    let mut processes = processes.peekable();
    if are_around && processes.peek().is_some() {
        let (first, last) = processes.fold((window.end, window.start), |(first, last), time| {
            (first.min(time), last.max(time))
        });
        let late = first.ms_since(window.start);
        let early = window.end.ms_since(last);
        worst = worst.max(late).max(early);
    }
    (worst > LARGEST_SKEW_MS).then(|| {
        let seconds = fixed_text(worst as f64 / 1000.0, 1);
        let observed = format!("samples {seconds}{THIN_SPACE}s away from their window");
        (Severity::Warn, observed)
    })
}
