//! A delay that the local environment injects on purpose: a regression of known size, to see whether `compare` finds it.

use serde::{Deserialize, Serialize};

use crate::{PhaseId, RunError};

/// An added delay of every request at one hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The hop that delays.
    pub hop: FaultHop,
    /// How long each request waits there, in milliseconds: 1 to [`MAXIMUM_DELAY_MS`]. Whole ones, because Envoy's timers have no finer ones.
    pub delay_ms: u32,
}

/// The longest delay. The last requests of k6's warm-up have half a push interval (500 ms at the least) to end; half of that is left to the
/// path itself.
pub const MAXIMUM_DELAY_MS: u32 = 249;

/// A hop that reads HTTP, so that it can delay single requests. Tunnels carry bytes and could delay connections only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultHop {
    /// The server itself: every phase, the baseline too, so that no overhead changes by it.
    Application,
    /// The client's sidecar: the phases `sidecar` and `sidecar-l7`.
    ClientSidecar,
    /// The server's sidecar: the phases `sidecar` and `sidecar-l7`.
    ServerSidecar,
    /// The waypoint: the phase `ambient-l7`.
    Waypoint,
}

impl FaultHop {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Application,
        Self::ClientSidecar,
        Self::ServerSidecar,
        Self::Waypoint,
    ];

    /// Returns the name as a plan file spells it, which is that of the role in `manifests/local/`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::ClientSidecar => "client-sidecar",
            Self::ServerSidecar => "server-sidecar",
            Self::Waypoint => "waypoint",
        }
    }

    /// Tells whether the requests of a built-in phase go through this hop.
    pub fn is_in(self, phase: &PhaseId) -> bool {
        match self {
            Self::Application => true,
            Self::ClientSidecar | Self::ServerSidecar => {
                ["sidecar", "sidecar-l7"].contains(&phase.as_str())
            }
            Self::Waypoint => phase.as_str() == "ambient-l7",
        }
    }
}

impl Fault {
    /// Checks the delay, and that one of the phases is delayed at all.
    pub(super) fn validate<'a>(
        self,
        mut phases: impl Iterator<Item = &'a PhaseId>,
    ) -> Result<(), RunError> {
        if !(1..=MAXIMUM_DELAY_MS).contains(&self.delay_ms) {
            return Err(RunError::SettingOutOfRange {
                setting: "local.fault.delay_ms",
                value: u64::from(self.delay_ms),
                minimum: 1,
                maximum: u64::from(MAXIMUM_DELAY_MS),
            });
        }
        if phases.any(|phase| self.hop.is_in(phase)) {
            Ok(())
        } else {
            Err(RunError::FaultWithoutPhase {
                hop: self.hop.as_str(),
            })
        }
    }
}
