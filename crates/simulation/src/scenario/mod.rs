//! The scenarios: one file each, sizes of effects as in `docs/statistics.md`, "Simulation study".

mod a;
mod b;
mod c;
mod d;
mod e;
mod f;
mod holdout;
mod model;
mod name;

pub use model::{CellEffects, PhaseModel, RoundEffects, Scenario, SlotSpread, Stalls};
pub use name::{ScenarioName, UnknownScenario};

pub use crate::mixture::Mixture;
pub use crate::random::Shape;
