//! Load and errors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::{Interval, Measured};
use super::phase::PhaseId;
use super::unit::{RequestsPerSecond, Seconds, Share};

/// The load that a phase carried, over all its measured windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseLoad {
    /// The phase.
    pub phase: PhaseId,
    /// The planned rate.
    pub target_rate: RequestsPerSecond,
    /// The achieved rate.
    pub achieved_rate: RequestsPerSecond,
    /// The lowest achieved rate of a slot.
    pub lowest_slot_rate: RequestsPerSecond,
    /// Requests sent.
    pub requests: u64,
    /// Requests that failed.
    pub failed_requests: u64,
    /// Iterations that the load generator could not start in time.
    pub dropped_iterations: u64,
    /// The share of failed requests.
    pub error_share: Proportion,
}

/// A share with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proportion {
    /// The observed share.
    pub point: Share,
    /// Its interval.
    pub interval: Measured<Interval<Share>>,
}

/// The time that setting up connections took; the latencies do not contain it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionSetup {
    /// The phase.
    pub phase: PhaseId,
    /// Mean time per request spent waiting for a free connection and connecting.
    pub mean_seconds: Measured<Seconds>,
}
