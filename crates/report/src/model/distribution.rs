//! Whole distributions: spectra, densities, shift functions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::effect::{Effect, EffectInterval};
use super::phase::PhaseId;
use super::unit::{Seconds, Share};

/// Latency as a function of the quantile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseSpectrum {
    /// The phase.
    pub phase: PhaseId,
    /// Points in rising order of the quantile, up to the largest that has at least 5 observations beyond it.
    pub points: Vec<SpectrumPoint>,
}

/// One quantile over the rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpectrumPoint {
    /// The quantile.
    pub quantile: Share,
    /// The median over rounds.
    pub median_seconds: Seconds,
    /// The smallest over rounds.
    pub lowest_seconds: Seconds,
    /// The largest over rounds.
    pub highest_seconds: Seconds,
}

/// A distribution pooled over rounds, for pictures only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseDensity {
    /// The phase.
    pub phase: PhaseId,
    /// Observations in the histogram.
    pub sample_count: u64,
    /// Observations in the zero bucket, which has no place on a log axis.
    pub zero_count: u64,
    /// The populated buckets in rising order.
    pub buckets: Vec<DensityBucket>,
}

/// A bucket of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DensityBucket {
    /// The lower edge.
    pub lower_seconds: Seconds,
    /// The upper edge.
    pub upper_seconds: Seconds,
    /// The share of the observations.
    pub share: Share,
}

/// The overhead as a function of the quantile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShiftFunction {
    /// The phase.
    pub phase: PhaseId,
    /// Points in rising order of the quantile; the intervals are pointwise.
    pub points: Vec<ShiftPoint>,
}

/// The overhead at one quantile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShiftPoint {
    /// The quantile.
    pub quantile: Share,
    /// The overhead.
    pub effect: Effect,
    /// Its pointwise interval, if there is one.
    pub interval: Option<EffectInterval>,
}
