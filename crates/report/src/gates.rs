//! Gates: limits on overheads that a pipeline enforces, from a file.
//!
//! `docs/statistics.md`, "Gates": "fail if proven" keeps the family-wise rate of false alarms at 5 %; "pass if proven" lets through only
//! what is shown to keep its limit. One round decides nothing.

use std::path::{Path, PathBuf};

use meshdelta_stats::gate::{Gate, GateOutcome, GatePolicy, GateSubject, evaluate_gates};
use meshdelta_stats::{PhaseName, Relative, Verdict};
use serde::Deserialize;

use crate::analysis::RunEvaluation;
use crate::limits::{LimitError, parse_limit, parse_metric};

/// A gate as the file says it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateRule {
    /// What is limited: `mean`, a percentile such as `p99` or `p99.9`, `cpu` (CPU seconds per 1,000 requests) or `memory`.
    pub metric: String,
    /// The phase.
    pub phase: String,
    /// The largest overhead: relative (`10%`), or absolute (`0.5ms`, `200us`, `0.01s` for CPU seconds, `20MiB`).
    pub limit: String,
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
    /// A gate names a phase that the run does not have.
    #[error("the run has no phase `{phase}` to limit")]
    Phase {
        /// The phase as given.
        phase: String,
    },
}

/// What became of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GateState {
    /// The limit is kept, as far as the policy asks for it.
    Passed,
    /// The data cannot tell, where the policy lets that pass.
    Undecided,
    /// The data cannot tell, where the policy asks for proof.
    Unproven,
    /// The limit is proven to be exceeded.
    Failed,
    /// The data of the phase are invalid.
    Invalid,
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
    Ok(file.gate)
}

/// Evaluates all gates of a file together, because their number is corrected for.
pub fn check_gates(
    evaluation: &RunEvaluation<'_>,
    rules: &[GateRule],
) -> Result<Vec<GateFinding>, GateError> {
    let gates = rules
        .iter()
        .map(|rule| Subject::find(evaluation, rule))
        .collect::<Result<Vec<_>, _>>()?;
    let plain: Vec<Gate> = gates.iter().map(|subject| subject.gate.clone()).collect();
    let results = evaluate_gates(&plain);
    let findings = rules.iter().zip(&gates).zip(results);
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

/// What a gate looks at in a run.
struct Subject {
    gate: Gate,
    verdict: Verdict,
    /// The overhead with its interval, for the reason.
    shown: String,
}

impl Subject {
    fn find(evaluation: &RunEvaluation<'_>, rule: &GateRule) -> Result<Self, GateError> {
        let metric = parse_metric(&rule.metric)?;
        let limit = parse_limit(&rule.metric, &rule.limit)?;
        let phase = PhaseName::new(&rule.phase);
        let estimate = evaluation
            .analysis
            .overhead(&phase, &metric)
            .ok_or_else(|| GateError::Phase {
                phase: rule.phase.clone(),
            })?;
        let overhead = estimate.estimated();
        let subject = overhead.and_then(GateSubject::of_overhead);
        let shown = overhead.map_or_else(
            || "there is no estimate".to_owned(),
            |overhead| match (overhead.point.relative, overhead.inference.run_level()) {
                (Some(point), Some(run)) => {
                    let percent = |value: Option<Relative>| {
                        value.map_or(f64::NAN, |value| value.get() * 100.0)
                    };
                    format!(
                        "{:+.1} % [{:.1}, {:.1}]",
                        point.get() * 100.0,
                        percent(run.interval.lower.relative),
                        percent(run.interval.upper.relative)
                    )
                }
                _ => "there is no interval of several rounds".to_owned(),
            },
        );
        Ok(Self {
            gate: Gate {
                subject,
                limit,
                policy: rule.policy,
            },
            verdict: estimate.verdict(),
            shown,
        })
    }

    fn state(&self, policy: GatePolicy, outcome: GateOutcome) -> GateState {
        match (self.verdict, outcome, policy) {
            (Verdict::Invalid, _, _) => GateState::Invalid,
            (_, GateOutcome::Pass, _) => GateState::Passed,
            (_, GateOutcome::Fail, _) => GateState::Failed,
            (_, GateOutcome::Inconclusive, GatePolicy::FailIfProven) => GateState::Undecided,
            (_, GateOutcome::Inconclusive, GatePolicy::PassIfProven) => GateState::Unproven,
        }
    }

    fn reason(&self, rule: &GateRule, state: GateState) -> String {
        let verb = match state {
            GateState::Passed if rule.policy == GatePolicy::PassIfProven => "is proven to keep",
            GateState::Passed => "is not proven to exceed",
            GateState::Undecided | GateState::Unproven => "cannot be decided against",
            GateState::Failed => "is proven to exceed",
            GateState::Invalid => "is invalid, so it cannot be held against",
        };
        format!(
            "{} of {} {verb} its limit of {}: {}",
            rule.metric, rule.phase, rule.limit, self.shown
        )
    }
}
