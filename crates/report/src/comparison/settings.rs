//! What is asked of a comparison.

use std::collections::BTreeMap;

use meshdelta_run::plan::ComparePlan;
use meshdelta_stats::compare::ChangeMargin;
use meshdelta_stats::experiment::Metric;
use meshdelta_stats::gate::GateLimit;
use meshdelta_stats::{Amount, MinimumEffect, Relative};

use super::model::ChangeMetric;
use crate::gates::GateRule;
use crate::limits::{LimitError, parse_limit, parse_metric};

/// What is asked of a comparison.
#[derive(Debug, Clone, Default)]
pub struct ComparisonSettings {
    /// What matters, where it is not the default; it wins over what the plan of the last run says.
    pub thresholds: Thresholds,
    /// Whether runs that did not measure the same thing are compared all the same.
    pub force: bool,
    /// Facts that differ on purpose, or groups of them, by their place in `run.json`, for example `environment.programs.envoy`.
    pub vary: Vec<String>,
    /// What makes the comparison fail, in the primary metrics and every metric that has a threshold.
    pub fail_on: Option<FailOn>,
    /// Limits on changes.
    pub gates: Vec<GateRule>,
    /// The command that makes the comparison again.
    pub command: String,
}

/// What makes a comparison fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// An overhead that rose by more than what matters.
    Regression,
    /// An overhead that changed, unless the change is shown to be too small to matter.
    AnyChange,
    /// A regression, and a change that may be one.
    Inconclusive,
}

impl FailOn {
    /// The name on the command line.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::AnyChange => "any-change",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// A threshold of a plan that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`compare.{key}` is wrong: {source}")]
pub struct PlanThresholdError {
    /// The setting within `[compare]`.
    pub key: String,
    /// What is wrong with it.
    pub source: LimitError,
}

/// What matters in a change, by metric, where it is not the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thresholds {
    regression: BTreeMap<Metric, MinimumEffect>,
    equivalence: BTreeMap<Metric, MinimumEffect>,
}

impl Thresholds {
    /// Reads what the plan of a run says.
    pub fn of_plan(plan: &ComparePlan) -> Result<Self, PlanThresholdError> {
        let mut thresholds = Self::default();
        let wrong = |table: &str, metric: &str, source| PlanThresholdError {
            key: format!("{table}.{metric}"),
            source,
        };
        for (metric, limit) in &plan.threshold {
            thresholds
                .add_threshold(metric, limit)
                .map_err(|source| wrong("threshold", metric, source))?;
        }
        for (metric, limit) in &plan.equivalence_margin {
            thresholds
                .add_equivalence_margin(metric, limit)
                .map_err(|source| wrong("equivalence_margin", metric, source))?;
        }
        Ok(thresholds)
    }

    /// Adds a change beyond which a metric has regressed or improved: `p99`, `5%`.
    pub fn add_threshold(&mut self, metric: &str, limit: &str) -> Result<(), LimitError> {
        self.regression
            .insert(parse_metric(metric)?, size(metric, limit)?);
        Ok(())
    }

    /// Adds a change within which a metric is equivalent.
    pub fn add_equivalence_margin(&mut self, metric: &str, limit: &str) -> Result<(), LimitError> {
        self.equivalence
            .insert(parse_metric(metric)?, size(metric, limit)?);
        Ok(())
    }

    /// The metrics that have a threshold, which a gate looks at beside the primary ones.
    pub(super) fn metrics(&self) -> impl Iterator<Item = ChangeMetric> {
        let metrics: Vec<ChangeMetric> = self
            .regression
            .keys()
            .filter_map(super::analysis::metric_of)
            .collect();
        metrics.into_iter()
    }

    /// These over others.
    pub(super) fn over(mut self, others: Self) -> Self {
        for (metric, effect) in others.regression {
            self.regression.entry(metric).or_insert(effect);
        }
        for (metric, effect) in others.equivalence {
            self.equivalence.entry(metric).or_insert(effect);
        }
        self
    }

    /// The margins of the statistics. A threshold is the equivalence margin too, unless there is one of its own.
    pub(super) fn margins(
        &self,
        default: impl Fn(&Metric) -> MinimumEffect,
    ) -> BTreeMap<Metric, ChangeMargin> {
        let metrics = self.regression.keys().chain(self.equivalence.keys());
        metrics
            .map(|metric| {
                let threshold = self
                    .regression
                    .get(metric)
                    .copied()
                    .unwrap_or_else(|| default(metric));
                let equivalence = self.equivalence.get(metric).copied().unwrap_or(threshold);
                let margin = ChangeMargin {
                    threshold,
                    equivalence,
                };
                (metric.clone(), margin)
            })
            .collect()
    }
}

/// A limit on the size of a change, which is not negative.
fn size(metric: &str, limit: &str) -> Result<MinimumEffect, LimitError> {
    let (relative, absolute) = match parse_limit(metric, limit)? {
        GateLimit::Relative(relative) => (relative, Amount(0.0)),
        GateLimit::Absolute(amount) => (Relative(0.0), amount),
    };
    if relative.get() < 0.0 || absolute.get() < 0.0 || relative.get() + absolute.get() == 0.0 {
        return Err(LimitError::NotPositive {
            metric: metric.to_owned(),
            limit: limit.to_owned(),
        });
    }
    Ok(MinimumEffect { relative, absolute })
}
