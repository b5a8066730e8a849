//! Effects in the three ways in which people read them, and marks on them.

use serde::Serialize;

use crate::increments::DataFlag;
use crate::interval::Span;
use crate::units::{Amount, LogRatio, Relative};

/// How a phase is compared with the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// By the logarithm of their ratio.
    Log,
    /// By their difference, because a value is zero.
    Difference,
}

/// One effect; all fields say the same, so they can never disagree in sign.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The logarithm of the ratio; absent on the scale of differences.
    pub log_ratio: Option<LogRatio>,
    /// The change relative to the baseline; absent when the baseline is zero.
    pub relative: Option<Relative>,
    /// The change in the unit of the metric, relative to the typical baseline.
    pub absolute: Amount,
}

/// An interval of effects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EffectInterval {
    /// Its level, such as 0.95.
    pub level: f64,
    /// Lower end.
    pub lower: Effect,
    /// Upper end.
    pub upper: Effect,
}

/// Beyond a ratio of `e^600` nothing is said any more.
const LARGEST_LOG: f64 = 600.0;

/// Turns numbers on the scale of the analysis into effects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EffectScale {
    pub(crate) scale: Scale,
    /// The typical baseline in the unit of the metric: the geometric mean over rounds, or the arithmetic one of differences.
    pub(crate) baseline: f64,
}

impl EffectScale {
    /// Makes the scale from the mean of the baseline on the scale of the analysis.
    pub(crate) fn new(scale: Scale, mean_baseline: f64) -> Self {
        let baseline = match scale {
            Scale::Log => finite_exp(mean_baseline),
            Scale::Difference => mean_baseline,
        };
        Self { scale, baseline }
    }

    pub(crate) fn effect(self, delta: f64) -> Effect {
        match self.scale {
            Scale::Log => {
                let log = LogRatio(delta.clamp(-LARGEST_LOG, LARGEST_LOG));
                let absolute =
                    Amount((self.baseline * log.relative().get()).clamp(f64::MIN, f64::MAX));
                Effect {
                    log_ratio: Some(log),
                    relative: Some(log.relative()),
                    absolute,
                }
            }
            Scale::Difference => {
                let relative = (self.baseline > 0.0).then(|| Relative(delta / self.baseline));
                Effect {
                    log_ratio: None,
                    relative,
                    absolute: Amount(delta),
                }
            }
        }
    }

    pub(crate) fn interval(self, level: f64, span: Span) -> EffectInterval {
        EffectInterval {
            level,
            lower: self.effect(span.lower),
            upper: self.effect(span.upper),
        }
    }
}

/// Returns the exponential, at most the greatest finite number.
pub(crate) fn finite_exp(log: f64) -> f64 {
    log.exp().min(f64::MAX)
}

/// Why there is a number but no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum NoInterval {
    /// One round, and a metric whose neighbouring intervals say nothing new.
    OneRound,
    /// One round with fewer analysis intervals than needed.
    TooFewCells {
        /// The number of intervals.
        cells: usize,
    },
    /// Nothing varies, which means that nothing is known about the error.
    NoVariation,
}

/// A mark that must stand beside a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Badge {
    /// Precision within this run; says nothing about a rerun.
    WithinRun,
    /// Two rounds: a weak basis.
    TwoRounds,
    /// No interval can be given.
    NoInterval,
    /// Fewer than 20 observations lie beyond the quantile in some round.
    LowCount,
    /// One bucket near the quantile holds more than half of the observations.
    BucketLimited,
    /// The rounds' effects are skewed, or the quantile is where they will be; coverage may be lower than stated.
    Skewed,
    /// Another accepted method gives another verdict.
    MethodSensitive,
    /// The baseline differs from its own repetition by more than this effect, so no direction is claimed.
    BelowNoiseFloor,
    /// First and last baseline of the rounds differ.
    BaselineDrift,
    /// Rounds were dropped because a slot is missing or invalid.
    RoundsDropped,
    /// The first snapshot of a series is lost, because its start is unknown.
    Unanchored,
    /// A load generator started anew during a slot.
    Reset,
    /// The resolution of a histogram changed during a slot.
    Resolution,
    /// Analysis intervals were merged.
    CoarseCells,
}

impl From<DataFlag> for Badge {
    fn from(flag: DataFlag) -> Self {
        match flag {
            DataFlag::Unanchored => Self::Unanchored,
            DataFlag::Reset | DataFlag::Collision => Self::Reset,
            DataFlag::Resolution => Self::Resolution,
            DataFlag::CoarseCells => Self::CoarseCells,
        }
    }
}
