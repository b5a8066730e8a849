//! Whether a quantile sits where the body of the latencies ends and the tail begins.
//!
//! `docs/statistics.md`, "The cliff". There the quantile jumps when the share of slow requests changes a little, so rounds
//! that jump are rare and large: a few rounds without one look calm, and their interval is too narrow. The differences of
//! the rounds cannot show that; the distributions can. With `z_r(x)` the logarithm of the odds of exceeding `x` in round
//! `r`, `m(x)` its mean and `s(x)` its standard deviation over rounds, the curves `m + 3s` and `m - 3s` are what a bad and
//! a good round may look like. A quantile that moves more than twice as far to one of them as to the other is on a cliff.

use std::collections::BTreeSet;

use super::{CellGrid, Prepared};
use crate::units::{Quantile, Round};

/// How far from typical a round is taken, in standard deviations between rounds.
const SPAN: f64 = 3.0;

/// How many times farther the quantile moves one way than the other.
const RATIO: f64 = 2.0;

/// Moves below one bucket are a matter of interpolation.
const SMALLEST_MOVE: f64 = 1.0;

/// Returns whether a quantile of a phase, or of its baseline, is on a cliff. False for one round.
pub(crate) fn on_cliff(
    prepared: &Prepared,
    phase: usize,
    rounds: &BTreeSet<Round>,
    q: Quantile,
) -> bool {
    [phase, 0].into_iter().any(|phase| {
        let grids: Vec<&CellGrid> = prepared
            .slots
            .iter()
            .filter(|slot| slot.phase == phase && rounds.contains(&slot.measurement.round))
            .map(|slot| &slot.grid)
            .collect();
        rounds.len() > 1 && is_lopsided(&grids, q)
    })
}

fn is_lopsided(grids: &[&CellGrid], q: Quantile) -> bool {
    let indices = || grids.iter().flat_map(|grid| grid.indices.iter().flatten());
    let (Some(&first), Some(&last)) = (indices().min(), indices().max()) else {
        return false;
    };
    let curves: Vec<Vec<f64>> = grids
        .iter()
        .filter(|grid| grid.count() > 0)
        .map(|grid| exceedance(grid, first, last))
        .collect();
    if curves.len() < 2 {
        return false;
    }
    let spread: Vec<(f64, f64)> = (0..curves[0].len())
        .map(|edge| {
            let values: Vec<f64> = curves.iter().map(|curve| curve[edge]).collect();
            (
                crate::interval::mean(&values),
                crate::interval::sample_sd(&values),
            )
        })
        .collect();
    let level = ((1.0 - q.get()) / q.get()).ln();
    let typical = crossing(&spread, level, 0.0);
    let slower = crossing(&spread, level, SPAN) - typical;
    let faster = typical - crossing(&spread, level, -SPAN);
    let (small, large) = (slower.min(faster), slower.max(faster));
    large > SMALLEST_MOVE && large > RATIO * small
}

/// Returns the log odds of exceeding the upper edge of every bucket; half an observation on either side keeps them finite.
fn exceedance(grid: &CellGrid, first: i32, last: i32) -> Vec<f64> {
    let total = grid.count() as f64;
    let mut columns = grid.indices.iter().zip(&grid.total).peekable();
    let mut below = 0.0;
    (first..=last)
        .map(|index| {
            while let Some((_, reached)) =
                columns.next_if(|(column, _)| column.is_none_or(|column| column <= index))
            {
                below = *reached as f64;
            }
            ((total - below + 0.5) / (below + 0.5)).ln()
        })
        .collect()
}

/// Returns where the mean curve moved by `shift` standard deviations falls to a level, in buckets from the first edge.
fn crossing(spread: &[(f64, f64)], level: f64, shift: f64) -> f64 {
    let curve = |edge: usize| spread[edge].0 + shift * spread[edge].1;
    let Some(edge) = (0..spread.len()).find(|&edge| curve(edge) <= level) else {
        return spread.len() as f64;
    };
    if edge == 0 {
        return 0.0;
    }
    let (above, below) = (curve(edge - 1), curve(edge));
    (edge - 1) as f64 + (above - level) / (above - below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::{NativeHistogram, Schema};

    /// A body around 2 ms and a tail around 20 ms with `tail` of 10,000 requests.
    fn grid(tail: u32) -> CellGrid {
        let body = (tail..10_000).map(|i| 0.002 * (1.0 + 0.2 * f64::from(i % 100) / 100.0));
        let slow = (0..tail).map(|i| 0.02 * (1.0 + f64::from(i % 10) / 10.0));
        let cell = NativeHistogram::from_values(Schema::K6, body.chain(slow));
        CellGrid::new(&[cell], Schema::K6, 0.0).unwrap()
    }

    fn lopsided(tails: &[u32], q: Quantile) -> bool {
        let grids: Vec<CellGrid> = tails.iter().map(|&tail| grid(tail)).collect();
        is_lopsided(&grids.iter().collect::<Vec<_>>(), q)
    }

    #[test]
    fn a_tail_that_may_cross_the_quantile_is_a_cliff_before_it_does() {
        let tails = [380, 420, 350];
        assert!(lopsided(&tails, Quantile::P95));
        assert!(!lopsided(&tails, Quantile::P50));
        assert!(!lopsided(&tails, Quantile::P99));
    }

    #[test]
    fn rounds_that_agree_or_are_alone_are_on_no_cliff() {
        assert!(!lopsided(&[400, 400, 400], Quantile::P95));
        assert!(!lopsided(&[400], Quantile::P95));
        assert!(!lopsided(&[0, 0], Quantile::P95));
        assert!(!is_lopsided(&[], Quantile::P95));
    }
}
