//! CPU and memory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::{Interval, Measured};
use super::phase::PhaseId;
use super::unit::{Bytes, Cores, CpuSeconds};
use super::verdict::Badge;

/// What a phase used in its measured windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseResources {
    /// The phase.
    pub phase: PhaseId,
    /// The sum over the roles that count.
    pub total: Measured<ResourceUse>,
    /// Each role, in order from the client to the server.
    pub roles: Vec<RoleResources>,
}

/// What one role used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoleResources {
    /// The role: `client-sidecar`, `waypoint`, `app`, ...
    pub role: String,
    /// Its title.
    pub title: String,
    /// Whether it is in the total; the load generator is not.
    pub is_in_total: bool,
    /// The numbers, means over rounds.
    pub used: ResourceUse,
}

/// CPU and memory over the measured window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceUse {
    /// CPU time per 1,000 requests: the headline.
    pub cpu_seconds_per_thousand_requests: CpuSeconds,
    /// Cores in use, on average.
    pub cpu_cores: Cores,
    /// Memory, mean over the window.
    pub memory_mean_bytes: Bytes,
    /// Memory, largest over the window.
    pub memory_max_bytes: Bytes,
}

/// A resource that is compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ResourceMetric {
    /// CPU time per 1,000 requests.
    CpuPerThousandRequests,
    /// Mean memory.
    MemoryMean,
}

impl ResourceMetric {
    /// Both, in order.
    pub const ALL: [Self; 2] = [Self::CpuPerThousandRequests, Self::MemoryMean];

    /// The name in a table head.
    pub const fn label(self) -> &'static str {
        match self {
            Self::CpuPerThousandRequests => "CPU per 1,000 requests",
            Self::MemoryMean => "memory",
        }
    }
}

/// The difference of a resource from the baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceDifference {
    /// The phase.
    pub phase: PhaseId,
    /// The resource.
    pub metric: ResourceMetric,
    /// The difference, or why there is none. A value without interval has an interval with a reason.
    pub difference: Measured<ResourceValue>,
    /// Warnings on this number.
    pub badges: Vec<Badge>,
}

/// A difference of a resource in the unit of its metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "unit", rename_all = "snake_case")]
pub enum ResourceValue {
    /// CPU time per 1,000 requests.
    CpuSeconds {
        /// The difference.
        point: CpuSeconds,
        /// Its interval.
        interval: Measured<Interval<CpuSeconds>>,
    },
    /// Memory.
    Bytes {
        /// The difference.
        point: Bytes,
        /// Its interval.
        interval: Measured<Interval<Bytes>>,
    },
}

impl ResourceValue {
    /// The difference in the unit of the variant.
    pub const fn point(&self) -> f64 {
        match self {
            Self::CpuSeconds { point, .. } => point.get(),
            Self::Bytes { point, .. } => point.get(),
        }
    }

    /// The ends of the interval in the unit of the variant.
    pub fn ends(&self) -> Option<(f64, f64)> {
        match self {
            Self::CpuSeconds { interval, .. } => interval
                .value()
                .map(|ends| (ends.lower.get(), ends.upper.get())),
            Self::Bytes { interval, .. } => interval
                .value()
                .map(|ends| (ends.lower.get(), ends.upper.get())),
        }
    }
}
