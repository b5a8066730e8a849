//! Latency over time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::phase::PhaseId;
use super::unit::Seconds;

/// Latency over time for all slots, on common buckets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeatMap {
    /// Edges of the buckets in rising order: one more than there are buckets. Empty when nothing was recorded.
    pub bucket_edges_seconds: Vec<Seconds>,
    /// The slots in the order of execution.
    pub slots: Vec<SlotHeatMap>,
}

/// Latency over time in one slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlotHeatMap {
    /// The round, from 1.
    pub round: u32,
    /// The slot in the round, from 1.
    pub slot: u32,
    /// The phase.
    pub phase: PhaseId,
    /// Start of the slot after the start of the run.
    pub start_seconds: Seconds,
    /// The width of a cell.
    pub cell_seconds: Seconds,
    /// The cells in order of time, warm-up first.
    pub cells: Vec<HeatMapCell>,
}

/// The requests of one cell of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeatMapCell {
    /// Start of the cell after the start of the slot.
    pub start_seconds: Seconds,
    /// Whether the cell belongs to the warm-up.
    pub is_warm_up: bool,
    /// The index of the bucket of the first count; buckets before it and after the last count are empty.
    pub first_bucket: usize,
    /// Requests in each bucket from `first_bucket` on.
    pub counts: Vec<u64>,
    /// The median of the cell, when it has requests.
    pub p50_seconds: Option<Seconds>,
    /// The 0.99 quantile of the cell, when it has enough requests.
    pub p99_seconds: Option<Seconds>,
}
