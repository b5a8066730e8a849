//! What a load generator stores of one slot: cumulative histograms, one per cell.

use meshdelta_stats::histogram::{NativeHistogram, Schema};
use meshdelta_stats::{
    Birth, CumulativeSample, DurationMs, SeriesSamples, SlotCells, TimestampMs, Window,
};

use crate::SimulationError;
use crate::mixture::{logit, share_of};
use crate::random::Random;
use crate::sampler::{BUCKETS, CellSampler, Counts, index};
use crate::scenario::Scenario;
use crate::truth::SlotEffects;

/// Cells of a slot.
pub(crate) const CELLS: u32 = 24;
/// Pairs of requests in a cell: 5,000 requests.
const PAIRS_PER_CELL: usize = 2500;
/// Length of a cell.
const CELL_MS: i64 = 5000;
/// The warm-up: one cell, half as slow again; it must be dropped.
const WARM_UP_MS: i64 = CELL_MS;
const WARM_UP_SHIFT: f64 = 0.4;

/// A first-order autoregressive series with mean 0.
struct Wander {
    value: f64,
    correlation: f64,
    innovation: f64,
}

impl Wander {
    fn new(random: &mut Random, correlation: f64, sd: f64) -> Self {
        Self {
            value: sd * random.normal(),
            correlation,
            innovation: sd * (1.0 - correlation * correlation).sqrt(),
        }
    }

    fn step(&mut self, random: &mut Random) -> f64 {
        self.value = self.correlation * self.value + self.innovation * random.normal();
        self.value
    }
}

/// Simulates a slot and makes its cells with the code that reads stored samples.
pub(crate) fn simulate_slot(
    scenario: &Scenario,
    effects: SlotEffects,
    random: &mut Random,
) -> Result<SlotCells, SimulationError> {
    let start = TimestampMs(WARM_UP_MS);
    let end = TimestampMs(WARM_UP_MS + i64::from(CELLS) * CELL_MS);
    let series = SeriesSamples {
        runner: "1".into(),
        birth: Birth::At(TimestampMs(0)),
        samples: samples(scenario, effects, random)?,
    };
    let window = Window::try_new(start, end)?;
    Ok(SlotCells::from_series(
        &[series],
        window,
        DurationMs(CELL_MS),
    )?)
}

fn samples(
    scenario: &Scenario,
    effects: SlotEffects,
    random: &mut Random,
) -> Result<Vec<CumulativeSample>, SimulationError> {
    let cells = &scenario.cells;
    let base_location = scenario.base_seconds.ln() + effects.shift;
    let base_odds = logit(scenario.tail_share) + effects.tail;
    let mut shift = Wander::new(random, cells.autocorrelation, cells.shift_sd);
    let mut tail = Wander::new(random, cells.autocorrelation, cells.tail_sd);
    let mut counts: Counts = [0; BUCKETS];
    let mut samples = Vec::new();
    for cell in 0..=CELLS {
        let stalled = cells
            .stalls
            .filter(|stalls| random.uniform() < stalls.share);
        let stall = stalled.map_or(0.0, |stalls| stalls.odds.ln());
        let warm_up = if cell == 0 { WARM_UP_SHIFT } else { 0.0 };
        // Half a slot of drift is in the effects of the slot: this is what the cell adds to it.
        let progress = (f64::from(cell) - 0.5) / f64::from(CELLS) - 0.5;
        let location =
            base_location + shift.step(random) + warm_up + scenario.drift_per_slot * progress;
        let share = share_of(base_odds + tail.step(random) + stall);
        CellSampler::new(&scenario.mixture, location, share).add(
            random,
            PAIRS_PER_CELL,
            &mut counts,
        );
        samples.push(CumulativeSample {
            at: TimestampMs(i64::from(cell + 1) * CELL_MS - 1),
            histogram: histogram(&counts)?,
        });
    }
    Ok(samples)
}

fn histogram(counts: &Counts) -> Result<NativeHistogram, SimulationError> {
    let filled = || (0..).zip(counts).filter(|(_, count)| **count > 0);
    let middle =
        |index| f64::midpoint(Schema::K6.lower_bound(index), Schema::K6.upper_bound(index));
    let sum = filled()
        .map(|(bucket, &count)| count as f64 * middle(index(bucket)))
        .sum();
    let buckets = filled().map(|(bucket, &count)| (index(bucket), count));
    Ok(NativeHistogram::try_new(
        Some(Schema::K6),
        NativeHistogram::DEFAULT_ZERO_THRESHOLD,
        0,
        counts.iter().sum(),
        sum,
        buckets.collect(),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ScenarioName;

    #[test]
    fn a_slot_has_its_requests_and_no_warm_up() {
        let scenario = ScenarioName::D.scenario();
        let mut random = Random::new(1, 0, 0);
        let slot = simulate_slot(&scenario, SlotEffects::default(), &mut random).unwrap();
        assert_eq!(slot.cells.len(), 24);
        assert!(slot.cells.iter().all(|cell| cell.count() == 5000));
        assert_eq!((slot.dropped_before, slot.dropped_after), (5000, 0));
        assert!(slot.flags.is_empty());
    }
}
