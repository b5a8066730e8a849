//! The analysis of a whole run.

use serde::Serialize;

use super::absolute::absolute;
use super::assemble::MetricContext;
use super::error_rates::error_rates;
use super::noise::noise_floor;
use super::{
    AbsoluteEstimate, AnalysisSettings, ErrorEstimate, Experiment, ExperimentError, Metric,
    OverheadEstimate, Pooled, Prepared, Table, fit,
};
use crate::drift::{DriftReport, Stationarity, drift_report, stationarity};
use crate::shift::{ShiftFunction, Spectrum, shift_functions};
use crate::units::PhaseName;

/// Everything that the statistics say about a run, in a fixed order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Analysis {
    /// The baseline.
    pub baseline: PhaseName,
    /// All other phases, by name.
    pub phases: Vec<PhaseName>,
    /// Values: metric by metric in the order of the settings, the baseline first.
    pub absolutes: Vec<AbsoluteEstimate>,
    /// Overheads: metric by metric, phase by phase.
    pub overheads: Vec<OverheadEstimate>,
    /// Error rates, the baseline first; only phases that have any requests counted.
    pub errors: Vec<ErrorEstimate>,
    /// Drift of the baseline and effects of the order, metric by metric.
    pub drift: Vec<DriftReport>,
    /// Drift within each slot.
    pub stationarity: Vec<Stationarity>,
    /// Overheads over the whole distribution; empty when not asked for.
    pub shift_functions: Vec<ShiftFunction>,
    /// Values over the whole distribution; empty when not asked for.
    pub spectra: Vec<Spectrum>,
}

impl Analysis {
    /// Returns the overhead of a phase in a metric.
    pub fn overhead(&self, phase: &PhaseName, metric: &Metric) -> Option<&OverheadEstimate> {
        self.overheads
            .iter()
            .find(|estimate| estimate.phase == *phase && estimate.metric == *metric)
    }

    /// Returns the value of a metric in a phase.
    pub fn absolute(&self, phase: &PhaseName, metric: &Metric) -> Option<&AbsoluteEstimate> {
        self.absolutes
            .iter()
            .find(|estimate| estimate.phase == *phase && estimate.metric == *metric)
    }
}

/// Analyses a run. No random number is drawn: equal input gives equal output.
pub fn analyse(
    experiment: &Experiment,
    settings: &AnalysisSettings,
) -> Result<Analysis, ExperimentError> {
    let prepared = Prepared::new(experiment)?;
    let pooled = experiment.pooled()?;
    let mut analysis = Analysis {
        baseline: prepared.phases[0].clone(),
        phases: prepared.phases[1..].to_vec(),
        absolutes: Vec::new(),
        overheads: Vec::new(),
        errors: error_rates(&prepared),
        drift: Vec::new(),
        stationarity: stationarity(&prepared),
        shift_functions: Vec::new(),
        spectra: Vec::new(),
    };
    for (metric, minimum_effect) in settings.metrics() {
        let table = Table::new(&prepared, &metric);
        let (fit, fitted_phases) = fit(&table);
        let context = MetricContext {
            prepared: &prepared,
            pooled: &pooled,
            suppressed: &experiment.suppressed,
            metric: &metric,
            minimum_effect,
            noise_floor: noise_floor(&table),
            table: &table,
            fit,
            fitted_phases,
            switch_cost_in_cells: settings.switch_cost_in_cells,
        };
        for phase in 0..prepared.phases.len() {
            analysis.absolutes.push(absolute(
                &prepared,
                &table,
                &metric,
                phase,
                pooled_of(&pooled, &prepared, phase),
            ));
        }
        analysis
            .overheads
            .extend((1..prepared.phases.len()).map(|phase| context.overhead(phase)));
        analysis
            .drift
            .push(drift_report(&metric, &table, context.noise_floor.as_ref()));
    }
    if settings.shift_functions {
        (analysis.shift_functions, analysis.spectra) = shift_functions(&prepared);
    }
    Ok(analysis)
}

fn pooled_of<'a>(pooled: &'a [Pooled], prepared: &Prepared, phase: usize) -> Option<&'a Pooled> {
    pooled
        .iter()
        .find(|pooled| pooled.phase == prepared.phases[phase])
}
