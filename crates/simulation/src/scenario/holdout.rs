//! The holdout: other shapes of everything. No rule was chosen on it, with one exception that `docs/statistics.md` names.
//!
//! The specification gives the shapes, the body, the tail, the autocorrelation, the spreads and the drift. The sizes of the
//! cells', rounds' and slots' effects and of the phases' overheads are ours, set so that the widths are near its widths.

use super::{
    CellEffects, Mixture, PhaseModel, RoundEffects, Scenario, ScenarioName, Shape, SlotSpread,
};

const PHASES: [PhaseModel; 4] = [
    phase("ambient", 1.05, 1.0, 1.0),
    phase("ambient-l7", 1.20, 1.4, 1.5),
    phase("sidecar", 1.15, 1.4, 1.5),
    phase("sidecar-l7", 1.30, 1.7, 2.0),
];

const fn phase(name: &'static str, slower: f64, tail_odds: f64, spread: f64) -> PhaseModel {
    PhaseModel {
        name,
        slower,
        tail_odds,
        spread,
        reported: true,
    }
}

pub(super) fn scenario() -> Scenario {
    Scenario {
        name: ScenarioName::Holdout,
        base_seconds: 0.005,
        mixture: Mixture {
            body_sd: 0.20,
            tail_factor: 4.0,
            tail_sd: 1.0,
        },
        tail_share: 0.03,
        phases: PHASES,
        cells: CellEffects {
            autocorrelation: 0.7,
            shift_sd: 0.04,
            tail_sd: 0.5,
            stalls: None,
        },
        rounds: RoundEffects {
            shape: Shape::Exponential,
            shift_sd: 0.05,
            tail_sd: 0.3,
        },
        slots: SlotSpread {
            shape: Shape::StudentT5,
            shift_sd: 0.025,
            tail_sd: 0.1,
        },
        drift_per_slot: 0.005,
    }
}
