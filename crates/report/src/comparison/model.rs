//! The model of a comparison: one serialisable struct of which every output is a view.

mod change;
mod comparability;
mod gate;
mod side;
mod verdict;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use change::{
    AddedChange, Change, ChangeError, ChangeEstimate, ChangeMetric, ChangeUnit, Difference,
    DifferenceInterval, SideOverhead, SmallestDetectable, ValueChange,
};
pub use comparability::{Comparability, FactDifference, Grade};
pub use gate::GateSummary;
pub use side::{Side, SideRun};
pub use verdict::{ChangeFamily, ChangeVerdict};

use crate::model::{MethodNote, Phase, PhaseDensity, PhaseId, PhaseSpectrum, Share, ShiftFunction};

/// The version of the JSON form of [`ComparisonModel`]; raised when a field changes its meaning or goes away.
pub const COMPARISON_SCHEMA_VERSION: u32 = 1;

/// Everything that a comparison says. Numbers are in the unit that the row names: seconds, CPU seconds per 1,000 requests, or bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonModel {
    /// [`COMPARISON_SCHEMA_VERSION`] of the program that made the model.
    pub schema_version: u32,
    /// A title for people.
    pub title: String,
    /// What was before.
    pub before: Side,
    /// What is now.
    pub after: Side,
    /// What the intervals mean.
    pub intervals: ChangeIntervals,
    /// The answer in two sentences: the median, then p99.
    pub answer: ComparisonAnswer,
    /// Headings that state a finding.
    pub headings: ComparisonHeadings,
    /// Whether the runs measured the same thing, and in what they differ.
    pub comparability: Comparability,
    /// What a pipeline asked, and what became of it.
    pub gates: Vec<GateSummary>,
    /// What a reader must know before reading a number.
    pub alerts: Vec<String>,
    /// The phases that all runs have, in the order in which they are shown; the baseline is one of them.
    pub phases: Vec<Phase>,
    /// Changes of overheads: by phase, then by metric.
    pub changes: Vec<Change>,
    /// Changes of plain values, of the baseline too: by phase, then by metric.
    pub values: Vec<ValueChange>,
    /// The change of the overhead over the quantiles, by phase.
    pub shifts: Vec<ShiftFunction>,
    /// Latency over the quantiles.
    pub spectra: BothSides<PhaseSpectrum>,
    /// Distributions pooled over rounds and runs, for pictures only.
    pub densities: BothSides<PhaseDensity>,
    /// How the numbers were computed.
    pub method: Vec<MethodNote>,
    /// The command that makes this comparison again.
    pub command: String,
    /// The version of this program.
    pub tool_version: String,
}

/// Something of each phase on both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BothSides_{T}")]
pub struct BothSides<T> {
    /// Before.
    pub before: Vec<T>,
    /// After.
    pub after: Vec<T>,
}

/// What the intervals of a comparison mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeIntervals {
    /// The level of an interval, usually 0.95.
    pub level: Share,
    /// The level of the equivalence interval, usually 0.90.
    pub equivalence_level: Share,
    /// The most false claims of a kind in a family of changes in which nothing changed, usually 0.05.
    pub family_level: Share,
    /// How many phases the simultaneous intervals cover together.
    pub simultaneous_comparisons: u32,
    /// The method in a few words.
    pub method: String,
}

/// The answer in two sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonAnswer {
    /// How the overhead of the typical request changed.
    pub body: String,
    /// How that of the tail changed.
    pub tail: String,
}

/// Headings that state a finding; the plain name where no rule fits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonHeadings {
    /// Over the forest plot.
    pub changes: String,
    /// Over the change at each percentile.
    pub shift: String,
    /// Over the distributions.
    pub distributions: String,
    /// Over the facts that differ.
    pub comparability: String,
}

impl ComparisonModel {
    /// The phases whose overheads are compared, in order.
    pub fn treatments(&self) -> impl Iterator<Item = &Phase> {
        self.phases.iter().filter(|phase| !phase.is_baseline)
    }

    /// The change of a phase in a metric.
    pub fn change(&self, phase: &PhaseId, metric: ChangeMetric) -> Option<&Change> {
        self.changes
            .iter()
            .find(|change| &change.phase == phase && change.metric == metric)
    }
}
