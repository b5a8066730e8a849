//! What an interval says about an effect, in one word.
//!
//! `docs/statistics.md`, "Verdicts". The interval is held against the smallest effect that matters, so that "no overhead"
//! can be a finding (two one-sided tests, Schuirmann 1987) and "not significant" never passes for it.

use serde::{Deserialize, Serialize};

use crate::interval::Span;
use crate::units::{Amount, LogRatio, Quantile, Relative};

/// The smallest effect that matters; an effect must exceed both parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinimumEffect {
    /// Relative to the baseline.
    pub relative: Relative,
    /// In the unit of the metric.
    pub absolute: Amount,
}

impl MinimumEffect {
    /// Returns the default for the mean latency, in seconds.
    pub const fn mean() -> Self {
        Self::new(0.05, 1e-4)
    }

    /// Returns the default for a quantile of the latency, in seconds.
    pub fn quantile(q: Quantile) -> Self {
        match q.get() {
            ..0.925 => Self::new(0.05, 1e-4),
            ..0.97 => Self::new(0.075, 2e-4),
            ..0.995 => Self::new(0.10, 5e-4),
            _ => Self::new(0.20, 1e-3),
        }
    }

    /// Returns the default for CPU seconds per 1,000 requests.
    pub const fn cpu_seconds_per_1000_requests() -> Self {
        Self::new(0.05, 0.005)
    }

    /// Returns the default for memory, in bytes.
    pub const fn memory_bytes() -> Self {
        Self::new(0.05, 10.0 * 1024.0 * 1024.0)
    }

    /// Returns the default for error rates, as a difference of shares.
    pub const fn error_rate() -> Self {
        Self::new(0.0, 0.001)
    }

    /// Returns the default for throughput.
    pub const fn throughput() -> Self {
        Self::new(0.01, 0.0)
    }

    const fn new(relative: f64, absolute: f64) -> Self {
        Self {
            relative: Relative(relative),
            absolute: Amount(absolute),
        }
    }

    /// Returns `max(ln(1 + relative), ln(1 + absolute/baseline))`, the one margin on the logarithmic scale.
    pub fn log_margin(self, baseline: Amount) -> LogRatio {
        let relative = self.relative.get().max(0.0).ln_1p();
        let absolute = (self.absolute.get().max(0.0) / baseline.get()).ln_1p();
        LogRatio(relative.max(absolute))
    }

    /// Returns the margin for differences in the unit of the metric.
    pub fn absolute_margin(self, baseline: Amount) -> Amount {
        Amount((self.relative.get() * baseline.get().abs()).max(self.absolute.get()))
    }
}

/// The verdict on one effect; lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A quality check failed; the numbers are shown, but mean nothing.
    Invalid,
    /// There is no number.
    NotEstimable,
    /// Higher by more than what matters.
    Higher,
    /// Lower by more than what matters.
    Lower,
    /// The effect, if any, is too small to matter.
    Equivalent,
    /// Too small to matter, but there.
    EquivalentMeasurable,
    /// Higher, but perhaps not by what matters.
    HigherSizeUnclear,
    /// Lower, but perhaps not by what matters.
    LowerSizeUnclear,
    /// The data cannot tell.
    Inconclusive,
    /// One round: higher this time.
    ObservedHigher,
    /// One round: lower this time.
    ObservedLower,
    /// One round: much the same this time.
    ObservedSimilar,
    /// One round, and it cannot tell.
    Unclear,
}

impl Verdict {
    /// Returns the verdict of a run-level interval; `test` is the 90 % interval, two one-sided tests at 5 %.
    pub fn of_interval(interval: Span, test: Span, margin: f64) -> Self {
        if interval.lower > margin {
            Self::Higher
        } else if interval.upper < -margin {
            Self::Lower
        } else if -margin < test.lower && test.upper < margin {
            if interval.excludes_zero() {
                Self::EquivalentMeasurable
            } else {
                Self::Equivalent
            }
        } else if interval.lower > 0.0 {
            Self::HigherSizeUnclear
        } else if interval.upper < 0.0 {
            Self::LowerSizeUnclear
        } else {
            Self::Inconclusive
        }
    }

