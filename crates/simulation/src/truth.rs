//! The true values that intervals are held against.
//!
//! The value of a slot is that of an endless slot with the same effects: over its cells the location is normal with the
//! standard deviation of `U`, and the share of the tail is the mean over `V` and stalls. The *population* overhead of
//! a phase is the expectation over rounds of the difference of the logarithms of two such values, which is what the mean
//! over rounds estimates. The *own* target of a single round is that difference with the effects of its slots.

use meshdelta_stats::experiment::Statistic;

use crate::mixture::{logit, share_of};
use crate::scenario::{PhaseModel, Scenario, Shape};

/// Parts of equal probability in every integral over effects.
const NODES: usize = 64;

/// All effects on one slot: of its phase, its round, its own and of drift.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SlotEffects {
    /// On the location.
    pub shift: f64,
    /// On the log odds of the tail.
    pub tail: f64,
}

/// The true values of a scenario.
#[derive(Clone, Debug)]
pub struct Truth<'a> {
    scenario: &'a Scenario,
    /// `V` at the middles of parts of equal probability.
    cell_nodes: Vec<f64>,
}

impl<'a> Truth<'a> {
    /// Prepares a scenario.
    pub fn new(scenario: &'a Scenario) -> Self {
        let nodes = if scenario.cells.tail_sd > 0.0 {
            Shape::Normal.nodes(NODES)
        } else {
            vec![0.0]
        };
        let cell_nodes = nodes
            .into_iter()
            .map(|node| scenario.cells.tail_sd * node)
            .collect();
        Self {
            scenario,
            cell_nodes,
        }
    }

    /// Returns the logarithm of a statistic of an endless slot, less that of the typical latency.
    pub fn slot(&self, statistic: Statistic, effects: SlotEffects) -> f64 {
        let mixture = self.scenario.mixture.blurred(self.scenario.cells.shift_sd);
        let share = self.mean_share(logit(self.scenario.tail_share) + effects.tail);
        effects.shift
            + match statistic {
                Statistic::Quantile(q) => mixture.log_quantile(q.get(), share),
                Statistic::Mean => mixture.log_mean(share),
            }
    }

    /// Returns the population overhead of a phase.
    pub fn population(&self, statistic: Statistic, phase: &PhaseModel) -> f64 {
        let with = self.expected(statistic, phase.tail_odds.ln(), phase.spread);
        phase.slower.ln() + with - self.expected(statistic, 0.0, 1.0)
    }

    /// Returns the overhead of a phase in a world without effects of rounds and slots.
    pub fn typical(&self, statistic: Statistic, phase: &PhaseModel) -> f64 {
        let tail = phase.tail_odds.ln();
        let slot = |shift, tail| self.slot(statistic, SlotEffects { shift, tail });
        slot(phase.slower.ln(), tail) - slot(0.0, 0.0)
    }

    /// Returns the expectation over rounds and slots.
    fn expected(&self, statistic: Statistic, tail: f64, spread: f64) -> f64 {
        let (rounds, slots) = (&self.scenario.rounds, &self.scenario.slots);
        let of_rounds = nodes(rounds.shape, rounds.tail_sd);
        let of_slots = nodes(slots.shape, slots.tail_sd * spread);
        let sum: f64 = of_rounds
            .iter()
            .flat_map(|round| of_slots.iter().map(move |slot| round + slot))
            .map(|effect| {
                let tail = tail + effect;
                self.slot(statistic, SlotEffects { shift: 0.0, tail })
            })
            .sum();
        sum / (of_rounds.len() * of_slots.len()) as f64
    }

    /// Returns the mean over cells of the share of the tail.
    fn mean_share(&self, log_odds: f64) -> f64 {
        let over_cells = |log_odds: f64| {
            let shares = self.cell_nodes.iter().map(|node| share_of(log_odds + node));
            shares.sum::<f64>() / self.cell_nodes.len() as f64
        };
        let normal = over_cells(log_odds);
        self.scenario.cells.stalls.map_or(normal, |stalls| {
            let stalled = over_cells(log_odds + stalls.odds.ln());
            (1.0 - stalls.share) * normal + stalls.share * stalled
        })
    }
}

fn nodes(shape: Shape, sd: f64) -> Vec<f64> {
    if sd > 0.0 {
        shape
            .nodes(NODES)
            .into_iter()
            .map(|node| sd * node)
            .collect()
    } else {
        vec![0.0]
    }
}

#[cfg(test)]
mod tests {
    use meshdelta_stats::Quantile;

    use super::*;
    use crate::scenario::ScenarioName;

    #[test]
    fn without_effects_of_rounds_the_typical_overhead_is_the_population() {
        let scenario = ScenarioName::B.scenario();
        let truth = Truth::new(&scenario);
        for q in Quantile::STANDARD {
            let statistic = Statistic::Quantile(q);
            let sidecar = &scenario.phases[2];
            assert_eq!(
                truth.population(statistic, sidecar),
                truth.typical(statistic, sidecar)
            );
            assert_eq!(truth.population(statistic, &scenario.phases[0]), 0.0);
        }
    }

    #[test]
    fn the_median_moves_with_the_location() {
        let scenario = ScenarioName::D.scenario().with_only_effect("sidecar", 1.1);
        let truth = Truth::new(&scenario);
        for q in Quantile::STANDARD {
            let found = truth.population(Statistic::Quantile(q), &scenario.phases[2]);
            assert!((found - 1.1_f64.ln()).abs() < 1e-12);
        }
    }
}
