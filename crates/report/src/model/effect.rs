//! A difference of latency in both of its forms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimate::Interval;
use super::unit::{Ratio, Seconds};

/// A difference from the baseline, relative and absolute. Both are maps of the same log difference and never disagree in sign.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// `exp(delta) - 1`; base: the baseline.
    pub relative: Ratio,
    /// `baseline * (exp(delta) - 1)`.
    pub absolute_seconds: Seconds,
}

impl Effect {
    /// An effect from its two numbers.
    pub const fn new(relative: f64, absolute_seconds: f64) -> Self {
        Self {
            relative: Ratio::new(relative),
            absolute_seconds: Seconds::new(absolute_seconds),
        }
    }
}

/// An interval of an [`Effect`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EffectInterval {
    /// In parts of the baseline.
    pub relative: Interval<Ratio>,
    /// In seconds.
    pub absolute_seconds: Interval<Seconds>,
}
