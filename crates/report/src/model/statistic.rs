//! The latency statistics that are reported.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A statistic of a latency distribution.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// The median.
    P50,
    /// The 0.90 quantile.
    P90,
    /// The 0.95 quantile.
    P95,
    /// The 0.99 quantile.
    P99,
    /// The 0.999 quantile.
    #[serde(rename = "p99.9")]
    P999,
    /// The arithmetic mean.
    Mean,
}

impl Statistic {
    /// All statistics in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::P50,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::P999,
        Self::Mean,
    ];

    /// The statistics of the primary family: the ones that verdicts in headlines are about.
    pub const PRIMARY: [Self; 2] = [Self::P50, Self::P99];

    /// The short name: `p50`, `p99.9`, `mean`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Mean => "mean",
        }
    }

    /// The name in a sentence: `the median`, `p99`, `the mean`.
    pub const fn in_sentence(self) -> &'static str {
        match self {
            Self::P50 => "the median",
            Self::Mean => "the mean",
            other => other.label(),
        }
    }

    /// The quantile, 0 to 1; none for the mean.
    pub const fn quantile(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            Self::P999 => Some(0.999),
            Self::Mean => None,
        }
    }
}
