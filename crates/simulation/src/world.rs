//! Runs of one comparison: what a machine or a day does to a whole run, what differs from run to run, and what was changed.

use serde::Serialize;

use crate::random::Random;
use crate::scenario::Scenario;

/// Keeps the streams of runs apart from those of rounds.
const STREAM_OF_RUNS: u64 = 0x72_75_6e_73;

/// What differs between the runs of a comparison, on the logarithmic scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct World {
    /// Standard deviation of what a machine or a day adds to every phase of a run, the baseline too. It cancels in overheads.
    pub day_sd: f64,
    /// Standard deviation of what a run adds to each phase by itself. Nothing within a run shows it.
    pub run_sd: f64,
    /// How much slower the changed phase is on the second side, relative.
    pub change: f64,
}

/// The side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

impl World {
    /// Returns the scenario of one run. `stream` tells runs apart.
    pub(crate) fn scenario_of_run(
        self,
        scenario: &Scenario,
        changed_phase: &str,
        side: Side,
        seed: u64,
        stream: u64,
    ) -> Scenario {
        let mut random = Random::new(seed ^ STREAM_OF_RUNS, scenario.name as u64, stream);
        let mut of_run = *scenario;
        // Phases are measured against the baseline, so what the run adds to the baseline is taken off all of them.
        let baseline = self.run_sd * random.normal();
        of_run.base_seconds *= (self.day_sd * random.normal() + baseline).exp();
        for phase in &mut of_run.phases {
            phase.slower *= (self.run_sd * random.normal() - baseline).exp();
            if side == Side::After && phase.name == changed_phase {
                phase.slower *= 1.0 + self.change;
            }
        }
        of_run
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ScenarioName;

    #[test]
    fn a_day_moves_all_phases_and_a_change_only_one_on_one_side() {
        let scenario = ScenarioName::D.scenario();
        let world = World {
            day_sd: 0.08,
            run_sd: 0.0,
            change: 0.1,
        };
        let of = |side| world.scenario_of_run(&scenario, "sidecar", side, 1, 7);
        let (before, after) = (of(Side::Before), of(Side::After));
        assert!((before.base_seconds / scenario.base_seconds - 1.0).abs() > 1e-3);
        assert_eq!(before.base_seconds, after.base_seconds);
        assert_eq!(before.phases, scenario.phases);
        for (before, after) in before.phases.iter().zip(&after.phases) {
            let expected = if before.name == "sidecar" { 1.1 } else { 1.0 };
            assert!((after.slower / before.slower - expected).abs() < 1e-12);
        }
        let next = world.scenario_of_run(&scenario, "sidecar", Side::Before, 1, 8);
        assert_ne!(next.base_seconds, before.base_seconds);
    }

    #[test]
    fn what_a_run_adds_to_a_phase_has_the_asked_spread() {
        let scenario = ScenarioName::D.scenario();
        let world = World {
            day_sd: 0.0,
            run_sd: 0.02,
            change: 0.0,
        };
        let logs = |phase: Option<usize>| -> Vec<f64> {
            let of_run = |stream| {
                let run = world.scenario_of_run(&scenario, "sidecar", Side::Before, 3, stream);
                let base = (run.base_seconds / scenario.base_seconds).ln();
                base + phase.map_or(0.0, |place| {
                    (run.phases[place].slower / scenario.phases[place].slower).ln()
                })
            };
            (0..4000).map(of_run).collect()
        };
        for phase in [None, Some(0), Some(2)] {
            let values = logs(phase);
            let variance = values.iter().map(|value| value * value).sum::<f64>() / 4000.0;
            assert!((variance.sqrt() / 0.02 - 1.0).abs() < 0.05, "{phase:?}");
        }
    }
}
