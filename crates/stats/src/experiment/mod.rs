//! The one entry to all statistics of a run: measurements of slots in, estimates with intervals and verdicts out.
//!
//! A report and a simulation call the same [`analyse`]. The unit of replication is the round; phases are compared within
//! rounds, on the logarithmic scale (`docs/statistics.md`, "Estimands").

mod absolute;
mod analysis;
mod assemble;
mod badges;
mod cliff;
mod effect;
mod error_rates;
mod grid;
mod infer;
mod input;
mod noise;
mod overhead;
mod pairs;
mod pooled;
mod reading;
mod run_level;
mod settings;
mod table;
mod within_run;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

pub use absolute::{
    Absolute, AbsoluteEstimate, AbsoluteInference, AbsoluteResult, AmountInterval, SlotValue,
};
pub use analysis::{Analysis, analyse};
pub use effect::{Badge, Effect, EffectInterval, NoInterval, Scale};
pub(crate) use effect::{EffectScale, finite_exp};
pub use error_rates::{ErrorComparison, ErrorEstimate};
pub(crate) use grid::CellGrid;
pub(crate) use infer::{RoundInputs, fit, pointwise, run_level_precision};
pub use input::{Exclusion, Experiment, ExperimentError, SlotMeasurement};
pub use noise::{NoiseFloor, NoiseRound};
pub use overhead::{
    AlternativeInterval, Inference, Overhead, OverheadEstimate, OverheadResult, RoundEffect,
    RunLevelInterval, SignedRankInterval, WithinRule, WithinRunInterval,
};
pub(crate) use pairs::{Pair, complete_pairs, resolution_error};
pub use pooled::{BucketDirection, Pooled};
pub(crate) use reading::log_quantile;
pub use settings::{AnalysisSettings, Metric, ScalarMetric, Statistic};
pub(crate) use table::{Entry, Prepared, PreparedSlot, Table};
