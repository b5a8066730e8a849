//! Latencies as such.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::{Interval, Measured};
use super::phase::PhaseId;
use super::statistic::Statistic;
use super::unit::Seconds;
use super::verdict::Badge;

/// The latency of a phase at one statistic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Absolute {
    /// The phase.
    pub phase: PhaseId,
    /// The statistic.
    pub statistic: Statistic,
    /// The numbers.
    pub value: Measured<AbsoluteValue>,
    /// Warnings on this number.
    pub badges: Vec<Badge>,
}

/// The numbers of a latency. They are about successful requests unless a field says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbsoluteValue {
    /// The geometric mean over rounds.
    pub point_seconds: Seconds,
    /// Its interval; it contains the round effects that a paired difference cancels.
    pub interval_seconds: Measured<Interval<Seconds>>,
    /// The bucket in which the sample quantile certainly lies, over all rounds; none for the mean.
    pub bucket_bounds_seconds: Option<Interval<Seconds>>,
    /// What Prometheus' and Grafana's rule gives for all rounds pooled.
    pub prometheus_seconds: Option<Seconds>,
    /// The same statistic over all requests, failed ones too.
    pub all_requests_seconds: Option<Seconds>,
    /// The observations.
    pub sample_count: u64,
    /// The observations beyond the quantile; none for the mean.
    pub tail_count: Option<u64>,
    /// The quantile if every failed and every dropped request had been slower than all others.
    pub pessimistic: Option<PessimisticQuantile>,
    /// The value of each round.
    pub rounds: Vec<RoundValue>,
}

/// A quantile that counts what failed and what was never sent as slowest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum PessimisticQuantile {
    /// It differs from the plain one by no more than a bucket.
    SameBucket,
    /// It is larger.
    Value {
        /// The value.
        seconds: Seconds,
    },
    /// It lies among the requests that failed or were never sent.
    BeyondObserved {
        /// The upper edge of the largest bucket seen.
        largest_seconds: Seconds,
    },
}

/// A value in one round; a phase with two slots a round gives the geometric mean of both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoundValue {
    /// The round, from 1.
    pub round: u32,
    /// The value.
    pub seconds: Seconds,
}
