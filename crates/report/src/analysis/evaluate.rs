//! The analysis of a run before it becomes a report: what `report`, gates and comparisons share.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use meshdelta_run::folder::SavedRun;
use meshdelta_run::{Manifest, PhaseId};
use meshdelta_stats::experiment::{
    Analysis, AnalysisSettings, Experiment, Metric, ScalarMetric, SlotMeasurement, analyse,
};
use meshdelta_stats::{MetricName, MinimumEffect, PhaseName};

use super::error::{AnalysisError, SlotFailure};
use super::names::{CPU_METRIC, MEMORY_METRIC};
use super::planning::switch_cost_in_cells;
use super::quality;
use super::slots::{SlotReading, measurements, read_slots};
use crate::model::QualityFinding;

/// Everything that is known about a run.
#[derive(Debug, Clone)]
pub struct RunEvaluation<'a> {
    /// Where the run was read from.
    pub folder: &'a Path,
    /// The manifest.
    pub manifest: &'a Manifest,
    /// What entered the statistics, with the phases whose verdict is suppressed.
    pub experiment: Experiment,
    /// What was asked of them.
    pub settings: AnalysisSettings,
    /// What they say about successful requests.
    pub analysis: Analysis,
    /// Every quality check, failed and passed.
    pub quality: Vec<QualityFinding>,
    /// What they say about all requests; absent when no request failed, because it is the same.
    pub(super) all_requests: Option<Analysis>,
    pub(super) slots: Vec<SlotReading<'a>>,
}

/// Reads, checks and analyses a run.
pub fn evaluate(run: &SavedRun) -> Result<RunEvaluation<'_>, AnalysisError> {
    let manifest = &run.manifest;
    let slots = read_slots(run);
    check_baseline(manifest, &slots)?;
    let mut quality = quality::before(manifest, &slots);
    let experiment = Experiment {
        slots: measurements(&slots, &manifest.plan)?,
        suppressed: suppressed(manifest, &quality),
    };
    let settings = settings(manifest);
    let analysis = analyse(&experiment, &settings)?;
    quality.extend(quality::after(manifest, &analysis));
    Ok(RunEvaluation {
        folder: &run.folder,
        manifest,
        all_requests: all_requests(&slots, &experiment)?,
        experiment,
        settings,
        analysis,
        quality: quality::sorted(quality),
        slots,
    })
}

fn check_baseline(manifest: &Manifest, slots: &[SlotReading<'_>]) -> Result<(), AnalysisError> {
    if slots.is_empty() {
        return Err(AnalysisError::NoSlots);
    }
    let baseline = manifest
        .plan
        .phases
        .iter()
        .find(|phase| phase.is_baseline())
        .ok_or(AnalysisError::NoBaseline)?;
    let of_baseline = || {
        slots
            .iter()
            .filter(|slot| slot.series.record.phase == baseline.id)
    };
    let has_data = |slot: &SlotReading<'_>| slot.is_valid() && slot.successes().count() > 0;
    if of_baseline().any(has_data) {
        return Ok(());
    }
    let failure = |slot: &SlotReading<'_>| SlotFailure {
        slot: slot.series.record.id,
        reason: slot.failure().unwrap_or_else(|| {
            let collides = slot.cells.as_ref().is_ok_and(|cells| !cells.is_valid());
            let reason = if collides {
                "two processes wrote to one series"
            } else {
                "no request succeeded"
            };
            reason.to_owned()
        }),
    };
    Err(AnalysisError::NoValidBaseline {
        failures: of_baseline().map(failure).collect(),
    })
}

fn settings(manifest: &Manifest) -> AnalysisSettings {
    let scalar = |name, minimum_effect| ScalarMetric {
        name: MetricName::new(name),
        minimum_effect,
    };
    AnalysisSettings {
        scalars: vec![
            scalar(CPU_METRIC, MinimumEffect::cpu_seconds_per_1000_requests()),
            scalar(MEMORY_METRIC, MinimumEffect::memory_bytes()),
        ],
        switch_cost_in_cells: switch_cost_in_cells(manifest),
        ..AnalysisSettings::default()
    }
}

