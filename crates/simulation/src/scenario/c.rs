//! C: the cells of scenario E without its effects of rounds and slots. The specification names C but does not define it.

use super::{CellEffects, Scenario, ScenarioName, Stalls, a};

pub(super) fn scenario() -> Scenario {
    Scenario {
        name: ScenarioName::C,
        cells: CellEffects {
            autocorrelation: 0.8,
            shift_sd: 0.05,
            tail_sd: 0.5,
            stalls: Some(Stalls {
                share: 0.03,
                odds: 8.0,
            }),
        },
        ..a::scenario()
    }
}
