//! What a gate looks at: an overhead of a run, or a change of one.

use meshdelta_stats::compare::{Comparison, NoInference};
use meshdelta_stats::experiment::{Effect, EffectInterval};
use meshdelta_stats::gate::{Gate, GateLimit, GateOutcome, GatePolicy, GateSubject};
use meshdelta_stats::{PhaseName, Verdict};

use super::{GateError, GateRule, GateScope, GateState};
use crate::analysis::RunEvaluation;
use crate::limits::{parse_limit, parse_metric};
use crate::model::{Phase, Validity};
use crate::number_format::DisplayUnit;
use crate::numbers::{Numbers, difference_text};

/// A gate with the numbers that it is held against.
pub(super) struct Subject {
    pub(super) gate: Gate,
    is_invalid: bool,
    /// The overhead or the change with its interval, for the reason.
    shown: String,
}

impl Subject {
    pub(super) fn of_overhead(
        evaluation: &RunEvaluation<'_>,
        numbers: Numbers,
        rule: &GateRule,
    ) -> Result<Self, GateError> {
        let metric = parse_metric(&rule.metric)?;
        let limit = parse_limit(&rule.metric, &rule.limit)?;
        let phase = PhaseName::new(&rule.phase);
        let phases = &evaluation.analysis.phases;
        let estimate = evaluation.analysis.overhead(&phase, &metric);
        let estimate = estimate.ok_or_else(|| GateError::Phase {
            phase: rule.phase.clone(),
            phases: phases.iter().map(ToString::to_string).collect(),
        })?;
        let overhead = estimate.estimated();
        let shown = match overhead.map(|overhead| (overhead, overhead.inference.run_level())) {
            None => "there is no estimate".to_owned(),
            Some((_, None)) => "there is no interval of several rounds".to_owned(),
            Some((overhead, Some(run))) => {
                shown(numbers, rule, limit, &overhead.point, &run.interval)
            }
        };
        // A phase of which every slot failed has no estimate, which is no doubt but invalid data.
        let has_no_slot = evaluation
            .manifest
            .plan
            .phases
            .iter()
            .find(|phase| phase.id.as_str() == rule.phase)
            .is_some_and(|phase| !evaluation.has_valid_slot(&phase.id));
        let is_invalid =
            estimate.verdict() == Verdict::Invalid || (overhead.is_none() && has_no_slot);
        let subject = overhead.and_then(GateSubject::of_overhead);
        Ok(Self::new(rule, limit, subject, is_invalid, shown))
    }

    pub(super) fn of_change(
        comparison: &Comparison,
        phases: &[Phase],
        numbers: Numbers,
        rule: &GateRule,
    ) -> Result<Self, GateError> {
        let metric = parse_metric(&rule.metric)?;
        let limit = parse_limit(&rule.metric, &rule.limit)?;
        let mut treatments = phases.iter().filter(|phase| !phase.is_baseline);
        let phase = treatments
            .clone()
            .find(|phase| phase.id.as_str() == rule.phase)
            .ok_or_else(|| GateError::Phase {
                phase: rule.phase.clone(),
                phases: treatments
                    .by_ref()
                    .map(|phase| phase.id.as_str().to_owned())
                    .collect(),
            })?;
        let change = comparison.change(&PhaseName::new(&rule.phase), &metric);
        let precision = change.map(|change| (change, &change.precision));
        let shown = match precision {
            None => "a run has no estimate".to_owned(),
            Some((_, Err(reason))) => reason.words().to_owned(),
            Some((change, Ok(precision))) => {
                shown(numbers, rule, limit, &change.change, &precision.interval)
            }
        };
        let is_suppressed =
            precision.is_some_and(|(_, precision)| *precision == Err(NoInference::Suppressed));
        let has_nothing = change.is_none() && phase.validity != Validity::Valid;
        let is_invalid = is_suppressed || has_nothing;
        let subject = change.and_then(GateSubject::of_change);
        Ok(Self::new(rule, limit, subject, is_invalid, shown))
    }

    fn new(
        rule: &GateRule,
        limit: GateLimit,
        subject: Option<GateSubject>,
        is_invalid: bool,
        shown: String,
    ) -> Self {
        Self {
            gate: Gate {
                // What is invalid is not tested, so it does not make the others stricter either.
                subject: subject.filter(|_| !is_invalid),
                limit,
                policy: rule.policy,
            },
            is_invalid,
            shown,
        }
    }

    pub(super) fn state(&self, policy: GatePolicy, outcome: GateOutcome) -> GateState {
        match (outcome, policy) {
            _ if self.is_invalid => GateState::Invalid,
            (GateOutcome::Pass, _) => GateState::Passed,
            (GateOutcome::Fail, _) => GateState::Failed,
            (GateOutcome::Inconclusive, GatePolicy::FailIfProven) => GateState::Undecided,
            (GateOutcome::Inconclusive, GatePolicy::PassIfProven) => GateState::Inconclusive,
        }
    }

    pub(super) fn reason(&self, rule: &GateRule, state: GateState) -> String {
        let verb = match state {
            GateState::Passed if rule.policy == GatePolicy::PassIfProven => "is proven to keep",
            GateState::Passed => "is not proven to exceed",
            GateState::Undecided | GateState::Inconclusive => "cannot be decided against",
            GateState::Failed => "is proven to exceed",
            GateState::Invalid => "is invalid, so it cannot be held against",
        };
        let subject = match rule.scope {
            GateScope::Overhead => format!("{} of {}", rule.metric, rule.phase),
            GateScope::Change => format!("the change of {} of {}", rule.metric, rule.phase),
        };
        format!(
            "{subject} {verb} its limit of {}: {}",
            rule.limit, self.shown
        )
    }
}

/// A number with its interval, relative or in the unit of the metric as the limit is, as everything else shows it.
fn shown(
    numbers: Numbers,
    rule: &GateRule,
    limit: GateLimit,
    point: &Effect,
    interval: &EffectInterval,
) -> String {
    let relative = || {
        let part = |effect: &Effect| Some(effect.relative?.get());
        let ends = (part(&interval.lower)?, part(&interval.upper)?);
        Some(difference_text(
            DisplayUnit::Percent,
            part(point)?,
            Some(ends),
        ))
    };
    let absolute = || {
        let unit = match rule.metric.as_str() {
            "memory" => numbers.memory,
            "cpu" => numbers.cpu,
            _ => numbers.overhead,
        };
        let ends = [&interval.lower, &interval.upper].map(|end| end.absolute.get());
        difference_text(unit, point.absolute.get(), Some(ends.into()))
    };
    let in_percent = match limit {
        GateLimit::Relative(_) => relative(),
        GateLimit::Absolute(_) => None,
    };
    in_percent.unwrap_or_else(absolute).to_string()
}
