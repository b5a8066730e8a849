//! Whole distributions: spectra, densities and shift functions.

use meshdelta_stats::PhaseName;
use meshdelta_stats::experiment::Pooled;
use meshdelta_stats::histogram::NativeHistogram;
use meshdelta_stats::shift::{ShiftFunction as StatsShift, Spectrum};

use super::convert::{effect, effect_interval, phase_id, stats_name};
use super::{AnalysisError, RunEvaluation};
use crate::model::{
    DensityBucket, PhaseDensity, PhaseId, PhaseSpectrum, Seconds, Share, ShiftFunction, ShiftPoint,
    SpectrumPoint,
};

/// Returns the latency of every phase over the quantiles.
pub(super) fn spectra(evaluation: &RunEvaluation<'_>) -> Vec<PhaseSpectrum> {
    let phases = evaluation.manifest.plan.phases.iter();
    phases
        .map(|phase| PhaseSpectrum {
            phase: phase_id(&phase.id),
            points: spectrum_of(&evaluation.analysis.spectra, &stats_name(&phase.id)),
        })
        .collect()
}

/// Returns the spectrum of one phase.
pub(crate) fn spectrum_of(spectra: &[Spectrum], phase: &PhaseName) -> Vec<SpectrumPoint> {
    spectra
        .iter()
        .filter(|spectrum| spectrum.phase == *phase)
        .flat_map(|spectrum| &spectrum.points)
        .map(|point| SpectrumPoint {
            quantile: Share::new(point.quantile.get()),
            median_seconds: Seconds::new(point.median.get()),
            lowest_seconds: Seconds::new(point.minimum.get()),
            highest_seconds: Seconds::new(point.maximum.get()),
        })
        .collect()
}

/// Returns the overhead of every phase over the quantiles.
pub(super) fn shifts(evaluation: &RunEvaluation<'_>) -> Vec<ShiftFunction> {
    evaluation
        .treatments()
        .map(|phase| {
            let name = stats_name(&phase.id);
            let functions = evaluation.analysis.shift_functions.iter();
            let points = functions
                .filter(|function| function.phase == name)
                .flat_map(shift_points);
            ShiftFunction {
                phase: phase_id(&phase.id),
                points: points.collect(),
            }
        })
        .collect()
}

/// Returns the points of a shift function.
pub(crate) fn shift_points(function: &StatsShift) -> impl Iterator<Item = ShiftPoint> + '_ {
    function.points.iter().filter_map(|point| {
        Some(ShiftPoint {
            quantile: Share::new(point.quantile.get()),
            effect: effect(&point.effect)?,
            interval: point.interval.as_ref().and_then(effect_interval),
        })
    })
}

/// Returns the distribution of every phase, pooled over its valid slots; for pictures only.
pub(super) fn densities(
    evaluation: &RunEvaluation<'_>,
) -> Result<Vec<PhaseDensity>, AnalysisError> {
    let pooled = evaluation.experiment.pooled()?;
    let phases = evaluation.manifest.plan.phases.iter();
    Ok(phases
        .map(|phase| density_of(&pooled, phase_id(&phase.id), &stats_name(&phase.id)))
        .collect())
}

/// Returns the distribution of one phase; an empty one where it was not measured.
pub(crate) fn density_of(pooled: &[Pooled], id: PhaseId, phase: &PhaseName) -> PhaseDensity {
    let found = pooled.iter().find(|pooled| pooled.phase == *phase);
    let empty = NativeHistogram::empty();
    let histogram = found.map_or(&empty, |pooled| &pooled.histogram);
    PhaseDensity {
        phase: id,
        sample_count: histogram.count(),
        zero_count: histogram.zero_count(),
        buckets: buckets(histogram),
    }
}

fn buckets(histogram: &NativeHistogram) -> Vec<DensityBucket> {
    let Some(schema) = histogram.schema() else {
        return Vec::new();
    };
    let all = histogram.count() as f64;
    histogram
        .buckets()
        .iter()
        // The bucket of infinity has no place on an axis.
        .filter(|(index, _)| *index < schema.overflow_index())
        .map(|&(index, count)| DensityBucket {
            lower_seconds: Seconds::new(schema.lower_bound(index)),
            upper_seconds: Seconds::new(schema.upper_bound(index)),
            share: Share::new(count as f64 / all),
        })
        .collect()
}
