//! Gates on the command line: their file, and the exit code of what became of them.

use std::path::Path;

use fs_err as fs;
use meshdelta_report::gates::{GateRule, GateState, parse_gates};

use crate::error::CommandError;
use crate::exit_code;

/// Reads a file of gates.
pub(crate) fn read_gates(path: &Path) -> Result<Vec<GateRule>, CommandError> {
    let usage = |error: anyhow::Error| CommandError::new(exit_code::USAGE, error);
    let text = fs::read_to_string(path).map_err(|error| usage(error.into()))?;
    parse_gates(path, &text).map_err(|error| usage(error.into()))
}

/// Returns the exit code of all gates: invalid data before a failure, that before doubt. `strict` lets no gate stay undecided.
pub(crate) fn exit_code_of(states: impl IntoIterator<Item = GateState>, strict: bool) -> u8 {
    match states.into_iter().max() {
        None | Some(GateState::Passed) => exit_code::DONE,
        Some(GateState::Undecided) if !strict => exit_code::DONE,
        Some(GateState::Undecided | GateState::Inconclusive) => exit_code::INCONCLUSIVE,
        Some(GateState::Failed) => exit_code::GATE_FAILED,
        Some(GateState::Invalid) => exit_code::DATA_INVALID,
    }
}

#[cfg(test)]
mod tests {
    use GateState::{Failed, Inconclusive, Invalid, Passed, Undecided};

    use super::*;

    #[test]
    fn the_gravest_gate_decides() {
        for (states, code, strict_code) in [
            (vec![], 0, 0),
            (vec![Passed], 0, 0),
            (vec![Undecided, Passed], 0, 4),
            (vec![Inconclusive, Passed], 4, 4),
            (vec![Inconclusive, Failed], 3, 3),
            (vec![Failed, Undecided, Invalid], 5, 5),
        ] {
            assert_eq!(
                exit_code_of(states.iter().copied(), false),
                code,
                "{states:?}"
            );
            assert_eq!(
                exit_code_of(states.iter().copied(), true),
                strict_code,
                "{states:?}"
            );
        }
    }
}
