//! What to do next time: how many rounds, how long a phase.
//!
//! `docs/statistics.md`, "Planning numbers". Stop on the width of an interval only, never on its being significant.

use serde::Serialize;

use crate::distribution::t_critical;
use crate::interval::{PAIRED_FROM, hybrid_degrees};

/// The fewest rounds of a run that adds rounds until an interval is narrow enough.
pub const ADAPTIVE_MINIMUM_ROUNDS: u32 = 3;

/// Beyond this many rounds, advice is "many".
const MAXIMUM_ROUNDS: u32 = 1000;

/// How many rounds would resolve an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoundsNeeded {
    /// About this many.
    About {
        /// Rounds in all.
        rounds: u32,
    },
    /// More than anybody will run.
    MoreThan {
        /// The number at which the search stopped.
        rounds: u32,
    },
    /// No number of rounds will do, because the buckets are too wide for the effect.
    LimitedByBuckets,
}

/// Returns the smallest number of rounds `R` with `t_{0.975, df(R)} σ/sqrt(R) + resolution error <= target`.
///
/// `spread` is `σ`, the standard deviation of one round's difference; `phases` counts the baseline once. All numbers are on
/// one scale.
pub fn rounds_needed(
    spread: f64,
    target: f64,
    resolution_error: f64,
    phases: usize,
) -> RoundsNeeded {
    let room = target - resolution_error;
    if room <= 0.0 {
        return RoundsNeeded::LimitedByBuckets;
    }
    let many = RoundsNeeded::MoreThan {
        rounds: MAXIMUM_ROUNDS,
    };
    let enough = |rounds: u32| {
        let degrees = degrees_of_freedom(rounds, phases);
        degrees > 0.0 && t_critical(0.95, degrees) * spread / f64::from(rounds).sqrt() <= room
    };
    // With 1.96 instead of t the answer is a lower limit, from which the search is short.
    let least = (1.959 * spread / room).powi(2);
    if least.is_nan() || least > f64::from(MAXIMUM_ROUNDS) {
        return many;
    }
    let candidates = (2..=MAXIMUM_ROUNDS).skip_while(|&rounds| f64::from(rounds) < least.floor());
    candidates
        .into_iter()
        .find(|&rounds| enough(rounds))
        .map_or(many, |rounds| RoundsNeeded::About { rounds })
}

fn degrees_of_freedom(rounds: u32, phases: usize) -> f64 {
    let pairs = rounds as usize;
    if pairs < PAIRED_FROM {
        hybrid_degrees(pairs, phases) as f64
    } else {
        f64::from(rounds) - 1.0
    }
}

/// Returns the number of cells per phase with the best precision in a given time (Kalibera & Jones 2013).
///
/// `n* = sqrt(c T1^2/T2^2)` with the cost `c` of a switch in cells, the long-run variance `T1^2` of one cell and the
/// variance `T2^2` between rounds. `None` when rounds do not vary beyond their cells: longer phases are then always better.
pub fn better_phase_cells(
    switch_cost_in_cells: f64,
    cell_variance: f64,
    round_variance: f64,
) -> Option<f64> {
    (round_variance > 0.0 && cell_variance > 0.0 && switch_cost_in_cells > 0.0)
        .then(|| (switch_cost_in_cells * cell_variance / round_variance).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_rounds_is_the_smallest_that_will_do() {
        for (spread, target) in [(0.05, 0.05), (0.02, 0.05), (0.3, 0.1)] {
            let RoundsNeeded::About { rounds } = rounds_needed(spread, target, 0.0, 5) else {
                panic!("{spread} {target}")
            };
            let width = |rounds: u32| {
                t_critical(0.95, degrees_of_freedom(rounds, 5)) * spread / f64::from(rounds).sqrt()
            };
            assert!(width(rounds) <= target);
            assert!(rounds == 2 || width(rounds - 1) > target, "{rounds}");
        }
    }

    #[test]
    fn buckets_may_be_the_limit() {
        assert_eq!(
            rounds_needed(0.01, 0.03, 0.04, 5),
            RoundsNeeded::LimitedByBuckets
        );
        assert_eq!(
            rounds_needed(50.0, 0.03, 0.0, 5),
            RoundsNeeded::MoreThan { rounds: 1000 }
        );
    }

    #[test]
    fn long_phases_pay_only_when_rounds_agree() {
        assert_eq!(better_phase_cells(6.0, 4.0, 1.0), Some(24.0_f64.sqrt()));
        assert_eq!(better_phase_cells(6.0, 4.0, 0.0), None);
    }
}
