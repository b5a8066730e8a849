//! Error rates with intervals that know that errors come in bursts.
//!
//! `docs/statistics.md`, "Error rates": Wilson's interval (Wilson 1927) with the counts divided by a design effect and a t
//! critical value; differences by Newcombe's hybrid score (Newcombe 1998, method 10).

use serde::{Deserialize, Serialize};

use crate::distribution::t_critical;
use crate::units::Share;

/// Errors among the requests of one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCell {
    /// Requests that failed.
    pub errors: u64,
    /// Requests in all.
    pub requests: u64,
}

/// An interval for a rate or a difference of rates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RateInterval {
    /// Its level, such as 0.95.
    pub level: f64,
    /// Lower end.
    pub lower: Share,
    /// Upper end.
    pub upper: Share,
}

/// An error rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorRate {
    /// Requests that failed.
    pub errors: u64,
    /// Requests in all.
    pub requests: u64,
    /// Their ratio.
    pub rate: Share,
    /// How much more the rate varies between cells or rounds than independent errors would.
    pub design_effect: f64,
    /// The 95 % interval.
    pub interval: RateInterval,
    /// The 90 % interval.
    pub interval90: RateInterval,
}

/// A difference of two error rates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorRateDifference {
    /// The rate of the phase less that of the baseline.
    pub difference: Share,
    /// The 95 % interval.
    pub interval: RateInterval,
    /// The 90 % interval.
    pub interval90: RateInterval,
}

/// Returns Wilson's interval for `errors` of `requests`, both possibly divided by a design effect, as (lower, upper).
pub fn wilson(errors: f64, requests: f64, critical: f64) -> (f64, f64) {
    if requests <= 0.0 {
        return (0.0, 1.0);
    }
    let rate = errors / requests;
    let square = critical * critical;
    let denominator = 1.0 + square / requests;
    let center = (rate + square / (2.0 * requests)) / denominator;
    let spread = rate * (1.0 - rate) / requests + square / (4.0 * requests * requests);
    let half_width = critical / denominator * spread.max(0.0).sqrt();
    // At 0 and at 1 the formula is exact, but its evaluation is not.
    let lower = if errors <= 0.0 {
        0.0
    } else {
        (center - half_width).max(0.0)
    };
    let upper = if errors >= requests {
        1.0
    } else {
        (center + half_width).min(1.0)
    };
    (lower, upper)
}

/// Returns Newcombe's interval for `second - first` from rates with their intervals, as (lower, upper).
pub fn newcombe(first: (f64, (f64, f64)), second: (f64, (f64, f64))) -> (f64, f64) {
    let (rate1, (lower1, upper1)) = first;
    let (rate2, (lower2, upper2)) = second;
    let difference = rate2 - rate1;
    (
        difference - (rate2 - lower2).hypot(upper1 - rate1),
        difference + (upper2 - rate2).hypot(rate1 - lower1),
    )
}

impl ErrorRate {
    /// Returns the error rate of a phase from the cells of each of its rounds; `None` without requests.
    ///
    /// With one round its cells are the clusters. With more, cells over all rounds and whole rounds are tried, and the
    /// larger design effect counts, with the degrees of freedom of its own clusters.
    pub fn from_rounds(rounds: &[Vec<ErrorCell>]) -> Option<Self> {
        let cells: Vec<ErrorCell> = rounds
            .iter()
            .flatten()
            .copied()
            .filter(|cell| cell.requests > 0)
            .collect();
        let total = sum(&cells);
        if total.requests == 0 {
            return None;
        }
        let mut clusters = Clusters::new(&cells, total);
        if rounds.len() > 1 {
            let sums: Vec<ErrorCell> = rounds
                .iter()
                .map(|round| sum(round))
                .filter(|round| round.requests > 0)
                .collect();
            let by_round = Clusters::new(&sums, total);
            if by_round.design_effect > clusters.design_effect {
                clusters = by_round;
            }
        }
        let rate = total.errors as f64 / total.requests as f64;
        let interval = |level| clusters.interval(total, level);
        Some(Self {
            errors: total.errors,
            requests: total.requests,
            rate: Share(rate),
            design_effect: clusters.design_effect,
            interval: interval(0.95),
            interval90: interval(0.90),
        })
    }

    /// Returns how much higher this rate is than that of the baseline.
    pub fn difference_from(&self, baseline: &Self) -> ErrorRateDifference {
        let part = |rate: &Self, interval: RateInterval| {
            (
                rate.rate.get(),
                (interval.lower.get(), interval.upper.get()),
            )
        };
        let interval = |level, own: RateInterval, other: RateInterval| {
            let (lower, upper) = newcombe(part(baseline, other), part(self, own));
            RateInterval {
                level,
                lower: Share(lower),
                upper: Share(upper),
            }
        };
        ErrorRateDifference {
            difference: Share(self.rate.get() - baseline.rate.get()),
            interval: interval(0.95, self.interval, baseline.interval),
            interval90: interval(0.90, self.interval90, baseline.interval90),
        }
    }
}

/// How errors spread over clusters.
struct Clusters {
    design_effect: f64,
    degrees_of_freedom: f64,
}

