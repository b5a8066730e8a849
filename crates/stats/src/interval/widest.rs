//! Two standard errors of one estimate, of which the one that makes the wider interval counts.

use super::Precision;
use crate::distribution::t_upper_tail;

/// One standard error, or two of the same estimate, each with its own degrees of freedom.
///
/// Which of two makes the wider interval depends on the level: a smaller error with few degrees of freedom overtakes a larger one with many
/// as the level rises. Taken level by level, no claim is made that either of the two would not make, so that if either is right the rate of
/// false claims is as stated (the intersection-union test of Berger 1982).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Widest {
    first: Precision,
    second: Option<Precision>,
}

impl From<Precision> for Widest {
    fn from(only: Precision) -> Self {
        Self {
            first: only,
            second: None,
        }
    }
}

impl Widest {
    /// Takes both that are there; `None` if none is.
    pub(crate) fn of(first: Option<Precision>, second: Option<Precision>) -> Option<Self> {
        Some(Self {
            first: first.or(second)?,
            second: first.and(second),
        })
    }

    /// Returns the one that makes the interval of a level; the first if they are equal.
    pub(crate) fn at(&self, level: f64) -> Precision {
        self.second
            .filter(|second| second.half_width(level) > self.first.half_width(level))
            .unwrap_or(self.first)
    }

    /// Returns half the width of the interval of a level.
    pub(crate) fn half_width(&self, level: f64) -> f64 {
        self.at(level).half_width(level)
    }

    /// Returns the one-sided p-value of an estimate that lies `excess` above what is tested: the larger of the two.
    pub(crate) fn upper_tail(&self, excess: f64) -> f64 {
        let tail = |precision: Precision| {
            t_upper_tail(
                excess / precision.standard_error,
                precision.degrees_of_freedom,
            )
        };
        let first = tail(self.first);
        self.second
            .map(tail)
            .map_or(first, |second| first.max(second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Precision = Precision {
        standard_error: 1.0,
        degrees_of_freedom: 16.0,
    };
    const FEW: Precision = Precision {
        standard_error: 0.4,
        degrees_of_freedom: 2.0,
    };

    #[test]
    fn a_smaller_error_with_few_degrees_overtakes_as_the_level_rises() {
        let both = Widest::of(Some(MANY), Some(FEW)).unwrap();
        // t_{0.975}: 2.120 on 16 degrees, 4.303 on 2; t_{0.9995}: 4.015 and 31.60.
        assert_eq!(both.at(0.95), MANY);
        assert_eq!(both.at(0.999), FEW);
        assert!((both.half_width(0.999) - 0.4 * 31.599).abs() < 1e-2);
    }

    #[test]
    fn a_claim_needs_both() {
        let both = Widest::of(Some(FEW), Some(MANY)).unwrap();
        for excess in [0.5, 1.0, 2.0, 4.0, 8.0] {
            let alone = [MANY, FEW].map(|only| Widest::from(only).upper_tail(excess));
            assert_eq!(both.upper_tail(excess), alone[0].max(alone[1]));
        }
        assert_eq!(Widest::of(None, Some(FEW)), Some(FEW.into()));
        assert_eq!(Widest::of(None, None), None);
    }

    #[test]
    fn p_values_and_intervals_agree() {
        let both = Widest::of(Some(MANY), Some(FEW)).unwrap();
        for level in [0.8, 0.95, 0.99, 0.999] {
            let p_value = 2.0 * both.upper_tail(both.half_width(level));
            assert!((p_value - (1.0 - level)).abs() < 1e-9, "{level} {p_value}");
        }
    }
}
