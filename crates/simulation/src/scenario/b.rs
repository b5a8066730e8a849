//! B: neighbouring cells resemble each other.

use super::{CellEffects, Scenario, ScenarioName, a};

pub(super) fn scenario() -> Scenario {
    Scenario {
        name: ScenarioName::B,
        cells: CellEffects {
            autocorrelation: 0.6,
            shift_sd: 0.03,
            tail_sd: 0.3,
            stalls: None,
        },
        ..a::scenario()
    }
}
