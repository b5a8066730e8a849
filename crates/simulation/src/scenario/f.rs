//! F, "heteroscedastic": D with slots of the two sidecar phases that vary three times as much.

use super::{Scenario, ScenarioName, d};

pub(super) fn scenario() -> Scenario {
    let mut scenario = Scenario {
        name: ScenarioName::F,
        ..d::scenario()
    };
    for phase in &mut scenario.phases {
        if phase.name.starts_with("sidecar") {
            phase.spread = 3.0;
        }
    }
    scenario
}
