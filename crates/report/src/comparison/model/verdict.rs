//! Verdict words on changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ComparisonModel;

/// Changes that are judged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeFamily {
    /// The median and p99 of all phases.
    Primary,
    /// CPU and memory of all phases.
    Resources,
    /// The other statistics of the latency.
    Exploratory,
}

/// What a change of an overhead means; lower is better.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
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
    /// There is no interval, or a quality check failed.
    NotComparable,
}

impl ChangeVerdict {
    /// The verdict in words.
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

    /// A small shape that goes with the words.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Regressed | Self::WorseSizeUnclear => "▲",
            Self::Improved | Self::BetterSizeUnclear => "▼",
            Self::Equivalent => "=",
            Self::Inconclusive => "?",
            Self::NotComparable => "×",
        }
    }

    /// What the words mean, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Regressed => "The overhead rose by more than the smallest change that matters.",
            Self::Improved => "The overhead fell by more than the smallest change that matters.",
            Self::Equivalent => "The change is shown to be too small to matter.",
            Self::WorseSizeUnclear => "The overhead rose; whether by enough to matter is open.",
            Self::BetterSizeUnclear => "The overhead fell; whether by enough to matter is open.",
            Self::Inconclusive => {
                "The data do not tell: no change and a change that matters are both possible."
            }
            Self::NotComparable => "Nothing can be inferred from these runs.",
        }
    }

    /// The verdicts that occur in a comparison.
    pub(crate) fn of(model: &ComparisonModel) -> Vec<Self> {
        let mut seen: Vec<Self> = model.changes.iter().map(|change| change.verdict).collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    }

    /// Whether the verdict claims that there is a change.
    pub const fn is_change(self) -> bool {
        matches!(
            self,
            Self::Regressed | Self::Improved | Self::WorseSizeUnclear | Self::BetterSizeUnclear
        )
    }

    /// Whether the verdict claims anything.
    pub const fn is_conclusive(self) -> bool {
        self.is_change() || matches!(self, Self::Equivalent)
    }
}
