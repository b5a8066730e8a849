//! The manifest `run.json`: everything about a run that is not a sample.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::order::PlannedSlot;
use crate::{PhaseId, Plan, RunId, SlotId, TimestampMs};

/// The version of the run format: the major must match, the minor may be older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FormatVersion {
    /// Grows when older readers would read wrongly.
    pub major: u32,
    /// Grows with each new meaningful field.
    pub minor: u32,
}

/// The format that this version writes.
pub const FORMAT_VERSION: FormatVersion = FormatVersion { major: 1, minor: 2 };

impl FormatVersion {
    /// Tells whether this version of the program can read a run of that format.
    pub fn is_readable(self) -> bool {
        self.major == FORMAT_VERSION.major && self <= FORMAT_VERSION
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// The manifest of a run. It never holds a credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the run format.
    pub format_version: FormatVersion,
    /// Identity of the run, the `testid` of every series.
    pub run_id: RunId,
    /// Version of meshdelta that measured.
    pub meshdelta_version: String,
    /// When the run began.
    pub started_at: TimestampMs,
    /// When the last slot ended.
    pub finished_at: TimestampMs,
    /// Whether every planned slot is there.
    pub completion: Completion,
    /// The resolved plan.
    pub plan: Plan,
    /// The order that the seed gave.
    pub order: Vec<PlannedSlot>,
    /// Programs and machine.
    pub environment: EnvironmentFacts,
    /// What happened in each slot, in order of execution.
    pub slots: Vec<SlotRecord>,
    /// What a reader should know about the whole run.
    pub warnings: Vec<String>,
    /// Every other file, by its path in the folder.
    pub files: BTreeMap<String, FileEntry>,
}

impl Manifest {
    /// Tells whether the slots are those of the order, in its order.
    pub fn follows_order(&self) -> bool {
        self.slots.len() == self.order.len()
            && self
                .slots
                .iter()
                .zip(&self.order)
                .all(|(slot, planned)| slot.id == planned.id && slot.phase == planned.phase)
    }
}

/// Whether the run is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Completion {
    /// Every planned slot was measured.
    Complete,
    /// The run ended early; its complete slots are here.
    Incomplete {
        /// Why it ended.
        reason: String,
    },
}

/// A file of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// SHA-256 of the content, in lower-case hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Rows, for tables.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows: Option<u64>,
}

/// What the run was measured with and on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EnvironmentFacts {
    /// Programs by role name: `k6`, `envoy`, `prometheus`.
    pub programs: BTreeMap<String, ProgramFact>,
    /// The machine.
    pub host: HostFacts,
    /// The backend's version as it says itself, and other facts by name.
    pub other: BTreeMap<String, String>,
}

/// A program that took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramFact {
    /// The version as the program prints it.
    pub version: String,
    /// SHA-256 of the program file, in lower-case hexadecimal.
    pub sha256: Option<String>,
}

/// The machine that everything ran on. A fact that could not be read is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HostFacts {
    /// Model of the processor.
    pub cpu_model: Option<String>,
    /// Logical cores.
    pub logical_cores: Option<u32>,
    /// Main memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Kernel name and release.
    pub kernel: Option<String>,
    /// The distribution.
    pub operating_system: Option<String>,
    /// Frequency governor of the processor.
    pub cpu_governor: Option<String>,
    /// Load average over one minute when the run began.
    pub load_average: Option<f64>,
}

/// What happened in one slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlotRecord {
    /// Where in the run.
    pub id: SlotId,
    /// Which phase.
    pub phase: PhaseId,
    /// When the phase was entered.
    pub entered_at: TimestampMs,
    /// The measured load as k6 reported it.
    pub window: Window,
    /// What k6 counted, over all runners.
    pub load: LoadSummary,
    /// Every gate and proof, before and after the load.
    pub proofs: Vec<Proof>,
    /// Why the slot must not be used; empty when it is valid.
    pub failures: Vec<String>,
    /// What requests went through, and whose use of CPU and memory nobody saw: without it the cost is not whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsampled: Vec<Unsampled>,
}

/// A process or container that was looked for and not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsampled {
    /// Its role.
    pub role: String,
    /// Which one of that role.
    pub instance: String,
}

impl SlotRecord {
    /// Tells whether the slot may be averaged.
    pub fn is_valid(&self) -> bool {
        self.failures.is_empty()
    }

    /// Returns the requests that were made as a share of those that the rate asks for: below 1 the load was not what it says.
    pub fn achieved_share(&self, rate_per_second: u32) -> f64 {
        self.load.requests() as f64 / (f64::from(rate_per_second) * self.window.seconds())
    }
}

/// The time of the measured load: from k6's own scenario start to that plus the planned duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First moment, inclusive.
    pub start: TimestampMs,
    /// Last moment, exclusive.
    pub end: TimestampMs,
}

impl Window {
    /// Returns the length in seconds.
    pub fn seconds(&self) -> f64 {
        self.end.ms_since(self.start) as f64 / 1000.0
    }
}

/// k6's own end-of-test counts of the measured load, summed over runners: the ground truth for the count check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadSummary {
    /// Requests that were as expected.
    pub succeeded_requests: u64,
    /// Requests that were not.
    pub failed_requests: u64,
    /// Requests of the warm-up, whatever their outcome.
    pub warmup_requests: u64,
    /// Iterations that had no virtual user free and were never started.
    pub dropped_iterations: u64,
    /// k6's exact statistics of successful requests of one runner, by k6's names (`med`, `p(99)`, ...), in seconds. Absent with many runners.
    pub exact_seconds: BTreeMap<String, f64>,
}

impl LoadSummary {
    /// Returns all requests of the measured load.
    pub fn requests(&self) -> u64 {
        self.succeeded_requests + self.failed_requests
    }
}

/// When a proof was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofStage {
    /// Before the load.
    Before,
    /// After the load, by counter deltas.
    After,
}

/// One thing that had to hold for the phase to be what its name says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// When.
    pub stage: ProofStage,
    /// What was looked at, for example `waypoint requests`.
    pub subject: String,
    /// What had to be seen.
    pub expected: String,
    /// What was seen.
    pub observed: String,
    /// Whether it held.
    pub passed: bool,
}
