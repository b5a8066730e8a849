//! Made-up runs for tests; no random numbers, but cells and rounds that differ as if there were some.

use super::{Experiment, SlotMeasurement};
use crate::histogram::{NativeHistogram, Schema};
use crate::units::{Round, SlotPosition};

/// A run to be made: `factors[round]` are the phases of a round in order, as (name, median in seconds).
pub(crate) struct Plan<'a> {
    pub(crate) rounds: Vec<Vec<(&'a str, f64)>>,
    pub(crate) cells: usize,
    pub(crate) requests_per_cell: u32,
}

impl Plan<'_> {
    pub(crate) fn experiment(&self) -> Experiment {
        let rounds = (1..).zip(&self.rounds);
        let slots = rounds.flat_map(|(round, slots)| {
            (0..)
                .zip(slots)
                .map(move |(position, &(phase, median))| self.slot(round, position, phase, median))
        });
        Experiment::new(slots.collect())
    }

    fn slot(&self, round: u32, position: u32, phase: &str, median: f64) -> SlotMeasurement {
        let mut slot = SlotMeasurement::new(
            Round(round),
            SlotPosition(position),
            phase.into(),
            phase == "baseline",
        );
        slot.cells = (0..)
            .take(self.cells)
            .map(|cell| self.cell(median, round * 7 + position, cell))
            .collect();
        slot
    }

    /// A cell of latencies between about half and thrice the median, with a tail.
    fn cell(&self, median: f64, salt: u32, cell: u32) -> NativeHistogram {
        let wobble = 1.0 + 0.01 * f64::from((cell * 13 + salt * 5) % 7) / 7.0;
        let value = |request: u32| {
            let uniform = (f64::from(request) + 0.5) / f64::from(self.requests_per_cell);
            median * wobble * (0.35 * (uniform / (1.0 - uniform)).ln() * 0.6).exp()
        };
        NativeHistogram::from_values(Schema::K6, (0..self.requests_per_cell).map(value))
    }
}

/// Rounds of baseline, ambient, sidecar, baseline, with effects of 10 % and 30 % that vary a little over rounds.
pub(crate) fn rounds(count: usize) -> Plan<'static> {
    let noise = [0.0, 0.011, -0.007, 0.004, -0.012, 0.009, 0.002, -0.005];
    let round = |round: usize| {
        let base = 0.002 * (1.0 + 3.0 * noise[round % 8]);
        let shifted = |effect: f64, place: usize| {
            base * (1.0 + effect) * (1.0 + noise[(round * 3 + place) % 8])
        };
        vec![
            ("baseline", shifted(0.0, 0)),
            ("ambient", shifted(0.10, 1)),
            ("sidecar", shifted(0.30, 2)),
            ("baseline", shifted(0.0, 3)),
        ]
    };
    Plan {
        rounds: (0..count).map(round).collect(),
        cells: 24,
        requests_per_cell: 500,
    }
}
