//! Overheads: how much slower than the baseline.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::effect::{Effect, EffectInterval};
use super::estimate::Measured;
use super::phase::PhaseId;
use super::statistic::Statistic;
use super::unit::{Ratio, Seconds};
use super::verdict::{Badge, Verdict};

/// The overhead of a phase over the baseline at one statistic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overhead {
    /// The phase.
    pub phase: PhaseId,
    /// The statistic.
    pub statistic: Statistic,
    /// Whether this is one of the comparisons that the report is about.
    pub family: Family,
    /// The numbers.
    pub estimate: Measured<OverheadEstimate>,
    /// The smallest difference that matters.
    pub margin: Margin,
    /// The judgement.
    pub verdict: Verdict,
    /// Warnings on this number.
    pub badges: Vec<Badge>,
}

impl Overhead {
    /// The point estimate, if there is one.
    pub fn point(&self) -> Option<Effect> {
        self.estimate.value().map(|estimate| estimate.point)
    }

    /// The interval, if there is one.
    pub fn interval(&self) -> Option<&EffectInterval> {
        self.estimate
            .value()
            .and_then(|estimate| estimate.interval.value())
    }
}

/// Whether a comparison was chosen before looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// One of the comparisons that the report is about.
    Primary,
    /// One of the many others.
    Exploratory,
}

/// The smallest difference that matters; both parts must be exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Margin {
    /// The configured relative part.
    pub configured_relative: Ratio,
    /// The configured absolute part.
    pub configured_absolute_seconds: Seconds,
    /// The margin that results, as an effect at this baseline; it is applied on the log scale in both directions.
    pub effect: Effect,
}

/// The numbers of an overhead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OverheadEstimate {
    /// The geometric-mean per-round difference.
    pub point: Effect,
    /// The interval at [`super::IntervalDescription::level`], with the resolution error in it.
    pub interval: Measured<EffectInterval>,
    /// The interval at [`super::IntervalDescription::equivalence_level`], used for equivalence.
    pub equivalence_interval: Option<EffectInterval>,
    /// The Bonferroni interval over the phases.
    pub simultaneous_interval: Option<EffectInterval>,
    /// The difference of each round.
    pub round_differences: Vec<RoundDifference>,
    /// How the interval was made.
    pub method: EstimateMethod,
    /// The rounds that count.
    pub rounds: u32,
    /// The degrees of freedom.
    pub degrees_of_freedom: Option<f64>,
    /// The difference of logs, from which everything else is mapped.
    pub log_difference: f64,
    /// The standard error of the difference of logs, and its parts.
    pub standard_error: Option<StandardError>,
    /// What the width of buckets may add, in logs; it is within the intervals.
    pub resolution_error_log: f64,
    /// The half-width of the interval: differences smaller than this would not have been seen.
    pub resolution: Measured<Effect>,
    /// Rounds needed for an interval as narrow as the margin.
    pub rounds_needed: Measured<u32>,
    /// What another defensible method says.
    pub alternatives: Vec<AlternativeEstimate>,
}

/// The difference from the baseline in one round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoundDifference {
    /// The round, from 1.
    pub round: u32,
    /// The slot of the phase in the round, from 1.
    pub slot: u32,
    /// The difference.
    pub effect: Effect,
}

/// A standard error of a difference of logs, and what it is the largest of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StandardError {
    /// The one used.
    pub log: f64,
    /// From the paired differences.
    pub paired: Option<f64>,
    /// From the two-way layout of rounds and phases.
    pub pooled: Option<f64>,
    /// From the variation within slots.
    pub within_run: Option<f64>,
}

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EstimateMethod {
    /// Two to four rounds: the largest of three standard errors.
    HybridT,
    /// Five rounds and more: the paired t interval.
    PairedT,
    /// One round: the wider of two within-run intervals.
    WithinRun,
    /// Six rounds and more, as an alternative: Hodges and Lehmann with Wilcoxon's interval.
    HodgesLehmann,
    /// A value without an interval.
    PointOnly,
}

impl EstimateMethod {
    /// The name shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::HybridT => "hybrid t",
            Self::PairedT => "paired t",
            Self::WithinRun => "within-run",
            Self::HodgesLehmann => "Hodges-Lehmann",
            Self::PointOnly => "point only",
        }
    }
}

/// What another method says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlternativeEstimate {
    /// The method.
    pub method: EstimateMethod,
    /// Its point.
    pub point: Effect,
    /// Its interval.
    pub interval: Measured<EffectInterval>,
    /// Its verdict.
    pub verdict: Verdict,
}

/// The difference between the two baselines of a round (last against first): what no difference looks like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoiseFloor {
    /// The statistic.
    pub statistic: Statistic,
    /// The largest difference between the two baselines of any round, as a size (not negative).
    pub largest: Effect,
    /// The mean difference over rounds, signed.
    pub mean: Effect,
    /// The interval of the mean difference.
    pub interval: Measured<EffectInterval>,
    /// The difference of each round; `slot` is that of the last baseline.
    pub round_differences: Vec<RoundDifference>,
}
