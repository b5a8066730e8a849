//! D, "realistic": B with effects of rounds and slots.

use super::{RoundEffects, Scenario, ScenarioName, Shape, SlotSpread, b};

pub(super) fn scenario() -> Scenario {
    Scenario {
        name: ScenarioName::D,
        rounds: RoundEffects {
            shape: Shape::Normal,
            shift_sd: 0.05,
            tail_sd: 0.3,
        },
        slots: SlotSpread {
            shape: Shape::Normal,
            shift_sd: 0.02,
            tail_sd: 0.15,
        },
        ..b::scenario()
    }
}
