//! What a pipeline asks of a comparison, each question answered in one line.

use meshdelta_stats::compare::{Comparison, NoInference};

use super::analysis::{stats_metric, stats_phase};
use super::model::{Change, ChangeMetric, ChangeVerdict, ComparisonModel, GateSummary};
use super::numbers;
use super::settings::{ComparisonSettings, FailOn, Thresholds};
use crate::gates::{GateError, GateState, check_change_gates};
use crate::model::Validity;

/// Answers everything that is asked. `thresholds` are those of the user and of the plan.
pub(super) fn answers(
    model: &ComparisonModel,
    comparison: &Comparison,
    settings: &ComparisonSettings,
    thresholds: &Thresholds,
) -> Result<Vec<GateSummary>, GateError> {
    let asked = settings.fail_on.map(|fail_on| {
        let question = Question {
            model,
            comparison,
            thresholds,
        };
        question.answer(fail_on)
    });
    let numbers = numbers::numbers(model);
    let findings = check_change_gates(comparison, &model.phases, numbers, &settings.gates)?;
    let limits = findings.into_iter().map(|finding| {
        let rule = finding.rule;
        GateSummary {
            question: format!("{} of {} within {}", rule.metric, rule.phase, rule.limit),
            state: finding.state,
            reason: finding.reason,
        }
    });
    Ok(asked.into_iter().chain(limits).collect())
}

/// The changes that `--fail-on` looks at: in the primary metrics and in every metric that has a threshold.
struct Question<'a> {
    model: &'a ComparisonModel,
    comparison: &'a Comparison,
    thresholds: &'a Thresholds,
}

impl Question<'_> {
    fn answer(&self, fail_on: FailOn) -> GateSummary {
        let forbidden = self.list(|change| match fail_on {
            FailOn::AnyChange => change.verdict.is_change(),
            FailOn::Regression | FailOn::Inconclusive => change.verdict == ChangeVerdict::Regressed,
        });
        let invalid = self.list(|change| self.is_invalid(change));
        let open = self.list(|change| {
            matches!(
                change.verdict,
                ChangeVerdict::Inconclusive
                    | ChangeVerdict::NotComparable
                    | ChangeVerdict::WorseSizeUnclear
            )
        });
        let without_inference = self.list(|change| change.verdict == ChangeVerdict::NotComparable);
        let (state, reasons) = if !invalid.is_empty() {
            (GateState::Invalid, [invalid, forbidden].concat())
        } else if !forbidden.is_empty() {
            (GateState::Failed, forbidden)
        } else if fail_on == FailOn::Inconclusive && !open.is_empty() {
            (GateState::Inconclusive, open)
        } else if !without_inference.is_empty() {
            (GateState::Undecided, without_inference)
        } else {
            (GateState::Passed, vec![self.kept(fail_on)])
        };
        GateSummary {
            question: format!("fail on {}", fail_on.label()),
            state,
            reason: reasons.join("; "),
        }
    }

    fn looked_at(&self) -> impl Iterator<Item = &Change> {
        self.model.changes.iter().filter(|change| {
            let has_threshold = self.thresholds.metrics().any(|it| it == change.metric);
            has_threshold || ChangeMetric::PRIMARY.contains(&change.metric)
        })
    }

    /// Whether a quality check keeps the change from being judged.
    fn is_invalid(&self, change: &Change) -> bool {
        let (phase, metric) = (stats_phase(&change.phase), stats_metric(change.metric));
        match self.comparison.change(&phase, &metric) {
            Some(found) => found.precision == Err(NoInference::Suppressed),
            None => self
                .model
                .treatments()
                .any(|phase| phase.id == change.phase && phase.validity != Validity::Valid),
        }
    }

    fn kept(&self, fail_on: FailOn) -> String {
        let count = self.looked_at().count();
        let kept = match fail_on {
            FailOn::Regression => "is proven to have regressed",
            FailOn::AnyChange => "is proven to have changed",
            FailOn::Inconclusive => "has regressed or is in doubt",
        };
        format!("none of {count} changes {kept}")
    }

    fn list(&self, pick: impl Fn(&Change) -> bool) -> Vec<String> {
        let picked = self.looked_at().filter(|change| pick(change));
        picked.map(|change| self.in_words(change)).collect()
    }

    fn in_words(&self, change: &Change) -> String {
        let numbers = numbers::numbers(self.model);
        let title = self
            .model
            .treatments()
            .find(|phase| phase.id == change.phase)
            .map_or(change.phase.as_str(), |phase| phase.title.as_str());
        let number =
            numbers::absolute(numbers, change).map_or_else(String::new, |text| format!(" {text}"));
        let words = change.verdict.words();
        let reason = if change.verdict == ChangeVerdict::NotComparable {
            format!(" ({})", why_not(change))
        } else {
            String::new()
        };
        format!("{title} {}{number}: {words}{reason}", change.metric.label())
    }
}

/// Why nothing can be inferred about a change.
fn why_not(change: &Change) -> &str {
    let of_interval = || change.estimate.value()?.interval.reason();
    change
        .estimate
        .reason()
        .or_else(of_interval)
        .unwrap_or("there is no interval")
}
