//! The phases: the network configurations that are compared.

use serde::{Deserialize, Serialize};

use crate::PhaseId;

/// A network configuration, as a plan names it and a report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// The identity, which is also the `phase` label on every series.
    pub id: PhaseId,
    /// The title for people.
    pub title: String,
    /// The way of a request, for people.
    pub data_path: String,
}

/// The id of the phase that all others are compared with.
pub const BASELINE: &str = "baseline";

const BUILT_IN: [(&str, &str, &str); 5] = [
    (BASELINE, "Baseline", "client \u{2192} server"),
    (
        "sidecar",
        "Sidecar",
        "client \u{2192} client sidecar (L7) \u{2192} mTLS \u{2192} server sidecar (L7) \u{2192} server",
    ),
    (
        "sidecar-l7",
        "Sidecar + L7 policy",
        "client \u{2192} client sidecar (L7, route modifies a header) \u{2192} mTLS \u{2192} server sidecar (L7) \u{2192} server",
    ),
    (
        "ambient",
        "Ambient (ztunnel)",
        "client \u{2192} ztunnel (L4) \u{2192} HBONE mTLS \u{2192} ztunnel (L4) \u{2192} server",
    ),
    (
        "ambient-l7",
        "Ambient + waypoint",
        "client \u{2192} ztunnel (L4) \u{2192} HBONE \u{2192} waypoint (L7, route modifies a header) \u{2192} HBONE \u{2192} ztunnel (L4) \u{2192} server",
    ),
];

impl Phase {
    /// Returns the five built-in phases, the baseline first.
    pub fn built_in() -> Vec<Self> {
        BUILT_IN
            .iter()
            .filter_map(|(id, _, _)| Self::find(id))
            .collect()
    }

    /// Returns the built-in phase of that id.
    pub fn find(id: &str) -> Option<Self> {
        let (id, title, data_path) = BUILT_IN.iter().find(|(known, _, _)| *known == id)?;
        Some(Self {
            id: PhaseId::try_new(*id).ok()?,
            title: (*title).to_owned(),
            data_path: (*data_path).to_owned(),
        })
    }

    /// Tells whether this is the phase that all others are compared with.
    pub fn is_baseline(&self) -> bool {
        self.id.as_str() == BASELINE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_phases_have_valid_ids_and_one_baseline() {
        let phases = Phase::built_in();
        assert_eq!(phases.len(), BUILT_IN.len());
        assert_eq!(phases.iter().filter(|phase| phase.is_baseline()).count(), 1);
    }
}
