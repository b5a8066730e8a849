//! What a change of an overhead means, in a word.

use serde::Serialize;

/// What a change of an overhead means; lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeVerdict {
    /// The overhead rose by more than what matters.
    Regressed,
    /// It fell by more than what matters.
    Improved,
    /// It changed by too little to matter, if at all.
    Equivalent,
    /// It rose, but perhaps not by what matters.
    WorseSizeUnclear,
    /// It fell, but perhaps not by what matters.
    BetterSizeUnclear,
    /// The data cannot tell.
    Inconclusive,
    /// A run has no run-level interval, or its verdict is suppressed.
    NotComparable,
}

impl ChangeVerdict {
    /// Returns the verdict in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Improved => "improved",
            Self::Equivalent => "equivalent",
            Self::WorseSizeUnclear => "worse, size unclear",
            Self::BetterSizeUnclear => "better, size unclear",
            Self::Inconclusive => "inconclusive",
            Self::NotComparable => "not comparable",
        }
    }

    /// Returns whether the verdict claims a direction.
    pub const fn claims_direction(self) -> bool {
        matches!(
            self,
            Self::Regressed | Self::Improved | Self::WorseSizeUnclear | Self::BetterSizeUnclear
        )
    }
}

/// Why nothing can be inferred about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoInference {
    /// A run has one valid round with this phase and the baseline, and its side no other run.
    OneRound,
    /// A quality check failed in a run.
    Suppressed,
    /// Nothing varies, which means that nothing is known about the error.
    NoVariation,
}

impl NoInference {
    /// Returns the reason as a fragment that a reader understands.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OneRound => {
                "a run has only one round in which phase and baseline are valid, so no replication"
            }
            Self::Suppressed => "a quality check failed in a run",
            Self::NoVariation => "nothing varied, so nothing is known about the error",
        }
    }
}
