//! Run-level precision: the paired t over rounds, and the hybrid t for two to four of them.
//!
//! `docs/statistics.md`, "R >= 2 - hybrid t (R 2-4) and paired t (R >= 5)". With `R` complete rounds, `P` phases and the
//! differences `D_r` of a phase: paired `SE = sd(D)/sqrt(R)`; two-way `SE = σ sqrt(c/R)` with `σ^2` of
//! [`fit_two_way`](super::fit_two_way) and `c` the variance of one difference in units of `σ^2` (2, or 1.5 with two
//! baselines); within `SE = sqrt(Σ_r variance of D_r from its cells)/R`.

use serde::Serialize;

use super::{Precision, TwoWayFit};

/// From this many rounds the paired t is used alone.
pub(crate) const PAIRED_FROM: usize = 5;

/// Differences that agree to this relative precision are the same number.
const IDENTICAL: f64 = 1e-12;

/// The rule behind a run-level interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunMethod {
    /// The largest of three standard errors, with pooled degrees of freedom.
    HybridT,
    /// Student's t over the rounds' differences.
    PairedT,
}

/// The standard errors that compete in the hybrid rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StandardErrorParts {
    /// From the spread of the rounds' differences.
    pub paired: f64,
    /// From the pooled noise of all phases; absent without degrees of freedom.
    pub two_way: Option<f64>,
    /// From the cells within slots; absent for metrics without cells.
    pub within: Option<f64>,
}

/// What is known of one phase's differences over rounds.
#[derive(Clone, Debug)]
pub(crate) struct RoundSummary<'a> {
    /// One difference per complete round.
    pub(crate) differences: &'a [f64],
    /// Phases in the two-way fit, the baseline counted once.
    pub(crate) phases: usize,
    /// The two-way fit of the metric.
    pub(crate) fit: &'a TwoWayFit,
    /// The mean over rounds of `1/(baseline slots) + 1/(phase slots)`.
    pub(crate) contrast: f64,
    /// The sum over rounds of the variance of the difference from its cells.
    pub(crate) within_variance: Option<f64>,
}

impl RoundSummary<'_> {
    /// Returns the competing standard errors.
    pub(crate) fn parts(&self) -> StandardErrorParts {
        let rounds = self.differences.len() as f64;
        let sd = sample_sd(self.differences);
        StandardErrorParts {
            paired: if self.is_constant(sd) {
                0.0
            } else {
                sd / rounds.sqrt()
            },
            two_way: self
                .fit
                .residual_variance()
                .map(|variance| (variance * self.contrast / rounds).sqrt()),
            within: self
                .within_variance
                .map(|variance| variance.sqrt() / rounds),
        }
    }

    fn is_constant(&self, sd: f64) -> bool {
        let scale = self
            .differences
            .iter()
            .fold(0.0_f64, |scale, difference| scale.max(difference.abs()));
        sd <= IDENTICAL * scale.max(IDENTICAL)
    }
}

/// Returns the precision by the rule that the number of rounds calls for; `None` when nothing varies.
pub(crate) fn run_precision(summary: &RoundSummary) -> (RunMethod, Option<Precision>) {
    if summary.differences.len() < PAIRED_FROM {
        (RunMethod::HybridT, hybrid_t(summary))
    } else {
        (RunMethod::PairedT, paired_t(summary))
    }
}

/// `SE = max(paired, two-way, within)`, `df = min(R + 2, (R - 1)(P - 1), residual df)`.
pub(crate) fn hybrid_t(summary: &RoundSummary) -> Option<Precision> {
    let parts = summary.parts();
    let rounds = summary.differences.len();
    let standard_error = parts
        .paired
        .max(parts.two_way.unwrap_or(0.0))
        .max(parts.within.unwrap_or(0.0));
    let mut degrees = hybrid_degrees(rounds, summary.phases);
    // With missing slots the pooled noise has fewer degrees of freedom than the balanced formula says.
    if summary.fit.degrees_of_freedom > 0 {
        degrees = degrees.min(summary.fit.degrees_of_freedom);
    }
    checked(standard_error, degrees)
}

/// `SE = sd/sqrt(R)`, or the within-slot error when all rounds agree exactly; `df = R - 1`.
pub(crate) fn paired_t(summary: &RoundSummary) -> Option<Precision> {
    let parts = summary.parts();
    let standard_error = if parts.paired > 0.0 {
        parts.paired
    } else {
        parts.within.unwrap_or(0.0)
    };
    checked(standard_error, summary.differences.len().saturating_sub(1))
}

/// Degrees of freedom of the hybrid rule in a complete design.
pub(crate) fn hybrid_degrees(rounds: usize, phases: usize) -> usize {
    (rounds + 2).min(rounds.saturating_sub(1) * phases.saturating_sub(1))
}

fn checked(standard_error: f64, degrees: usize) -> Option<Precision> {
    (standard_error > 0.0 && standard_error.is_finite() && degrees > 0).then_some(Precision {
        standard_error,
        degrees_of_freedom: degrees as f64,
    })
}

/// Returns the arithmetic mean, 0 of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / values.len() as f64
    }
}

/// Returns the sample standard deviation, 0 of fewer than two values.
pub(crate) fn sample_sd(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let center = mean(values);
    (values
        .iter()
        .map(|value| (value - center).powi(2))
        .sum::<f64>()
        / (values.len() as f64 - 1.0))
        .sqrt()
}

/// Returns the moment coefficient of skewness `m3 / m2^1.5`, 0 when nothing varies.
pub(crate) fn skewness(values: &[f64]) -> f64 {
    let center = mean(values);
    let moment = |power: i32| {
        mean(
            &values
                .iter()
                .map(|value| (value - center).powi(power))
                .collect::<Vec<_>>(),
        )
    };
    let variance = moment(2);
    if variance > 0.0 {
        moment(3) / variance.powf(1.5)
    } else {
        0.0
    }
}

#[cfg(test)]
#[path = "rounds_tests.rs"]
mod tests;
