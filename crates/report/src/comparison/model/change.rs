//! Changes: numbers, intervals, verdicts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verdict::{ChangeFamily, ChangeVerdict};
use crate::model::{Badge, Measured, PhaseId, Ratio, Statistic};

/// What is compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChangeMetric {
    /// The median latency.
    P50,
    /// The 0.90 quantile of the latency.
    P90,
    /// The 0.95 quantile of the latency.
    P95,
    /// The 0.99 quantile of the latency.
    P99,
    /// The 0.999 quantile of the latency.
    #[serde(rename = "p99.9")]
    P999,
    /// The mean latency.
    Mean,
    /// CPU time per 1,000 requests.
    Cpu,
    /// Mean memory.
    Memory,
}

impl ChangeMetric {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::P50,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::P999,
        Self::Mean,
        Self::Cpu,
        Self::Memory,
    ];

    /// Those that headlines are about.
    pub const PRIMARY: [Self; 2] = [Self::P50, Self::P99];

    /// The statistic of the latency, if it is one.
    pub const fn statistic(self) -> Option<Statistic> {
        match self {
            Self::P50 => Some(Statistic::P50),
            Self::P90 => Some(Statistic::P90),
            Self::P95 => Some(Statistic::P95),
            Self::P99 => Some(Statistic::P99),
            Self::P999 => Some(Statistic::P999),
            Self::Mean => Some(Statistic::Mean),
            Self::Cpu | Self::Memory => None,
        }
    }

    /// The name in tables, gates and thresholds.
    pub const fn label(self) -> &'static str {
        match self.statistic() {
            Some(statistic) => statistic.label(),
            None => match self {
                Self::Cpu => "cpu",
                _ => "memory",
            },
        }
    }

    /// The metric with a name.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.label() == label)
    }

    /// The name in a sentence.
    pub const fn in_sentence(self) -> &'static str {
        match self.statistic() {
            Some(statistic) => statistic.in_sentence(),
            None => match self {
                Self::Cpu => "CPU per 1,000 requests",
                _ => "memory",
            },
        }
    }

    /// The unit of its numbers.
    pub const fn unit(self) -> ChangeUnit {
        match self {
            Self::Cpu => ChangeUnit::CpuSecondsPerThousandRequests,
            Self::Memory => ChangeUnit::Bytes,
            _ => ChangeUnit::Seconds,
        }
    }
}

/// The unit of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeUnit {
    /// Seconds.
    Seconds,
    /// CPU seconds per 1,000 requests.
    CpuSecondsPerThousandRequests,
    /// Bytes.
    Bytes,
}

impl ChangeUnit {
    /// The name in data.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::CpuSecondsPerThousandRequests => "cpu_seconds_per_1000_requests",
            Self::Bytes => "bytes",
        }
    }
}

/// The change of one overhead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The phase.
    pub phase: PhaseId,
    /// The metric.
    pub metric: ChangeMetric,
    /// The unit of the row.
    pub unit: ChangeUnit,
    /// Which changes it is judged together with.
    pub family: ChangeFamily,
    /// The numbers.
    pub estimate: Measured<ChangeEstimate>,
    /// The judgement, with the number of changes in its family counted.
    pub verdict: ChangeVerdict,
    /// The judgement as if this were the only change looked at.
    pub verdict_alone: ChangeVerdict,
    /// Warnings on the overheads that it rests on.
    pub badges: Vec<Badge>,
}

impl Change {
    /// The point estimate, if there is one.
    pub fn point(&self) -> Option<Difference> {
        self.estimate.value().map(|estimate| estimate.change)
    }

    /// The interval, if there is one.
    pub fn interval(&self) -> Option<&DifferenceInterval> {
        self.estimate
            .value()
            .and_then(|estimate| estimate.interval.value())
    }
}

/// A difference in both of its forms, which never disagree in sign.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Relative: 0.05 means five percent more; absent where what it refers to is zero.
    pub relative: Option<Ratio>,
    /// In the unit of the row.
    pub absolute: f64,
}

/// An interval of a [`Difference`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceInterval {
    /// The lower end.
    pub lower: Difference,
    /// The upper end.
    pub upper: Difference,
}

impl DifferenceInterval {
    /// The ends in the unit of the row.
    pub const fn absolute(&self) -> (f64, f64) {
        (self.lower.absolute, self.upper.absolute)
    }

    /// The relative ends.
    pub fn relative(&self) -> Option<(f64, f64)> {
        Some((self.lower.relative?.get(), self.upper.relative?.get()))
    }
}

/// The numbers of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeEstimate {
    /// The overhead before, against the baseline of the time.
    pub before: SideOverhead,
    /// The overhead after, against the baseline of the time.
    pub after: SideOverhead,
    /// The change of the ratio to the baseline; in the unit of the row with both overheads on the baseline of before.
    pub change: Difference,
    /// The interval at [`super::ChangeIntervals::level`], with the resolution error in it.
    pub interval: Measured<DifferenceInterval>,
    /// The interval at [`super::ChangeIntervals::equivalence_level`].
    pub equivalence_interval: Option<DifferenceInterval>,
    /// The interval that holds for all phases at once.
    pub simultaneous_interval: Option<DifferenceInterval>,
    /// What the interval rests on: rounds within runs, or runs.
    pub method: Option<String>,
    /// The standard error of the interval, on the scale of the analysis.
    pub standard_error: Option<f64>,
    /// Its degrees of freedom.
    pub degrees_of_freedom: Option<f64>,
    /// All standard errors that there are. At every level, and for every p-value, the one that makes the wider interval counts.
    pub standard_errors: Vec<ChangeError>,
    /// What the width of buckets may add; it is within the intervals.
    pub resolution_error: Difference,
    /// The smallest change that could have been seen.
    pub smallest_detectable: SmallestDetectable,
    /// The change beyond which it has regressed or improved.
    pub margin: Difference,
    /// The change within which it is equivalent.
    pub equivalence_margin: Difference,
    /// (new phase - new baseline) - (old phase - old baseline), each run as it was measured.
    pub added: Option<AddedChange>,
}

/// A standard error of a change, on the scale of the analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeError {
    /// What it rests on: rounds within runs, or runs.
    pub method: String,
    /// The standard error.
    pub standard_error: f64,
    /// Its degrees of freedom.
    pub degrees_of_freedom: f64,
}

/// The change that runs like these find with a probability of 80 %.
pub type SmallestDetectable = Measured<Difference>;

/// An overhead on one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SideOverhead {
    /// The point estimate.
    pub point: Difference,
    /// Its interval.
    pub interval: Option<DifferenceInterval>,
}

/// The difference of two added latencies, in the unit of the row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AddedChange {
    /// The difference.
    pub point: f64,
    /// The ends of its interval.
    pub interval: Option<(f64, f64)>,
}

/// The change of a plain value; it includes what machines and days differ in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueChange {
    /// The phase, which may be the baseline.
    pub phase: PhaseId,
    /// The metric.
    pub metric: ChangeMetric,
    /// The unit of the row.
    pub unit: ChangeUnit,
    /// The value before.
    pub before: f64,
    /// The value after.
    pub after: f64,
    /// The change.
    pub change: Difference,
    /// Its interval.
    pub interval: Option<DifferenceInterval>,
}
