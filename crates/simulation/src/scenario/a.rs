//! A: independent requests, the case for which textbooks of benchmarking are written.

use super::{
    CellEffects, Mixture, PhaseModel, RoundEffects, Scenario, ScenarioName, Shape, SlotSpread,
};

pub(super) fn scenario() -> Scenario {
    Scenario {
        name: ScenarioName::A,
        base_seconds: 0.002,
        mixture: Mixture {
            body_sd: 0.35,
            tail_factor: 6.0,
            tail_sd: 0.7,
        },
        tail_share: 0.02,
        phases: PhaseModel::TUNING,
        cells: CellEffects {
            autocorrelation: 0.0,
            shift_sd: 0.0,
            tail_sd: 0.0,
            stalls: None,
        },
        rounds: RoundEffects {
            shape: Shape::Normal,
            shift_sd: 0.0,
            tail_sd: 0.0,
        },
        slots: SlotSpread {
            shape: Shape::Normal,
            shift_sd: 0.0,
            tail_sd: 0.0,
        },
        drift_per_slot: 0.0,
    }
}
