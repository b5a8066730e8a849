//! The report model: one serialisable struct of which every output is a view.
//!
//! Nothing is on a page, in a table or in a chart that is not in [`ReportModel`]; `report --format json` is this struct.
//! Values that could not be estimated say why ([`Measured`]); a number is never NaN or infinite, and serialising one fails.
//! Lists are in the order in which they are shown, so the same run gives the same bytes.

mod absolute;
mod distribution;
mod effect;
mod estimate;
mod heat_map;
mod load;
mod overhead;
mod phase;
mod provenance;
mod quality;
mod resources;
mod run;
mod statistic;
mod texts;
mod unit;
mod verdict;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use absolute::{Absolute, AbsoluteValue, PessimisticQuantile, RoundValue};
pub use distribution::{
    DensityBucket, PhaseDensity, PhaseSpectrum, ShiftFunction, ShiftPoint, SpectrumPoint,
};
pub use effect::{Effect, EffectInterval};
pub use estimate::{Interval, Measured};
pub use heat_map::{HeatMap, HeatMapCell, SlotHeatMap};
pub use load::{ConnectionSetup, PhaseLoad, Proportion};
pub use overhead::{
    AlternativeEstimate, EstimateMethod, Family, Margin, NoiseFloor, Overhead, OverheadEstimate,
    RoundDifference, StandardError,
};
pub use phase::{ColourSlot, Phase, PhaseId, Validity};
pub use provenance::{EnvironmentFact, FileDigest, MethodNote, Planning};
pub use quality::{ProofCheck, ProofStage, QualityFinding, Severity, SlotProof};
pub use resources::{
    PhaseResources, ResourceDifference, ResourceMetric, ResourceUse, ResourceValue, RoleResources,
};
pub use run::{
    Completion, EnvironmentKind, IntervalDescription, IntervalScope, ProgramVersion, RunSummary,
};
pub use statistic::Statistic;
pub use texts::{Answer, Findings};
pub use unit::{
    Bytes, Cores, CpuSeconds, NotFiniteError, Quantity, Ratio, RequestsPerSecond, Seconds, Share,
};
pub use verdict::{Badge, Verdict};

/// The version of the JSON form of [`ReportModel`]; raised when a field changes its meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that a report says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportModel {
    /// [`SCHEMA_VERSION`] of the program that made the model.
    pub schema_version: u32,
    /// What was run, where and how.
    pub run: RunSummary,
    /// What the intervals in this report mean.
    pub intervals: IntervalDescription,
    /// The answer in two sentences; see [`ReportModel::write_texts`].
    pub answer: Answer,
    /// The headings that state a finding; see [`ReportModel::write_texts`].
    pub findings: Findings,
    /// The phases in the order in which they are shown; the baseline is one of them.
    pub phases: Vec<Phase>,
    /// Overheads over the baseline: by phase, then by statistic.
    pub overheads: Vec<Overhead>,
    /// The difference between the two baselines of a round, by statistic; empty when the baseline ran once a round.
    pub noise_floors: Vec<NoiseFloor>,
    /// Latencies: by phase (the baseline too), then by statistic.
    pub absolutes: Vec<Absolute>,
    /// Time to set up a connection, which the latencies above do not contain; by phase.
    pub connection_setup: Vec<ConnectionSetup>,
    /// Load and errors, by phase.
    pub load: Vec<PhaseLoad>,
    /// CPU and memory, by phase.
    pub resources: Vec<PhaseResources>,
    /// Differences of CPU and memory from the baseline: by phase, then by metric.
    pub resource_differences: Vec<ResourceDifference>,
    /// Percentile spectra, by phase.
    pub spectra: Vec<PhaseSpectrum>,
    /// Distributions pooled over rounds (for pictures only), by phase.
    pub densities: Vec<PhaseDensity>,
    /// Overhead as a function of the quantile, by phase without the baseline.
    pub shifts: Vec<ShiftFunction>,
    /// Latency over time, slots in the order of execution.
    pub heat_map: HeatMap,
    /// Every quality check, failed and passed.
    pub quality: Vec<QualityFinding>,
    /// How each slot proved its data path, slots in the order of execution.
    pub proofs: Vec<SlotProof>,
    /// Facts about the machine or the cluster, grouped.
    pub environment: Vec<EnvironmentFact>,
    /// What would make the next run more precise.
    pub planning: Planning,
    /// How the numbers were computed.
    pub method: Vec<MethodNote>,
    /// Digests of the files of the run.
    pub files: Vec<FileDigest>,
}

impl ReportModel {
    /// The phase that the others are compared with.
    pub fn baseline(&self) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.is_baseline)
    }

    /// The phase with this id.
    pub fn phase(&self, id: &PhaseId) -> Option<&Phase> {
        self.phases.iter().find(|phase| &phase.id == id)
    }

    /// The phases that are compared with the baseline, in order.
    pub fn treatments(&self) -> impl Iterator<Item = &Phase> {
        self.phases.iter().filter(|phase| !phase.is_baseline)
    }

    /// The overhead of one phase at one statistic.
    pub fn overhead(&self, phase: &PhaseId, statistic: Statistic) -> Option<&Overhead> {
        self.overheads
            .iter()
            .find(|overhead| &overhead.phase == phase && overhead.statistic == statistic)
    }

    /// The latency of one phase at one statistic.
    pub fn absolute(&self, phase: &PhaseId, statistic: Statistic) -> Option<&Absolute> {
        self.absolutes
            .iter()
            .find(|absolute| &absolute.phase == phase && absolute.statistic == statistic)
    }

    /// The noise floor at one statistic.
    pub fn noise_floor(&self, statistic: Statistic) -> Option<&NoiseFloor> {
        self.noise_floors
            .iter()
            .find(|floor| floor.statistic == statistic)
    }

    /// The load of one phase.
    pub fn load(&self, phase: &PhaseId) -> Option<&PhaseLoad> {
        self.load.iter().find(|load| &load.phase == phase)
    }

    /// The resources of one phase.
    pub fn resources(&self, phase: &PhaseId) -> Option<&PhaseResources> {
        self.resources
            .iter()
            .find(|resources| &resources.phase == phase)
    }

    /// The difference of one resource of one phase from the baseline.
    pub fn resource_difference(
        &self,
        phase: &PhaseId,
        metric: ResourceMetric,
    ) -> Option<&ResourceDifference> {
        self.resource_differences
            .iter()
            .find(|difference| &difference.phase == phase && difference.metric == metric)
    }

    /// The statistics for which overheads are given, in order.
    pub fn statistics(&self) -> Vec<Statistic> {
        Statistic::ALL
            .into_iter()
            .filter(|statistic| {
                self.overheads
                    .iter()
                    .any(|overhead| overhead.statistic == *statistic)
            })
            .collect()
    }
}
