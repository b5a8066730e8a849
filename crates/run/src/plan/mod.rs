//! The plan: what to measure, resolved from flags, environment variables, a plan file and defaults.

mod custom_phase;
mod fault;
mod file;
mod kubernetes;
mod settings;

pub use custom_phase::{CustomPhase, Growth, PhaseComponent, PhaseGate, PhaseProof};
pub use fault::{Fault, FaultHop, MAXIMUM_DELAY_MS};
pub use file::{nearest, parse_plan_file};
pub use kubernetes::{
    Amounts, Images, KIND_CONTEXT, KubernetesFlags, KubernetesPlan, Placement, Resources,
    Toleration,
};
pub use settings::{LocalSettings, PlanSettings};

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::{Phase, RunError};

/// Where the phases run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnvironmentKind {
    /// Real k6, Envoy and Prometheus as child processes on loopback.
    Local,
    /// The cluster of a kubeconfig context.
    Kubernetes,
    /// The cluster that `meshdelta cluster up` makes with kind.
    Kind,
}

impl EnvironmentKind {
    /// Tells whether the phases run in a Kubernetes cluster.
    pub fn is_kubernetes(self) -> bool {
        matches!(self, Self::Kubernetes | Self::Kind)
    }

    /// Returns the name as the plan file and the flags spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Kubernetes => "kubernetes",
            Self::Kind => "kind",
        }
    }
}

/// A plan in which every setting has its value; stored in the manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// A title for the report.
    pub title: String,
    /// Where the phases run.
    pub environment: EnvironmentKind,
    /// Passes over all phases: the unit of replication. The most of them when `until_percent` is set.
    pub rounds: NonZeroU32,
    /// Ends the run early, after a whole round, once the interval of every phase's overhead at the median is at most this much wide on either
    /// side, in percent of the baseline. It looks at width only, never at the effect, and not before three rounds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until_percent: Option<f64>,
    /// Requests started per second (open load), over all runners.
    pub rate_per_second: u32,
    /// Length of the measured load of a slot, in seconds.
    pub duration_seconds: u32,
    /// Length of the discarded load before it, in seconds.
    pub warmup_seconds: u32,
    /// Seed of the order of the phases.
    pub seed: u64,
    /// The phases, the baseline first.
    pub phases: Vec<Phase>,
    /// Virtual users made before the load.
    pub virtual_users: u32,
    /// Virtual users at the most; above it k6 drops iterations, which the report judges.
    pub maximum_virtual_users: u32,
    /// Seconds between two pushes of k6 to Prometheus, which is the width of an analysis interval too.
    pub push_interval_seconds: u32,
    /// What matters when the run is compared with another one.
    #[serde(skip_serializing_if = "ComparePlan::is_empty", default)]
    pub compare: ComparePlan,
    /// What holds for the local environment only.
    pub local: LocalPlan,
    /// What holds for Kubernetes only; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kubernetes: Option<KubernetesPlan>,
}

/// What matters when a run is compared with an earlier one, by metric (`p99`, `cpu`, ...): relative (`5%`) or in its unit (`0.5ms`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComparePlan {
    /// A change beyond this has regressed or improved.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub threshold: BTreeMap<String, String>,
    /// A change that is certainly within this is none; the threshold where it is not given.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub equivalence_margin: BTreeMap<String, String>,
}

impl ComparePlan {
    /// Tells whether nothing is said, so that the defaults hold.
    pub fn is_empty(&self) -> bool {
        self.threshold.is_empty() && self.equivalence_margin.is_empty()
    }
}

/// The settings of the local environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalPlan {
    /// Worker threads of each Envoy process.
    pub proxy_concurrency: u32,
    /// Size of the body that the server answers with, in bytes.
    pub response_bytes: u32,
    /// Port of the run's own Prometheus; 0 takes any free one.
    pub prometheus_port: u16,
    /// A delay that is injected on purpose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fault: Option<Fault>,
}

