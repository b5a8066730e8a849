//! Settings before they are resolved: each may be absent, and a higher source wins.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::kubernetes::{KIND_CONTEXT, KubernetesFlags, KubernetesPlan};
use super::{ComparePlan, EnvironmentKind, Fault, LocalPlan, Plan};
use crate::phase::BASELINE;
use crate::{Phase, RunError};

/// What one source (the flags, or a plan file) says; all of it optional.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSettings {
    /// See [`Plan::title`].
    pub title: Option<String>,
    /// See [`Plan::environment`].
    pub environment: Option<EnvironmentKind>,
    /// See [`Plan::rounds`].
    pub rounds: Option<NonZeroU32>,
    /// See [`Plan::until_percent`].
    pub until_percent: Option<f64>,
    /// See [`Plan::rate_per_second`].
    pub rate_per_second: Option<u32>,
    /// See [`Plan::duration_seconds`].
    pub duration_seconds: Option<u32>,
    /// See [`Plan::warmup_seconds`].
    pub warmup_seconds: Option<u32>,
    /// See [`Plan::seed`]. When absent, the caller draws one.
    pub seed: Option<u64>,
    /// Ids of the phases; the baseline is added when it is not named.
    pub phases: Option<Vec<String>>,
    /// See [`Plan::virtual_users`].
    pub virtual_users: Option<u32>,
    /// See [`Plan::maximum_virtual_users`].
    pub maximum_virtual_users: Option<u32>,
    /// See [`Plan::push_interval_seconds`].
    pub push_interval_seconds: Option<u32>,
    /// See [`ComparePlan`]; of the highest source that has it, as a whole.
    pub compare: Option<ComparePlan>,
    /// See [`LocalPlan`].
    pub local: Option<LocalSettings>,
    /// See [`KubernetesPlan`]; of the highest source that has it, as a whole.
    pub kubernetes: Option<KubernetesPlan>,
    /// What flags say about Kubernetes.
    #[serde(skip)]
    pub kubernetes_flags: KubernetesFlags,
}

/// The table `[local]` of a plan file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalSettings {
    /// See [`LocalPlan::proxy_concurrency`].
    pub proxy_concurrency: Option<u32>,
    /// See [`LocalPlan::response_bytes`].
    pub response_bytes: Option<u32>,
    /// See [`LocalPlan::prometheus_port`].
    pub prometheus_port: Option<u16>,
    /// See [`LocalPlan::fault`]; of the highest source that has it, as a whole.
    pub fault: Option<Fault>,
}

/// The measured seconds of a slot when there is only one round: with nothing but itself to learn its noise from, it must be longer.
const SINGLE_ROUND_DURATION_SECONDS: u32 = 300;

/// The settings of the table `[compare]`, for the check of unknown keys.
pub(super) const COMPARE_KEYS: [&str; 2] = ["threshold", "equivalence_margin"];

/// The settings of the table `[local]`, for the check of unknown keys.
pub(super) const LOCAL_KEYS: [&str; 4] = [
    "proxy_concurrency",
    "response_bytes",
    "prometheus_port",
    "fault",
];

/// The settings of the table `[local.fault]`, for the check of unknown keys.
pub(super) const FAULT_KEYS: [&str; 2] = ["hop", "delay_ms"];

/// The settings of a plan file, for the check of unknown keys.
pub(super) const PLAN_KEYS: [&str; 15] = [
    "title",
    "environment",
    "rounds",
    "until_percent",
    "rate_per_second",
    "duration_seconds",
    "warmup_seconds",
    "seed",
    "phases",
    "virtual_users",
    "maximum_virtual_users",
    "push_interval_seconds",
    "compare",
    "local",
    "kubernetes",
];

impl PlanSettings {
    /// Returns these settings, and where they are silent those of `lower`.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        Self {
            title: self.title.or(lower.title),
            environment: self.environment.or(lower.environment),
            rounds: self.rounds.or(lower.rounds),
            until_percent: self.until_percent.or(lower.until_percent),
            rate_per_second: self.rate_per_second.or(lower.rate_per_second),
            duration_seconds: self.duration_seconds.or(lower.duration_seconds),
            warmup_seconds: self.warmup_seconds.or(lower.warmup_seconds),
            seed: self.seed.or(lower.seed),
            phases: self.phases.or(lower.phases),
            virtual_users: self.virtual_users.or(lower.virtual_users),
            maximum_virtual_users: self.maximum_virtual_users.or(lower.maximum_virtual_users),
            push_interval_seconds: self.push_interval_seconds.or(lower.push_interval_seconds),
            compare: self.compare.or(lower.compare),
            local: match (self.local, lower.local) {
                (Some(higher), Some(lower)) => Some(higher.over(lower)),
                (higher, lower) => higher.or(lower),
            },
            kubernetes: self.kubernetes.or(lower.kubernetes),
            kubernetes_flags: self.kubernetes_flags,
        }
    }

    /// Fills in the defaults, checks the whole and returns the plan. `drawn_seed` is used when no source names a seed.
    pub fn resolve(self, drawn_seed: u64) -> Result<Plan, RunError> {
        let default = Plan::default();
        let rounds = self.rounds.unwrap_or(default.rounds);
        let usual_duration = if rounds == NonZeroU32::MIN {
            SINGLE_ROUND_DURATION_SECONDS
        } else {
            default.duration_seconds
        };
        let virtual_users = self.virtual_users.unwrap_or(default.virtual_users);
        let environment = self.environment.unwrap_or(default.environment);
        let kubernetes = resolve_kubernetes(environment, self.kubernetes, self.kubernetes_flags);
        let plan = Plan {
            title: self.title.unwrap_or(default.title),
            environment,
            rounds,
            until_percent: self.until_percent,
            rate_per_second: self.rate_per_second.unwrap_or(default.rate_per_second),
            duration_seconds: self.duration_seconds.unwrap_or(usual_duration),
            warmup_seconds: self.warmup_seconds.unwrap_or(default.warmup_seconds),
            seed: self.seed.unwrap_or(drawn_seed),
            phases: choose_phases(self.phases.as_deref(), kubernetes.as_ref())?,
            virtual_users,
            maximum_virtual_users: self
                .maximum_virtual_users
                .unwrap_or_else(|| default.maximum_virtual_users.max(virtual_users)),
            push_interval_seconds: self
                .push_interval_seconds
                .unwrap_or(default.push_interval_seconds),
            compare: self.compare.unwrap_or_default(),
            local: self.local.unwrap_or_default().resolve(),
            kubernetes,
        };
        plan.validate()?;
        Ok(plan)
    }
}

