//! Rounds and phases as two additive effects, fitted by least squares; what is left is noise.
//!
//! `docs/statistics.md`, "R >= 2": `ln θ = round + phase + ε` over all slots of a metric. Slots may be missing.

/// One slot: indices of its round and phase, and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TwoWaySlot {
    pub(crate) round: usize,
    pub(crate) phase: usize,
    pub(crate) value: f64,
}

/// The fit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TwoWayFit {
    /// What rounds and phases do not explain, in the order of the slots.
    pub(crate) residuals: Vec<f64>,
    /// Slots less fitted parameters.
    pub(crate) degrees_of_freedom: usize,
}

/// More sweeps than any connected design of a few dozen slots needs.
const MAXIMUM_SWEEPS: usize = 2_000;

impl TwoWayFit {
    /// Returns the variance of the noise, or `None` without degrees of freedom.
    pub(crate) fn residual_variance(&self) -> Option<f64> {
        let squares: f64 = self
            .residuals
            .iter()
            .map(|residual| residual * residual)
            .sum();
        (self.degrees_of_freedom > 0).then(|| squares / self.degrees_of_freedom as f64)
    }
}

/// Fits both effects by removing round means and phase means in turn until nothing moves.
///
/// These are alternating projections onto the orthogonal complements of both effects: one sweep is exact when no slot is
/// missing, and the limit is the least-squares residual in any design.
pub(crate) fn fit_two_way(slots: &[TwoWaySlot]) -> TwoWayFit {
    let rounds = slots.iter().map(|slot| slot.round + 1).max().unwrap_or(0);
    let phases = slots.iter().map(|slot| slot.phase + 1).max().unwrap_or(0);
    let mut residuals: Vec<f64> = slots.iter().map(|slot| slot.value).collect();
    let scale = residuals
        .iter()
        .fold(0.0_f64, |scale, value| scale.max(value.abs()));
    for _ in 0..MAXIMUM_SWEEPS {
        let by_round = center(&mut residuals, rounds, |place| slots[place].round);
        let by_phase = center(&mut residuals, phases, |place| slots[place].phase);
        if by_round.max(by_phase) <= 1e-15 * scale {
            break;
        }
    }
    let degrees_of_freedom = slots.len().saturating_sub(rank(slots, rounds, phases));
    TwoWayFit {
        residuals,
        degrees_of_freedom,
    }
}

/// Subtracts the mean of each group and returns the greatest of them in size.
fn center(values: &mut [f64], groups: usize, group_of: impl Fn(usize) -> usize) -> f64 {
    let mut sums = vec![(0.0, 0.0_f64); groups];
    for (place, value) in values.iter().enumerate() {
        let group = &mut sums[group_of(place)];
        group.0 += value;
        group.1 += 1.0;
    }
    let means: Vec<f64> = sums
        .iter()
        .map(|&(sum, count)| if count > 0.0 { sum / count } else { 0.0 })
        .collect();
    for (place, value) in values.iter_mut().enumerate() {
        *value -= means[group_of(place)];
    }
    means
        .iter()
        .fold(0.0, |largest, mean| largest.max(mean.abs()))
}

/// Returns the number of parameters that the slots determine: rounds and phases that occur, less one per connected part.
///
/// Every slot that links two parts joins them, so that is the number of joins.
fn rank(slots: &[TwoWaySlot], rounds: usize, phases: usize) -> usize {
    let mut parent: Vec<usize> = (0..rounds + phases).collect();
    let mut joined = 0;
    for slot in slots {
        let (left, right) = (
            root(&parent, slot.round),
            root(&parent, rounds + slot.phase),
        );
        if left != right {
            parent[left] = right;
            joined += 1;
        }
    }
    joined
}

fn root(parent: &[usize], mut node: usize) -> usize {
    while parent[node] != node {
        node = parent[node];
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[f64]]) -> Vec<TwoWaySlot> {
        let row = |(round, row): (usize, &&[f64])| {
            row.iter()
                .enumerate()
                .map(move |(phase, &value)| TwoWaySlot {
                    round,
                    phase,
                    value,
                })
                .collect::<Vec<_>>()
        };
        rows.iter().enumerate().flat_map(row).collect()
    }

    #[test]
    fn the_balanced_design_has_the_closed_form() {
        let slots = table(&[
            &[0.0, 0.131, 0.20, 0.04, 0.09],
            &[0.05, 0.202, 0.27, 0.10, 0.13],
            &[-0.03, 0.088, 0.19, 0.03, 0.08],
        ]);
        let fit = fit_two_way(&slots);
        assert_eq!(fit.degrees_of_freedom, 8);
        assert!((fit.residual_variance().unwrap() - 1.5753e-4).abs() < 5e-9);
    }

    #[test]
    fn two_baselines_add_degrees_of_freedom() {
        let mut slots = table(&[&[1.0, 2.0], &[1.5, 2.4]]);
        slots.push(TwoWaySlot {
            round: 0,
            phase: 0,
            value: 1.1,
        });
        slots.push(TwoWaySlot {
            round: 1,
            phase: 0,
            value: 1.4,
        });
        assert_eq!(fit_two_way(&slots).degrees_of_freedom, 3);
    }

    #[test]
    fn an_additive_table_leaves_nothing_even_with_holes() {
        let mut slots = table(&[&[1.0, 2.0, 4.0], &[3.0, 4.0, 6.0], &[0.5, 1.5, 3.5]]);
        slots.remove(4);
        slots.remove(1);
        let fit = fit_two_way(&slots);
        assert_eq!(fit.degrees_of_freedom, 2);
        assert!(fit.residual_variance().unwrap() < 1e-25);
    }

    #[test]
    fn parts_without_a_link_have_a_level_each() {
        let apart = [
            TwoWaySlot {
                round: 0,
                phase: 0,
                value: 1.0,
            },
            TwoWaySlot {
                round: 0,
                phase: 1,
                value: 2.0,
            },
            TwoWaySlot {
                round: 1,
                phase: 2,
                value: 3.0,
            },
        ];
        assert_eq!(fit_two_way(&apart).degrees_of_freedom, 0);
        assert_eq!(fit_two_way(&apart).residual_variance(), None);
        assert_eq!(fit_two_way(&[]).degrees_of_freedom, 0);
    }
}
