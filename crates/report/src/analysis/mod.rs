//! From a saved run to the report model.
//!
//! The raw samples become cells (`series`, `slots`), the cells become statistics (`meshdelta-stats`), and every part of the
//! model has a file of its own here. Quality checks (`quality`) run before the statistics, so that a failed one suppresses the
//! verdict of its phase, and after them, for what only statistics can see. The rules are those of `docs/statistics.md`.
//!
//! The same run gives the same model to the byte: no clock is read, no random number drawn, and every map is ordered.

mod absolutes;
mod commands;
mod convert;
mod distributions;
mod environment;
mod error;
mod evaluate;
mod heat_map;
mod load;
mod method;
mod names;
mod overheads;
mod phases;
mod planning;
mod proofs;
mod quality;
mod resources;
mod run_summary;
mod series;
mod setup;
mod slots;
mod text;

pub(crate) use convert::{badges_of, latency_metric};
pub(crate) use distributions::{density_of, shift_points, spectrum_of};
pub use error::{AnalysisError, SlotFailure};
pub use evaluate::{RunEvaluation, evaluate};
pub(crate) use names::{CPU_METRIC, MEMORY_METRIC};
pub(crate) use text::{counted, percent};

use meshdelta_run::folder::SavedRun;

use crate::model::{Answer, Findings, ReportModel, SCHEMA_VERSION};

/// Turns a saved run into the report model.
pub fn analyse_run(run: &SavedRun) -> Result<ReportModel, AnalysisError> {
    evaluate(run)?.model()
}

impl RunEvaluation<'_> {
    /// Puts the report model together.
    pub fn model(&self) -> Result<ReportModel, AnalysisError> {
        let mut model = ReportModel {
            schema_version: SCHEMA_VERSION,
            run: run_summary::run_summary(self)?,
            intervals: run_summary::intervals(self),
            answer: Answer::default(),
            findings: Findings::default(),
            phases: phases::phases(self),
            overheads: overheads::overheads(self),
            noise_floors: overheads::noise_floors(self),
            absolutes: absolutes::absolutes(self),
            connection_setup: setup::connection_setup(self),
            load: load::load(self),
            resources: resources::phase_resources(self),
            resource_differences: resources::differences(self),
            spectra: distributions::spectra(self),
            densities: distributions::densities(self)?,
            shifts: distributions::shifts(self),
            heat_map: heat_map::heat_map(self),
            quality: self.quality.clone(),
            proofs: proofs::proofs(self),
            environment: environment::environment(self),
            planning: planning::planning(self),
            method: method::method(self),
            files: environment::files(self),
        };
        model.write_texts();
        Ok(model)
    }
}
