//! What a pipeline asks of a comparison, answered in one line.

use super::model::{
    Change, ChangeMetric, ChangeVerdict, ComparisonModel, FailOn, GateState, GateSummary,
};
use super::numbers;
use super::settings::Thresholds;

/// Answers what a pipeline asks, about the median, p99 and every metric that has a threshold.
pub fn ask(model: &ComparisonModel, fail_on: FailOn, thresholds: &Thresholds) -> GateSummary {
    let looked_at: Vec<&Change> = model
        .changes
        .iter()
        .filter(|change| {
            let has_threshold = thresholds.metrics().any(|metric| metric == change.metric);
            has_threshold || ChangeMetric::PRIMARY.contains(&change.metric)
        })
        .collect();
    let found = |pick: &dyn Fn(ChangeVerdict) -> bool| -> Vec<&Change> {
        let picked = looked_at.iter().filter(|change| pick(change.verdict));
        picked.copied().collect()
    };
    let forbidden = match fail_on {
        FailOn::AnyChange => found(&ChangeVerdict::is_change),
        FailOn::Regression | FailOn::Inconclusive => {
            found(&|verdict| verdict == ChangeVerdict::Regressed)
        }
    };
    let open = found(&|verdict| {
        matches!(
            verdict,
            ChangeVerdict::Inconclusive
                | ChangeVerdict::NotComparable
                | ChangeVerdict::WorseSizeUnclear
        )
    });
    let (state, reason) = if !forbidden.is_empty() {
        (GateState::Failed, list(model, &forbidden))
    } else if fail_on == FailOn::Inconclusive && !open.is_empty() {
        (GateState::Inconclusive, list(model, &open))
    } else {
        let count = looked_at.len();
        let kept = match fail_on {
            FailOn::Regression => "is proven to have regressed",
            FailOn::AnyChange => "is proven to have changed",
            FailOn::Inconclusive => "has regressed or is in doubt",
        };
        (GateState::Passed, format!("none of {count} changes {kept}"))
    };
    GateSummary {
        fail_on,
        state,
        reason,
    }
}

fn list(model: &ComparisonModel, changes: &[&Change]) -> String {
    let numbers = numbers::numbers(model);
    let one = |change: &&Change| {
        let title = model
            .treatments()
            .find(|phase| phase.id == change.phase)
            .map_or(change.phase.as_str(), |phase| phase.title.as_str());
        let number =
            numbers::absolute(numbers, change).map_or_else(String::new, |text| format!(" {text}"));
        format!(
            "{title} {}{number}: {}",
            change.metric.label(),
            change.verdict.words()
        )
    };
    changes.iter().map(one).collect::<Vec<_>>().join("; ")
}