/// Everything that a plan says, so that the plan of a saved run can be measured again; flags win over it as over a plan file.
impl From<Plan> for PlanSettings {
    fn from(plan: Plan) -> Self {
        let LocalPlan {
            proxy_concurrency,
            response_bytes,
            prometheus_port,
            fault,
        } = plan.local;
        let phases = plan.phases.iter().map(|phase| phase.id.to_string());
        Self {
            phases: Some(phases.collect()),
            title: Some(plan.title),
            environment: Some(plan.environment),
            rounds: Some(plan.rounds),
            until_percent: plan.until_percent,
            rate_per_second: Some(plan.rate_per_second),
            duration_seconds: Some(plan.duration_seconds),
            warmup_seconds: Some(plan.warmup_seconds),
            seed: Some(plan.seed),
            virtual_users: Some(plan.virtual_users),
            maximum_virtual_users: Some(plan.maximum_virtual_users),
            push_interval_seconds: Some(plan.push_interval_seconds),
            compare: Some(plan.compare),
            local: Some(LocalSettings {
                proxy_concurrency: Some(proxy_concurrency),
                response_bytes: Some(response_bytes),
                prometheus_port: Some(prometheus_port),
                fault,
            }),
            kubernetes: plan.kubernetes,
            kubernetes_flags: KubernetesFlags::default(),
        }
    }
}

impl LocalSettings {
    fn over(self, lower: Self) -> Self {
        Self {
            proxy_concurrency: self.proxy_concurrency.or(lower.proxy_concurrency),
            response_bytes: self.response_bytes.or(lower.response_bytes),
            prometheus_port: self.prometheus_port.or(lower.prometheus_port),
            fault: self.fault.or(lower.fault),
        }
    }

    fn resolve(self) -> LocalPlan {
        let default = LocalPlan::default();
        LocalPlan {
            proxy_concurrency: self.proxy_concurrency.unwrap_or(default.proxy_concurrency),
            response_bytes: self.response_bytes.unwrap_or(default.response_bytes),
            prometheus_port: self.prometheus_port.unwrap_or(default.prometheus_port),
            fault: self.fault,
        }
    }
}

/// Resolves the settings of Kubernetes; there are none elsewhere.
fn resolve_kubernetes(
    environment: EnvironmentKind,
    plan: Option<KubernetesPlan>,
    flags: KubernetesFlags,
) -> Option<KubernetesPlan> {
    if !environment.is_kubernetes() {
        return None;
    }
    let mut plan = plan.unwrap_or_default();
    flags.apply(&mut plan);
    if environment == EnvironmentKind::Kind {
        plan.context.get_or_insert_with(|| KIND_CONTEXT.to_owned());
    }
    Some(plan)
}

/// Chooses the phases by id, the baseline first and the others in the order in which they are defined, so that the order of a flag cannot
/// change the design. A plan that defines phases by itself is about those, unless it names others.
fn choose_phases(
    names: Option<&[String]>,
    kubernetes: Option<&KubernetesPlan>,
) -> Result<Vec<Phase>, RunError> {
    let own: Vec<Phase> = kubernetes
        .iter()
        .flat_map(|plan| &plan.phases)
        .map(super::CustomPhase::phase)
        .collect();
    for (index, phase) in own.iter().enumerate() {
        if own[..index].iter().any(|earlier| earlier.id == phase.id) {
            return Err(RunError::PhaseTwice {
                phase: phase.id.clone(),
            });
        }
    }
    let built_in = Phase::built_in();
    let is_replaced = |phase: &Phase| own.iter().any(|mine| mine.id == phase.id);
    let mut known: Vec<Phase> = built_in
        .into_iter()
        .filter(|phase| !is_replaced(phase))
        .chain(own.iter().cloned())
        .collect();
    known.sort_by_key(|phase| !phase.is_baseline());
    let Some(names) = names else {
        let wanted = |phase: &Phase| own.is_empty() || phase.is_baseline() || is_replaced(phase);
        return Ok(known.into_iter().filter(wanted).collect());
    };
    find_phases(names, known)
}

/// Finds the phases by id among those that are known.
fn find_phases(names: &[String], known: Vec<Phase>) -> Result<Vec<Phase>, RunError> {
    for (index, name) in names.iter().enumerate() {
        let Some(phase) = known.iter().find(|phase| phase.id.as_str() == name) else {
            let nearest = super::file::nearest(name, known.iter().map(|phase| phase.id.as_str()));
            return Err(RunError::UnknownPhase {
                phase: name.clone(),
                nearest,
            });
        };
        if names[..index].contains(name) {
            return Err(RunError::PhaseTwice {
                phase: phase.id.clone(),
            });
        }
    }
    let wanted = |phase: &Phase| {
        phase.id.as_str() == BASELINE || names.iter().any(|name| name == phase.id.as_str())
    };
    Ok(known.into_iter().filter(wanted).collect())
}