impl Clusters {
    /// `v = T/(T-1) Σ (x_t - n_t p)^2 / n^2`, design effect `max(1, v / (p(1-p)/n))`, 1 when `p` is 0 or 1.
    fn new(clusters: &[ErrorCell], total: ErrorCell) -> Self {
        let (count, requests) = (clusters.len() as f64, total.requests as f64);
        let rate = total.errors as f64 / requests;
        let independent = rate * (1.0 - rate) / requests;
        let squares: f64 = clusters
            .iter()
            .map(|cell| (cell.errors as f64 - cell.requests as f64 * rate).powi(2))
            .sum();
        let design_effect = if clusters.len() < 2 || independent <= 0.0 {
            1.0
        } else {
            (count / (count - 1.0) * squares / (requests * requests) / independent).max(1.0)
        };
        Self {
            design_effect,
            degrees_of_freedom: (count - 1.0).max(1.0),
        }
    }

    fn interval(&self, total: ErrorCell, level: f64) -> RateInterval {
        let critical = t_critical(level, self.degrees_of_freedom);
        let (errors, requests) = (total.errors as f64, total.requests as f64);
        let (lower, upper) = wilson(
            errors / self.design_effect,
            requests / self.design_effect,
            critical,
        );
        RateInterval {
            level,
            lower: Share(lower),
            upper: Share(upper),
        }
    }
}

fn sum(cells: &[ErrorCell]) -> ErrorCell {
    cells
        .iter()
        .fold(ErrorCell::default(), |sum, cell| ErrorCell {
            errors: sum.errors.saturating_add(cell.errors.min(cell.requests)),
            requests: sum.requests.saturating_add(cell.requests),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const Z: f64 = 1.959_964;

    fn even(errors: u64, requests: u64, cells: usize) -> Vec<ErrorCell> {
        vec![ErrorCell { errors, requests }; cells]
    }

    #[test]
    fn the_golden_wilson_intervals() {
        let (lower, upper) = wilson(0.0, 120_000.0, Z);
        assert_eq!(lower, 0.0);
        assert!((upper - 3.2011e-5).abs() < 5e-10, "{upper}");
        let (lower, upper) = wilson(12.0, 120_000.0, Z);
        assert!((lower - 5.7207e-5).abs() < 5e-10, "{lower}");
        assert!((upper - 1.747_98e-4).abs() < 5e-10, "{upper}");
    }

    #[test]
    fn newcombes_published_example() {
        // Newcombe 1998, table II (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339.
        let first = (48.0 / 80.0, wilson(48.0, 80.0, Z));
        let second = (56.0 / 70.0, wilson(56.0, 70.0, Z));
        let (lower, upper) = newcombe(first, second);
        assert!(
            (lower - 0.0524).abs() < 5e-5 && (upper - 0.3339).abs() < 5e-5,
            "{lower} {upper}"
        );
    }

    #[test]
    fn bursts_widen_the_interval() {
        let spread = ErrorRate::from_rounds(&[even(5, 1000, 24)]).unwrap();
        let mut bursty = even(0, 1000, 24);
        bursty[7].errors = 120;
        let bursty = ErrorRate::from_rounds(&[bursty]).unwrap();
        assert_eq!(spread.rate, bursty.rate);
        assert_eq!(spread.design_effect, 1.0);
        assert!(bursty.design_effect > 50.0);
        assert!(bursty.interval.upper > spread.interval.upper);
    }

    #[test]
    fn whole_rounds_can_be_the_clusters() {
        let rounds = [even(1, 1000, 24), even(1, 1000, 24), even(20, 1000, 24)];
        let by_round = ErrorRate::from_rounds(&rounds).unwrap();
        let cells_only = ErrorRate::from_rounds(&[rounds.concat()]).unwrap();
        assert!(by_round.design_effect > cells_only.design_effect);
        assert!(by_round.interval.upper > cells_only.interval.upper);
    }

    #[test]
    fn no_error_and_nothing_but_errors_have_intervals() {
        let none = ErrorRate::from_rounds(&[even(0, 1000, 24)]).unwrap();
        assert_eq!(
            (none.rate, none.interval.lower, none.design_effect),
            (Share(0.0), Share(0.0), 1.0)
        );
        assert!(none.interval.upper.get() > 0.0);
        let all = ErrorRate::from_rounds(&[even(1000, 1000, 24)]).unwrap();
        assert_eq!(all.interval.upper, Share(1.0));
        assert_eq!(ErrorRate::from_rounds(&[]), None);
        assert_eq!(ErrorRate::from_rounds(&[even(0, 0, 3)]), None);
    }

    #[test]
    fn a_difference_of_equal_rates_contains_zero() {
        let rate = ErrorRate::from_rounds(&[even(5, 1000, 24)]).unwrap();
        let difference = rate.difference_from(&rate);
        assert_eq!(difference.difference, Share(0.0));
        assert!(difference.interval.lower.get() < 0.0 && difference.interval.upper.get() > 0.0);
        assert!(difference.interval90.upper < difference.interval.upper);
    }
}