/// A failed check takes away the verdict of its phase; of the baseline or of the run, every verdict.
fn suppressed(manifest: &Manifest, quality: &[QualityFinding]) -> BTreeMap<PhaseName, String> {
    let mut suppressed = BTreeMap::new();
    for (phase, reason) in quality::failures(quality) {
        let everywhere = phase.is_none_or(|phase| is_baseline(manifest, phase.as_str()));
        let affected = manifest.plan.phases.iter().filter(|other| {
            everywhere || phase.is_some_and(|phase| phase.as_str() == other.id.as_str())
        });
        for other in affected {
            suppressed
                .entry(PhaseName::new(other.id.as_str()))
                .or_insert_with(|| reason.clone());
        }
    }
    suppressed
}

fn is_baseline(manifest: &Manifest, phase: &str) -> bool {
    manifest
        .plan
        .phases
        .iter()
        .any(|other| other.is_baseline() && other.id.as_str() == phase)
}

/// Analyses successful and failed requests together, for the appendix.
fn all_requests(
    slots: &[SlotReading<'_>],
    experiment: &Experiment,
) -> Result<Option<Analysis>, AnalysisError> {
    let failed = |slot: &SlotReading<'_>| -> u64 {
        let cells = slot.failed_cells.as_ref().map(|slot| slot.cells.as_slice());
        cells
            .unwrap_or_default()
            .iter()
            .map(meshdelta_stats::histogram::NativeHistogram::count)
            .sum()
    };
    if slots.iter().all(|slot| failed(slot) == 0) {
        return Ok(None);
    }
    let together = |(slot, measurement): (&SlotReading<'_>, &SlotMeasurement)| {
        let mut measurement = measurement.clone();
        // Without intervals the width of cells does not matter, so the failed ones may be cells of their own.
        if let Ok(failed) = &slot.failed_cells {
            measurement.cells.extend(failed.cells.iter().cloned());
        }
        measurement
    };
    let experiment = Experiment::new(slots.iter().zip(&experiment.slots).map(together).collect());
    let settings = AnalysisSettings {
        shift_functions: false,
        ..AnalysisSettings::default()
    };
    Ok(Some(analyse(&experiment, &settings)?))
}

impl<'a> RunEvaluation<'a> {
    /// Returns the smallest difference of a metric that matters.
    pub(crate) fn minimum_effect(&self, metric: &Metric) -> MinimumEffect {
        match metric {
            Metric::Latency(statistic) => self
                .settings
                .minimum_effects
                .get(statistic)
                .copied()
                .unwrap_or_else(|| statistic.default_minimum_effect()),
            Metric::Scalar(name) if name.as_str() == MEMORY_METRIC => MinimumEffect::memory_bytes(),
            Metric::Scalar(_) => MinimumEffect::cpu_seconds_per_1000_requests(),
        }
    }

    /// Returns the phases of the plan without the baseline.
    pub(super) fn treatments(&self) -> impl Iterator<Item = &'a meshdelta_run::Phase> {
        self.manifest
            .plan
            .phases
            .iter()
            .filter(|phase| !phase.is_baseline())
    }

    /// Returns the slots of a phase, in the order of execution.
    pub(super) fn slots_of(&self, phase: &PhaseId) -> impl Iterator<Item = &SlotReading<'a>> {
        self.slots
            .iter()
            .filter(move |slot| slot.series.record.phase == *phase)
    }

    /// Tells whether any slot of a phase is valid.
    pub(crate) fn has_valid_slot(&self, phase: &PhaseId) -> bool {
        self.valid_slots_of(phase).next().is_some()
    }

    /// Returns in how many rounds a phase was measured, and in how many of these both it and the baseline are valid.
    pub(crate) fn measured_and_complete_rounds(&self, phase: &PhaseId) -> (usize, usize) {
        let rounds = |slots: &mut dyn Iterator<Item = &SlotReading<'a>>| -> BTreeSet<u32> {
            slots.map(|slot| slot.series.record.id.round).collect()
        };
        let plan = &self.manifest.plan;
        let baseline = plan.phases.iter().find(|phase| phase.is_baseline());
        let valid = rounds(&mut self.valid_slots_of(phase));
        let of_baseline = baseline.map_or_else(BTreeSet::new, |baseline| {
            rounds(&mut self.valid_slots_of(&baseline.id))
        });
        let measured = rounds(&mut self.slots_of(phase)).len();
        (measured, valid.intersection(&of_baseline).count())
    }

    /// Returns the valid slots of a phase.
    pub(super) fn valid_slots_of(&self, phase: &PhaseId) -> impl Iterator<Item = &SlotReading<'a>> {
        self.slots_of(phase).filter(|slot| slot.is_valid())
    }
}
