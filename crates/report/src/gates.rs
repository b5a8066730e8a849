//! Gates: limits on overheads, or on changes of overheads, that a pipeline enforces, from a file.
//!
//! `docs/statistics.md`, "Gates": "fail if proven" keeps the family-wise rate of false alarms at 5 %; "pass if proven" lets through only
//! what is shown to keep its limit. One round decides nothing.

mod subject;

use std::path::{Path, PathBuf};

use meshdelta_stats::compare::Comparison;
use meshdelta_stats::gate::{Gate, GatePolicy, evaluate_gates};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::RunEvaluation;
use crate::limits::LimitError;
use crate::model::{Phase, ReportModel};
use crate::numbers::Numbers;
use subject::Subject;

/// What a gate limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateScope {
    /// The overhead of a phase in one run: `report --gate`.
    #[default]
    Overhead,
    /// How the overhead of a phase changed between runs: `compare --gate`.
    Change,
}

impl GateScope {
    /// The name in a file of gates.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Overhead => "overhead",
            Self::Change => "change",
        }
    }

    const fn command(self) -> &'static str {
        match self {
            Self::Overhead => "report",
            Self::Change => "compare",
        }
    }
}

/// A gate as the file says it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateRule {
    /// What is limited: `mean`, a percentile such as `p99` or `p99.9`, `cpu` (CPU seconds per 1,000 requests) or `memory`.
    pub metric: String,
    /// The phase.
    pub phase: String,
    /// The largest overhead or change: relative (`10%`), or absolute (`0.5ms`, `200us`, `0.01s` for CPU seconds, `20MiB`).
    pub limit: String,
    /// Whether the overhead is limited, or its change.
    #[serde(default)]
    pub scope: GateScope,
    /// Whether the gate fails only if the limit is proven to be exceeded, or passes only if it is proven to be kept.
    #[serde(default)]
    pub policy: GatePolicy,
}

/// The gates of a file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct GateFile {
    gate: Vec<GateRule>,
}

/// Gates that cannot be read or do not fit the run.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// There is no gate in the file.
    #[error("`{}` has no gate, so nothing would be asked", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is not TOML, or has other keys.
    #[error("`{}` is not a file of gates: {source}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A metric or a limit is not one.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// A gate names a phase that is not there to limit.
    #[error("there is no phase `{phase}` to limit: {}", known(phases))]
    Phase {
        /// The phase as given.
        phase: String,
        /// The phases that could be limited.
        phases: Vec<String>,
    },
    /// A gate limits what another command looks at.
    #[error("the gate on {metric} of {phase} has scope `{}`, which `meshdelta {}` looks at", scope.label(), scope.command())]
    Scope {
        /// The metric.
        metric: String,
        /// The phase.
        phase: String,
        /// What it limits.
        scope: GateScope,
    },
}

fn known(phases: &[String]) -> String {
    if phases.is_empty() {
        "there is none".to_owned()
    } else {
        format!("use {}", phases.join(", "))
    }
}

/// What became of a gate, the gravest last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// What it forbids is not proven, or its limit is proven to be kept where it asks for that.
    Passed,
    /// The data cannot tell, where that may pass.
    Undecided,
    /// The data cannot tell, where proof is asked for.
    Inconclusive,
    /// What it forbids is proven.
    Failed,
    /// The data are invalid.
    Invalid,
}

impl GateState {
    /// The state in a word.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Undecided => "undecided",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }
}

/// The result of one gate.
#[derive(Debug, Clone, PartialEq)]
pub struct GateFinding {
    /// The gate.
    pub rule: GateRule,
    /// What became of it.
    pub state: GateState,
    /// One line that says why.
    pub reason: String,
}

/// Reads gates from the text of a file; `path` is only for messages.
pub fn parse_gates(path: &Path, text: &str) -> Result<Vec<GateRule>, GateError> {
    let file: GateFile = toml::from_str(text).map_err(|source| GateError::Invalid {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    if file.gate.is_empty() {
        return Err(GateError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(file.gate)
}

/// Evaluates all gates on overheads of a run together, because their number is corrected for. `model` is the report of the same run, in
/// whose units the reasons are.
pub fn check_gates(
    evaluation: &RunEvaluation<'_>,
    model: &ReportModel,
    rules: &[GateRule],
) -> Result<Vec<GateFinding>, GateError> {
    let numbers = Numbers::new(model);
    check(rules, GateScope::Overhead, |rule| {
        Subject::of_overhead(evaluation, numbers, rule)
    })
}

/// Evaluates all gates on changes of overheads together; `phases` are those that all runs have.
pub(crate) fn check_change_gates(
    comparison: &Comparison,
    phases: &[Phase],
    numbers: Numbers,
    rules: &[GateRule],
) -> Result<Vec<GateFinding>, GateError> {
    check(rules, GateScope::Change, |rule| {
        Subject::of_change(comparison, phases, numbers, rule)
    })
}

fn check(
    rules: &[GateRule],
    scope: GateScope,
    find: impl Fn(&GateRule) -> Result<Subject, GateError>,
) -> Result<Vec<GateFinding>, GateError> {
    if let Some(rule) = rules.iter().find(|rule| rule.scope != scope) {
        return Err(GateError::Scope {
            metric: rule.metric.clone(),
            phase: rule.phase.clone(),
            scope: rule.scope,
        });
    }
    let subjects = rules.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let gates: Vec<Gate> = subjects
        .iter()
        .map(|subject| subject.gate.clone())
        .collect();
    let results = evaluate_gates(&gates);
    let findings = rules.iter().zip(&subjects).zip(results);
    Ok(findings
        .map(|((rule, subject), result)| {
            let state = subject.state(rule.policy, result.outcome);
            GateFinding {
                rule: rule.clone(),
                state,
                reason: subject.reason(rule, state),
            }
        })
        .collect())
}
