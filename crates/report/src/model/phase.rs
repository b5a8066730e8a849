//! Phases: what was compared.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id of a phase, as in the plan.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct PhaseId(String);

impl PhaseId {
    /// An id from text.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhaseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A network configuration that carried the load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// Its id.
    pub id: PhaseId,
    /// Its title.
    pub title: String,
    /// The hops of a request, in words.
    pub data_path: String,
    /// Whether the others are compared with this one.
    pub is_baseline: bool,
    /// Whether its numbers may be judged.
    pub validity: Validity,
    /// Its colour and marker, the same in every chart.
    pub colour: ColourSlot,
    /// Rounds in which the phase was measured and valid.
    pub valid_rounds: u32,
}

/// Whether the numbers of a phase may be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Validity {
    /// They may.
    Valid,
    /// They may not; the numbers are shown, greyed, with the reasons.
    Invalid {
        /// Why not; never empty.
        reasons: Vec<String>,
    },
}

impl Validity {
    /// Whether the phase is valid.
    pub const fn is_valid(&self) -> bool {
        matches!(self, Self::Valid)
    }

    /// The reasons, if the phase is invalid.
    pub fn reasons(&self) -> &[String] {
        match self {
            Self::Valid => &[],
            Self::Invalid { reasons } => reasons,
        }
    }
}

/// A place in the palette: 0 to 4 are the built-in phases, further ones follow.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ColourSlot(u8);

impl ColourSlot {
    /// Grey, filled circle.
    pub const BASELINE: Self = Self(0);
    /// Brown, filled square.
    pub const SIDECAR: Self = Self(1);
    /// Orange, hollow square.
    pub const SIDECAR_L7: Self = Self(2);
    /// Blue, filled triangle.
    pub const AMBIENT: Self = Self(3);
    /// Light blue, hollow triangle.
    pub const AMBIENT_L7: Self = Self(4);

    /// The slot of a phase: that of the built-in phase with this id, otherwise the next free one.
    /// `other_phases_before` counts the phases before it, in the order of the report, that are not built in.
    pub fn for_phase(id: &PhaseId, other_phases_before: usize) -> Self {
        match id.as_str() {
            "baseline" => Self::BASELINE,
            "sidecar" => Self::SIDECAR,
            "sidecar-l7" => Self::SIDECAR_L7,
            "ambient" => Self::AMBIENT,
            "ambient-l7" => Self::AMBIENT_L7,
            _ => Self(u8::try_from(other_phases_before.saturating_add(5)).unwrap_or(u8::MAX)),
        }
    }

    /// The number of colours.
    pub(crate) const PALETTE_SIZE: usize = 9;

    /// The place in the palette; own phases beyond its end repeat the hues for own phases, with another marker.
    pub(crate) const fn palette_index(self) -> usize {
        let index = self.index();
        if index < Self::PALETTE_SIZE {
            index
        } else {
            5 + (index - 5) % (Self::PALETTE_SIZE - 5)
        }
    }

    /// The slot as a number.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
