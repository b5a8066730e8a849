//! The order of the phases over the rounds: baseline first and last, the others balanced.
//!
//! A fixed order is biased by drift, and all repeats of a phase back to back cover nothing; a Williams square (Williams 1949) puts every
//! treatment into every place equally often and after every other one equally often. Rows and labels of the square are shuffled by the
//! recorded seed, anew for each square. See `docs/statistics.md`, "Design".

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::{Phase, PhaseId, Plan, SlotId};

/// One slot of the order: which phase runs where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSlot {
    /// Where in the run.
    pub id: SlotId,
    /// Which phase.
    pub phase: PhaseId,
}

/// Returns every slot of the run, in the order of execution. The same plan gives the same order.
pub fn run_order(plan: &Plan) -> Vec<PlannedSlot> {
    let (baseline, treatments): (Vec<&Phase>, Vec<&Phase>) =
        plan.phases.iter().partition(|phase| phase.is_baseline());
    let Some(baseline) = baseline.first() else {
        return Vec::new();
    };
    let mut generator = Pcg64::seed_from_u64(plan.seed);
    let mut rows = Vec::new();
    let mut slots = Vec::new();
    for round in 0..plan.rounds.get() {
        let row = rows.pop().unwrap_or_else(|| {
            rows = shuffled_square(treatments.len(), &mut generator);
            rows.pop().unwrap_or_default()
        });
        let between = row.iter().map(|&label| &treatments[label].id);
        let ends = std::iter::once(&baseline.id);
        for (slot, phase) in (0..).zip(ends.clone().chain(between).chain(ends)) {
            slots.push(PlannedSlot {
                id: SlotId { round, slot },
                phase: phase.clone(),
            });
        }
    }
    slots
}

fn shuffled_square(size: usize, generator: &mut Pcg64) -> Vec<Vec<usize>> {
    let mut labels: Vec<usize> = (0..size).collect();
    shuffle(&mut labels, generator);
    let mut rows = williams_square(size);
    shuffle(&mut rows, generator);
    for row in &mut rows {
        for label in row.iter_mut() {
            *label = labels[*label];
        }
    }
    rows
}

/// Returns a Williams design: `size` rows when `size` is even, twice as many (the reversed rows added) when it is odd.
pub fn williams_square(size: usize) -> Vec<Vec<usize>> {
    if size == 0 {
        return Vec::new();
    }
    let first: Vec<usize> = (0..size)
        .map(|place| {
            if place % 2 == 1 {
                place.div_ceil(2)
            } else {
                (size - place / 2) % size
            }
        })
        .collect();
    let mut rows: Vec<Vec<usize>> = (0..size)
        .map(|shift| first.iter().map(|label| (label + shift) % size).collect())
        .collect();
    if size % 2 == 1 && size > 1 {
        let reversed: Vec<Vec<usize>> = rows
            .iter()
            .map(|row| row.iter().rev().copied().collect())
            .collect();
        rows.extend(reversed);
    }
    rows
}

/// Fisher-Yates with Lemire's index, written out because a library's shuffle may change with its version and the seed must stay valid.
fn shuffle<T>(items: &mut [T], generator: &mut Pcg64) {
    for last in (1..items.len()).rev() {
        let scaled = u128::from(generator.next_u64()) * (last as u128 + 1);
        let index = usize::try_from(scaled >> 64).unwrap_or(last);
        items.swap(last, index);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_square_of_four_is_the_published_one() {
        assert_eq!(
            williams_square(4),
            [[0, 1, 3, 2], [1, 2, 0, 3], [2, 3, 1, 0], [3, 0, 2, 1]]
        );
    }

    proptest! {
        #[test]
        fn every_label_follows_every_other_equally_often(size in 2_usize..9) {
            let rows = williams_square(size);
            let mut pairs = BTreeMap::new();
            for row in &rows {
                for pair in row.windows(2) {
                    *pairs.entry((pair[0], pair[1])).or_insert(0) += 1;
                }
            }
            prop_assert_eq!(pairs.len(), size * (size - 1));
            let expected = rows.len() / size;
            prop_assert!(pairs.values().all(|&count| count == expected));
        }

        #[test]
        fn four_rounds_put_every_phase_into_every_place_once(seed in any::<u64>()) {
            let plan = Plan { seed, rounds: 4.try_into().unwrap(), ..Plan::default() };
            let order = run_order(&plan);
            prop_assert_eq!(order.len(), 4 * 6);
            let mut places: BTreeMap<(PhaseId, u32), u32> = BTreeMap::new();
            for slot in &order {
                *places.entry((slot.phase.clone(), slot.id.slot)).or_default() += 1;
            }
            for ((phase, slot), count) in places {
                let expected = if phase.as_str() == "baseline" { 4 } else { 1 };
                prop_assert_eq!(count, expected, "{} in slot {}", phase, slot);
            }
            prop_assert_eq!(run_order(&plan), order);
        }
    }

    #[test]
    fn the_order_of_a_seed_never_changes() {
        let plan = Plan {
            seed: 42,
            rounds: 3.try_into().unwrap(),
            ..Plan::default()
        };
        let text: Vec<String> = run_order(&plan)
            .iter()
            .map(|slot| slot.phase.to_string())
            .collect();
        insta::assert_snapshot!(text.join(" "));
    }
}
