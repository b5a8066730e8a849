//! A simulated run, and the experiment that the analysis sees of it.

use std::ops::Range;

use meshdelta_stats::experiment::{Experiment, SlotMeasurement, Statistic};
use meshdelta_stats::{Round, SlotCells, SlotPosition, coarsen};
use serde::Serialize;

use crate::SimulationError;
use crate::random::Random;
use crate::scenario::{PhaseModel, Scenario};
use crate::slot::simulate_slot;
use crate::truth::{SlotEffects, Truth};

/// The name of the baseline.
pub const BASELINE: &str = "baseline";

/// A Williams square of four treatments (Williams 1949): the order of the phases within four rounds.
const ORDERS: [[usize; 4]; 4] = [[0, 1, 3, 2], [1, 2, 0, 3], [2, 3, 1, 0], [3, 0, 2, 1]];

/// How often the baseline is measured in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Baselines {
    /// First.
    One,
    /// First and last.
    Two,
}

impl Baselines {
    /// Both.
    pub const ALL: [Self; 2] = [Self::One, Self::Two];

    /// Returns the number.
    pub fn count(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// One slot with the effects that made it.
#[derive(Clone, Debug)]
struct SimulatedSlot {
    round: u32,
    position: u32,
    /// The place in [`Scenario::phases`]; `None` for the baseline.
    phase: Option<usize>,
    effects: SlotEffects,
}

/// A run with two baselines in every round.
#[derive(Clone, Debug)]
pub struct SimulatedRun<'a> {
    scenario: &'a Scenario,
    slots: Vec<SimulatedSlot>,
    cells: Vec<SlotCells>,
}

/// Simulates a run. Equal arguments give an equal run.
pub fn simulate(
    scenario: &Scenario,
    rounds: u32,
    seed: u64,
    replicate: u64,
) -> Result<SimulatedRun<'_>, SimulationError> {
    let mut random = Random::new(seed, scenario.name as u64, replicate);
    let mut slots = Vec::new();
    let mut orders = Vec::new();
    for round in 0..rounds {
        let order = orders.pop().unwrap_or_else(|| {
            orders = shuffled_square(&mut random);
            orders.pop().unwrap_or_default()
        });
        push_round(scenario, round, order, &mut random, &mut slots);
    }
    let mut cells = slots
        .iter()
        .map(|slot| simulate_slot(scenario, slot.effects, &mut random))
        .collect::<Result<Vec<_>, _>>()?;
    coarsen(&mut cells)?;
    Ok(SimulatedRun {
        scenario,
        slots,
        cells,
    })
}

fn push_round(
    scenario: &Scenario,
    round: u32,
    order: [usize; 4],
    random: &mut Random,
    slots: &mut Vec<SimulatedSlot>,
) {
    let rounds = &scenario.rounds;
    let common = SlotEffects {
        shift: rounds.shift_sd * rounds.shape.draw(random),
        tail: rounds.tail_sd * rounds.shape.draw(random),
    };
    let phases = order.into_iter().map(Some);
    let ends = std::iter::once(None);
    for (position, phase) in (0..).zip(ends.clone().chain(phases).chain(ends)) {
        let model = phase.map_or(PhaseModel::idle(BASELINE), |place| scenario.phases[place]);
        let own = &scenario.slots;
        let drift = scenario.drift_per_slot * (slots.len() as f64 + 0.5);
        let effects = SlotEffects {
            shift: model.slower.ln()
                + common.shift
                + model.spread * own.shift_sd * own.shape.draw(random)
                + drift,
            tail: model.tail_odds.ln()
                + common.tail
                + model.spread * own.tail_sd * own.shape.draw(random),
        };
        slots.push(SimulatedSlot {
            round,
            position,
            phase,
            effects,
        });
    }
}

/// Returns the square with its rows and labels shuffled (Fisher & Yates).
fn shuffled_square(random: &mut Random) -> Vec<[usize; 4]> {
    let mut labels = [0, 1, 2, 3];
    shuffle(&mut labels, random);
    let mut rows = ORDERS.map(|row| row.map(|label| labels[label]));
    shuffle(&mut rows, random);
    rows.to_vec()
}

fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for last in (1..items.len()).rev() {
        items.swap(last, random.index(last + 1));
    }
}

impl SimulatedRun<'_> {
    /// Returns some of the rounds as an experiment.
    pub fn experiment(&self, rounds: Range<u32>, baselines: Baselines) -> Experiment {
        let measure = |(slot, cells): (&SimulatedSlot, &SlotCells)| {
            let name = slot
                .phase
                .map_or(BASELINE, |place| self.scenario.phases[place].name);
            SlotMeasurement::new(
                Round(slot.round),
                SlotPosition(slot.position),
                name.into(),
                slot.phase.is_none(),
            )
            .with_cells(cells.clone())
        };
        let slots = self.slots.iter().zip(&self.cells);
        let wanted = slots.filter(|(slot, _)| {
            rounds.contains(&slot.round) && (slot.position < 5 || baselines == Baselines::Two)
        });
        Experiment::new(wanted.map(measure).collect())
    }

    /// Returns the true overhead of a phase in one round, with the effects that its slots happened to have.
    pub fn own_target(
        &self,
        truth: &Truth,
        round: u32,
        baselines: Baselines,
        phase: &str,
        statistic: Statistic,
    ) -> f64 {
        let mean = |wanted: &dyn Fn(&SimulatedSlot) -> bool| {
            let values: Vec<f64> = self
                .slots
                .iter()
                .filter(|slot| slot.round == round && wanted(slot))
                .map(|slot| truth.slot(statistic, slot.effects))
                .collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let with = mean(&|slot| {
            slot.phase
                .is_some_and(|place| self.scenario.phases[place].name == phase)
        });
        let without = mean(&|slot| {
            slot.phase.is_none() && (slot.position == 0 || baselines == Baselines::Two)
        });
        with - without
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ScenarioName;

    #[test]
    fn a_run_has_its_slots_and_never_changes() {
        let scenario = ScenarioName::Holdout.scenario();
        let run = simulate(&scenario, 3, 1, 0).unwrap();
        let two = run.experiment(0..3, Baselines::Two);
        assert_eq!(two.slots.len(), 18);
        assert_eq!(run.experiment(1..3, Baselines::One).slots.len(), 10);
        let again = simulate(&scenario, 3, 1, 0).unwrap();
        assert_eq!(again.experiment(0..3, Baselines::Two), two);
        let other = simulate(&scenario, 3, 2, 0).unwrap();
        assert_ne!(other.experiment(0..3, Baselines::Two), two);
    }
}
