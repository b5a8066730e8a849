//! What makes a scenario. The symbols are those of the crate documentation.

use super::{Mixture, ScenarioName, Shape};

/// One phase besides the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhaseModel {
    /// Its name.
    pub name: &'static str,
    /// How many times slower every request is.
    pub slower: f64,
    /// By what the odds of the tail are multiplied.
    pub tail_odds: f64,
    /// How many times larger the effects of its slots are.
    pub spread: f64,
    /// Whether its coverage is reported.
    pub reported: bool,
}

impl PhaseModel {
    /// Makes a phase without any effect, of ordinary spread, that is not reported.
    pub(crate) const fn idle(name: &'static str) -> Self {
        Self {
            name,
            slower: 1.0,
            tail_odds: 1.0,
            spread: 1.0,
            reported: false,
        }
    }

    /// The phases of scenarios A to F: the sidecar makes requests 15 % slower and the tail's odds half as large again.
    pub(crate) const TUNING: [Self; 4] = [
        Self::idle("ambient"),
        Self::idle("ambient-l7"),
        Self {
            name: "sidecar",
            slower: 1.15,
            tail_odds: 1.5,
            spread: 1.0,
            reported: true,
        },
        Self::idle("sidecar-l7"),
    ];
}

/// Cells that stall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stalls {
    /// The share of cells.
    pub share: f64,
    /// By what the odds of the tail are multiplied in them.
    pub odds: f64,
}

/// `U` and `V`, and stalls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellEffects {
    /// Correlation of neighbouring cells.
    pub autocorrelation: f64,
    /// Standard deviation of `U`, the shift of the location.
    pub shift_sd: f64,
    /// Standard deviation of `V`, the change of the log odds of the tail.
    pub tail_sd: f64,
    /// Stalled cells, if there are any.
    pub stalls: Option<Stalls>,
}

/// `A` and `C`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoundEffects {
    /// Their distribution.
    pub shape: Shape,
    /// Standard deviation of `A`, the shift of the location.
    pub shift_sd: f64,
    /// Standard deviation of `C`, the change of the log odds of the tail.
    pub tail_sd: f64,
}

/// `B` and `D`, before the spread of the phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotSpread {
    /// Their distribution.
    pub shape: Shape,
    /// Standard deviation of `B`, the shift of the location.
    pub shift_sd: f64,
    /// Standard deviation of `D`, the change of the log odds of the tail.
    pub tail_sd: f64,
}

/// A model of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: ScenarioName,
    /// The typical latency of the baseline in seconds.
    pub base_seconds: f64,
    /// The distribution of latencies around the location.
    pub mixture: Mixture,
    /// The share of the tail in the baseline.
    pub tail_share: f64,
    /// The phases besides the baseline.
    pub phases: [PhaseModel; 4],
    /// What differs between the cells of a slot.
    pub cells: CellEffects,
    /// What the slots of a round share.
    pub rounds: RoundEffects,
    /// What differs between slots.
    pub slots: SlotSpread,
    /// How much the logarithm of all latencies grows from one slot to the next.
    pub drift_per_slot: f64,
}

impl Scenario {
    /// Returns the scenario with all phases equal to the baseline but for the spread, and one phase slower by a factor.
    #[must_use]
    pub fn with_only_effect(mut self, phase: &str, slower: f64) -> Self {
        for model in &mut self.phases {
            let is_it = model.name == phase;
            model.slower = if is_it { slower } else { 1.0 };
            model.tail_odds = 1.0;
            model.reported = is_it;
        }
        self
    }

    /// Returns the phases of which results are reported, with their places.
    pub fn reported(&self) -> impl Iterator<Item = &PhaseModel> {
        self.phases.iter().filter(|phase| phase.reported)
    }
}
