//! Verdict words and badges.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an interval says about a minimum meaningful effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A quality gate failed in one of the two phases; the numbers stay, without a judgement.
    Invalid,
    /// There is no number to judge.
    NotEstimable,
    /// The whole interval is above the margin.
    Higher,
    /// The whole interval is below the margin.
    Lower,
    /// The equivalence interval lies within the margin, and the interval contains zero.
    Equivalent,
    /// The equivalence interval lies within the margin, and the interval excludes zero.
    EquivalentMeasurable,
    /// The interval is above zero but reaches below the margin.
    HigherSizeUnclear,
    /// The interval is below zero but reaches above the margin.
    LowerSizeUnclear,
    /// The interval contains zero and reaches beyond the margin.
    Inconclusive,
    /// One round: the within-run interval is above zero.
    ObservedHigher,
    /// One round: the within-run interval is below zero.
    ObservedLower,
    /// One round: the within-run interval lies within the margin.
    ObservedSimilar,
    /// One round: the within-run interval contains zero and reaches beyond the margin.
    Unclear,
}

impl Verdict {
    /// The words, as they stand in every output.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotEstimable => "not estimable",
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Equivalent => "equivalent",
            Self::EquivalentMeasurable => "equivalent (measurable)",
            Self::HigherSizeUnclear => "higher, size unclear",
            Self::LowerSizeUnclear => "lower, size unclear",
            Self::Inconclusive => "inconclusive",
            Self::ObservedHigher => "observed higher",
            Self::ObservedLower => "observed lower",
            Self::ObservedSimilar => "observed similar",
            Self::Unclear => "unclear",
        }
    }

    /// A small shape that goes with the words and says the direction without colour.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Higher => "▲",
            Self::HigherSizeUnclear | Self::ObservedHigher => "△",
            Self::Lower => "▼",
            Self::LowerSizeUnclear | Self::ObservedLower => "▽",
            Self::Equivalent | Self::EquivalentMeasurable | Self::ObservedSimilar => "=",
            Self::Inconclusive | Self::Unclear => "?",
            Self::Invalid | Self::NotEstimable => "×",
        }
    }

    /// What the words mean, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Invalid => "A quality check failed, so the difference is not judged.",
            Self::NotEstimable => "There are too few observations for a number.",
            Self::Higher => "The whole interval lies above the smallest difference that matters.",
            Self::Lower => "The whole interval lies below the smallest difference that matters.",
            Self::Equivalent => "The difference is shown to be too small to matter.",
            Self::EquivalentMeasurable => {
                "The difference is real, and shown to be too small to matter."
            }
            Self::HigherSizeUnclear => "It is slower; whether by enough to matter is open.",
            Self::LowerSizeUnclear => "It is faster; whether by enough to matter is open.",
            Self::Inconclusive => {
                "The data do not tell: the interval contains zero and differences that matter."
            }
            Self::ObservedHigher => "Slower in this one round; a rerun may differ.",
            Self::ObservedLower => "Faster in this one round; a rerun may differ.",
            Self::ObservedSimilar => "Alike in this one round; a rerun may differ.",
            Self::Unclear => "This one round does not tell.",
        }
    }

    /// Whether the words rest on an interval that excludes zero or on equivalence.
    pub const fn is_conclusive(self) -> bool {
        matches!(
            self,
            Self::Higher
                | Self::Lower
                | Self::Equivalent
                | Self::EquivalentMeasurable
                | Self::HigherSizeUnclear
                | Self::LowerSizeUnclear
        )
    }
}

/// A short warning on one number.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Badge {
    /// One round: the interval says nothing about a rerun.
    WithinRunOnly,
    /// Two rounds: degrees of freedom rest on pooling across phases.
    TwoRoundsWeak,
    /// No interval, because there is one round.
    NoInterval,
    /// Too few cells for a within-run interval.
    TooFewIntervals,
    /// Between 5 and 20 observations beyond the quantile.
    LowCount,
    /// Half of the distribution sits in one bucket, so the bucket width limits the number.
    BucketLimited,
    /// Another defensible method gives another verdict.
    MethodSensitive,
    /// The per-round differences are skewed.
    Skewed,
    /// The two baselines differ.
    BaselineDrift,
    /// The verdict was lowered because the two baselines differ by more than the effect.
    CappedByNoiseFloor,
    /// The phases did not carry the same load.
    LoadMismatch,
    /// Latency drifted within a phase.
    Drift,
    /// A counter was reset.
    Reset,
    /// Buckets were merged to a common resolution.
    Resolution,
    /// The start of a series was not recorded, so its first increment is lost.
    Unanchored,
    /// Analysis intervals were merged because a load generator did not report in each.
    CoarseCells,
}

impl Badge {
    /// The words on the badge.
    pub const fn label(self) -> &'static str {
        match self {
            Self::WithinRunOnly => "within this run only",
            Self::TwoRoundsWeak => "2 rounds: weak",
            Self::NoInterval => "no interval (1 round)",
            Self::TooFewIntervals => "too few intervals",
            Self::LowCount => "low count",
            Self::BucketLimited => "bucket-limited",
            Self::MethodSensitive => "method-sensitive",
            Self::Skewed => "skewed",
            Self::BaselineDrift => "baseline drift",
            Self::CappedByNoiseFloor => "capped by noise floor",
            Self::LoadMismatch => "load mismatch",
            Self::Drift => "drift",
            Self::Reset => "reset",
            Self::Resolution => "resolution",
            Self::Unanchored => "unanchored",
            Self::CoarseCells => "coarse cells",
        }
    }

    /// What the badge means, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::WithinRunOnly => "Precision within this run; it says nothing about a rerun.",
            Self::TwoRoundsWeak => "With two rounds the interval rests on pooling across phases.",
            Self::NoInterval => "One round has no replication for this quantity.",
            Self::TooFewIntervals => "The phase is too short for a within-run interval.",
            Self::LowCount => "Fewer than 20 observations lie beyond this quantile.",
            Self::BucketLimited => "The width of a histogram bucket limits this number.",
            Self::MethodSensitive => "Another defensible method gives another verdict.",
            Self::Skewed => {
                "The rounds are skewed, or the quantile lies where body and tail meet: the interval covers less often than it says. Prefer p50 or p99."
            }
            Self::BaselineDrift => "The first and the last baseline of the rounds differ.",
            Self::CappedByNoiseFloor => "The two baselines differ by more than this effect.",
            Self::LoadMismatch => "The compared phases did not carry the same load.",
            Self::Drift => "Latency drifted while the phase was measured.",
            Self::Reset => "A counter was reset while the phase was measured.",
            Self::Resolution => "Buckets were merged to the coarsest resolution seen.",
            Self::Unanchored => "The first increment of a series is lost.",
            Self::CoarseCells => "Analysis intervals were merged.",
        }
    }
}
