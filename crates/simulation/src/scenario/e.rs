//! E, "noisy": C with large effects of rounds and slots.

use super::{RoundEffects, Scenario, ScenarioName, Shape, SlotSpread, c};

pub(super) fn scenario() -> Scenario {
    Scenario {
        name: ScenarioName::E,
        rounds: RoundEffects {
            shape: Shape::Normal,
            shift_sd: 0.10,
            tail_sd: 0.5,
        },
        slots: SlotSpread {
            shape: Shape::Normal,
            shift_sd: 0.05,
            tail_sd: 0.3,
        },
        ..c::scenario()
    }
}