impl Default for LocalPlan {
    fn default() -> Self {
        Self {
            proxy_concurrency: 1,
            response_bytes: 1024,
            prometheus_port: 0,
            fault: None,
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            title: "What the mesh costs".to_owned(),
            environment: EnvironmentKind::Local,
            rounds: NonZeroU32::MIN.saturating_add(4),
            until_percent: None,
            rate_per_second: 200,
            duration_seconds: 120,
            warmup_seconds: 30,
            seed: 0,
            phases: Phase::built_in(),
            virtual_users: 50,
            maximum_virtual_users: 200,
            push_interval_seconds: 1,
            compare: ComparePlan::default(),
            local: LocalPlan::default(),
            kubernetes: None,
        }
    }
}

/// Seconds that a slot takes beside its load: starting the data path, proofs, the last push. Only for the estimate of the whole time.
const SLOT_OVERHEAD_SECONDS: u64 = 3;

impl Plan {
    /// Checks what no type can: ranges, and that there is a baseline and something to compare with it.
    pub fn validate(&self) -> Result<(), RunError> {
        let ranges = [
            ("rounds", u64::from(self.rounds.get()), 1, 1000),
            (
                "rate_per_second",
                u64::from(self.rate_per_second),
                1,
                100_000,
            ),
            (
                "duration_seconds",
                u64::from(self.duration_seconds),
                4,
                86_400,
            ),
            ("warmup_seconds", u64::from(self.warmup_seconds), 1, 3600),
            (
                "virtual_users",
                u64::from(self.virtual_users),
                1,
                u64::from(self.maximum_virtual_users),
            ),
            (
                "maximum_virtual_users",
                u64::from(self.maximum_virtual_users),
                1,
                100_000,
            ),
            (
                "push_interval_seconds",
                u64::from(self.push_interval_seconds),
                1,
                15,
            ),
            (
                "local.proxy_concurrency",
                u64::from(self.local.proxy_concurrency),
                1,
                64,
            ),
            (
                "local.response_bytes",
                u64::from(self.local.response_bytes),
                1,
                4096,
            ),
        ];
        for (setting, value, minimum, maximum) in ranges {
            if !(minimum..=maximum).contains(&value) {
                return Err(RunError::SettingOutOfRange {
                    setting,
                    value,
                    minimum,
                    maximum,
                });
            }
        }
        // The seed is kept in TOML and JSON, where integers end at 2^63 - 1.
        if i64::try_from(self.seed).is_err() {
            return Err(RunError::SettingOutOfRange {
                setting: "seed",
                value: self.seed,
                minimum: 0,
                maximum: i64::MAX.unsigned_abs(),
            });
        }
        if let Some(percent) = self
            .until_percent
            .filter(|percent| !(0.1..=100.0).contains(percent))
        {
            return Err(RunError::UntilOutOfRange { percent });
        }
        if let Some(fault) = self.local.fault {
            if self.environment != EnvironmentKind::Local {
                return Err(RunError::FaultElsewhere);
            }
            fault.validate(self.phases.iter().map(|phase| &phase.id))?;
        }
        if let Some(kubernetes) = &self.kubernetes {
            kubernetes.validate(self.rate_per_second, self.virtual_users)?;
        }
        self.validate_phases()
    }

    fn validate_phases(&self) -> Result<(), RunError> {
        for (index, phase) in self.phases.iter().enumerate() {
            if self.phases[..index]
                .iter()
                .any(|earlier| earlier.id == phase.id)
            {
                return Err(RunError::PhaseTwice {
                    phase: phase.id.clone(),
                });
            }
        }
        let baselines = self
            .phases
            .iter()
            .filter(|phase| phase.is_baseline())
            .count();
        if baselines != 1 || self.phases.len() < 2 {
            return Err(RunError::NothingToCompare);
        }
        Ok(())
    }

    /// Returns how long the run is expected to take, in seconds.
    pub fn expected_seconds(&self) -> u64 {
        let load = u64::from(self.warmup_seconds) + u64::from(self.duration_seconds);
        let slots = u64::from(self.rounds.get()) * (self.phases.len() as u64 + 1);
        slots * (load + SLOT_OVERHEAD_SECONDS)
    }

    /// Returns the phase of that id.
    pub fn phase(&self, id: &crate::PhaseId) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.id == *id)
    }
}
