//! Names of scenarios.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::{Scenario, a, b, c, d, e, f, holdout};

/// A scenario by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScenarioName {
    /// Independent requests.
    A,
    /// Neighbouring cells resemble each other.
    B,
    /// Strongly, and some cells stall; still no effect of rounds or slots.
    C,
    /// "Realistic": B with effects of rounds and slots.
    D,
    /// "Noisy": C with large effects of rounds and slots.
    E,
    /// "Heteroscedastic": D with two phases whose slots vary three times as much.
    F,
    /// The distributions that no rule was chosen on.
    Holdout,
}

/// A name that no scenario has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no scenario is called `{0}` (there are A, B, C, D, E, F and holdout)")]
pub struct UnknownScenario(String);

impl ScenarioName {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::A,
        Self::B,
        Self::C,
        Self::D,
        Self::E,
        Self::F,
        Self::Holdout,
    ];

    /// Returns the scenario.
    pub fn scenario(self) -> Scenario {
        match self {
            Self::A => a::scenario(),
            Self::B => b::scenario(),
            Self::C => c::scenario(),
            Self::D => d::scenario(),
            Self::E => e::scenario(),
            Self::F => f::scenario(),
            Self::Holdout => holdout::scenario(),
        }
    }
}

impl fmt::Display for ScenarioName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
            Self::Holdout => "holdout",
        })
    }
}

impl FromStr for ScenarioName {
    type Err = UnknownScenario;

    fn from_str(name: &str) -> Result<Self, UnknownScenario> {
        Self::ALL
            .into_iter()
            .find(|known| known.to_string().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownScenario(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for name in ScenarioName::ALL {
            assert_eq!(name.to_string().to_lowercase().parse(), Ok(name));
            assert_eq!(name.scenario().name, name);
        }
        assert!("G".parse::<ScenarioName>().is_err());
    }
}
