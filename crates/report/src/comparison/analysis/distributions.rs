//! Whole distributions of both sides; runs of one side are put together, for pictures only.

use meshdelta_stats::Round;
use meshdelta_stats::experiment::{AnalysisSettings, Experiment, analyse};

use super::runs::AnalysedRun;
use super::stats_phase;
use crate::analysis::{AnalysisError, density_of, spectrum_of};
use crate::comparison::error::ComparisonError;
use crate::comparison::model::BothSides;
use crate::model::{Phase, PhaseDensity, PhaseSpectrum};

/// Returns the spectra and the distributions of each phase on both sides.
pub(super) fn of_both_sides(
    before: &[AnalysedRun<'_>],
    after: &[AnalysedRun<'_>],
    phases: &[Phase],
) -> Result<(BothSides<PhaseSpectrum>, BothSides<PhaseDensity>), ComparisonError> {
    let of_side = |side| of_side(side, phases).map_err(ComparisonError::Together);
    let (before, after) = (of_side(before)?, of_side(after)?);
    let spectra = BothSides {
        before: before.0,
        after: after.0,
    };
    let densities = BothSides {
        before: before.1,
        after: after.1,
    };
    Ok((spectra, densities))
}

fn of_side(
    side: &[AnalysedRun<'_>],
    phases: &[Phase],
) -> Result<(Vec<PhaseSpectrum>, Vec<PhaseDensity>), AnalysisError> {
    let experiment = together(side);
    let settings = AnalysisSettings {
        statistics: Vec::new(),
        ..AnalysisSettings::default()
    };
    let analysis = analyse(&experiment, &settings)?;
    let pooled = experiment.pooled()?;
    let spectra = phases.iter().map(|phase| PhaseSpectrum {
        phase: phase.id.clone(),
        points: spectrum_of(&analysis.spectra, &stats_phase(&phase.id)),
    });
    let densities = phases
        .iter()
        .map(|phase| density_of(&pooled, phase.id.clone(), &stats_phase(&phase.id)));
    Ok((spectra.collect(), densities.collect()))
}

/// The slots of all runs, each run with rounds of its own.
fn together(side: &[AnalysedRun<'_>]) -> Experiment {
    let mut slots = Vec::new();
    let mut first_round = 0;
    for run in side {
        let own = &run.evaluation.experiment.slots;
        slots.extend(own.iter().cloned().map(|mut slot| {
            slot.round = Round(slot.round.0 + first_round);
            slot
        }));
        let last = own.iter().map(|slot| slot.round.0).max().unwrap_or(0);
        first_round += last + 1;
    }
    Experiment::new(slots)
}