    /// Returns the weaker verdict that one round allows.
    #[must_use]
    pub fn of_one_round(self) -> Self {
        match self {
            Self::Higher | Self::HigherSizeUnclear => Self::ObservedHigher,
            Self::Lower | Self::LowerSizeUnclear => Self::ObservedLower,
            Self::Equivalent | Self::EquivalentMeasurable => Self::ObservedSimilar,
            Self::Inconclusive => Self::Unclear,
            other => other,
        }
    }

    /// Returns whether the verdict claims a direction.
    pub fn claims_direction(self) -> bool {
        use Verdict::{
            Higher, HigherSizeUnclear, Lower, LowerSizeUnclear, ObservedHigher, ObservedLower,
        };
        matches!(
            self,
            Higher | Lower | HigherSizeUnclear | LowerSizeUnclear | ObservedHigher | ObservedLower
        )
    }

    /// Returns the verdict in words.
    pub fn words(self) -> &'static str {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(interval: (f64, f64), test: (f64, f64)) -> Verdict {
        let span = |(lower, upper)| Span { lower, upper };
        Verdict::of_interval(span(interval), span(test), 0.05)
    }

    #[test]
    fn every_word_has_its_interval() {
        let table = [
            ((0.06, 0.10), (0.065, 0.095), Verdict::Higher),
            ((-0.10, -0.06), (-0.095, -0.065), Verdict::Lower),
            ((-0.03, 0.04), (-0.02, 0.03), Verdict::Equivalent),
            ((0.01, 0.055), (0.02, 0.045), Verdict::EquivalentMeasurable),
            ((0.01, 0.08), (0.02, 0.07), Verdict::HigherSizeUnclear),
            ((-0.08, -0.01), (-0.07, -0.02), Verdict::LowerSizeUnclear),
            ((-0.08, 0.01), (-0.07, 0.005), Verdict::Inconclusive),
            ((-0.2, 0.2), (-0.1, 0.1), Verdict::Inconclusive),
        ];
        for (interval, test, expected) in table {
            assert_eq!(verdict(interval, test), expected, "{interval:?}");
        }
    }

    #[test]
    fn margins_are_open() {
        assert_eq!(
            verdict((0.05, 0.2), (0.06, 0.19)),
            Verdict::HigherSizeUnclear
        );
        assert_eq!(verdict((-0.06, 0.06), (-0.05, 0.04)), Verdict::Inconclusive);
    }

    #[test]
    fn one_round_only_observes() {
        let mapped = [
            (Verdict::Higher, "observed higher"),
            (Verdict::HigherSizeUnclear, "observed higher"),
            (Verdict::LowerSizeUnclear, "observed lower"),
            (Verdict::EquivalentMeasurable, "observed similar"),
            (Verdict::Inconclusive, "unclear"),
            (Verdict::NotEstimable, "not estimable"),
        ];
        for (verdict, words) in mapped {
            assert_eq!(verdict.of_one_round().words(), words);
        }
    }

    #[test]
    fn both_parts_of_the_minimum_must_be_exceeded() {
        let p50 = MinimumEffect::quantile(Quantile::P50);
        // At 1 ms, 0.1 ms is the larger hurdle (10 %); at 10 ms it is 5 %.
        assert!((p50.log_margin(Amount(0.001)).get() - 1.1_f64.ln()).abs() < 1e-12);
        assert!((p50.log_margin(Amount(0.01)).get() - 1.05_f64.ln()).abs() < 1e-12);
        assert_eq!(
            MinimumEffect::memory_bytes().absolute_margin(Amount(0.0)),
            Amount(10_485_760.0)
        );
    }

    #[test]
    fn defaults_follow_the_quantile() {
        let relative = Quantile::STANDARD.map(|q| MinimumEffect::quantile(q).relative.get());
        assert_eq!(relative, [0.05, 0.05, 0.075, 0.10, 0.20]);
    }
}
