//! Verdicts on changes, with the number of changes that are looked at together counted.
//!
//! Each of three claims (beyond the margin, a direction, within the margin) is adjusted after Holm (1979) over its family, so that a family in
//! which nothing changed makes a false claim of a kind in 5 % of comparisons at most.

use serde::Serialize;

use super::{ChangeKernel, ChangePrecision, ChangeVerdict, OverheadChange};
use crate::experiment::{Metric, Statistic};
use crate::multiplicity::{bonferroni_level, holm};
use crate::units::Quantile;

/// The family-wise level of false claims.
const FAMILY_LEVEL: f64 = 0.05;

/// Changes that are judged together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeFamily {
    /// The median and p99 of all phases: what headlines are about.
    Primary,
    /// CPU, memory and other scalars of all phases.
    Resources,
    /// All other statistics of the latency.
    Exploratory,
}

impl ChangeFamily {
    pub(super) fn of(metric: &Metric) -> Self {
        match metric {
            Metric::Latency(Statistic::Quantile(q))
                if [Quantile::P50, Quantile::P99].contains(q) =>
            {
                Self::Primary
            }
            Metric::Latency(_) => Self::Exploratory,
            Metric::Scalar(_) => Self::Resources,
        }
    }
}

/// The p-values of the three claims about a change.
#[derive(Clone, Copy)]
struct Claims {
    beyond: f64,
    direction: f64,
    within: f64,
}

impl Claims {
    /// By the t distribution, the width of buckets to the disadvantage of the claim.
    fn new(kernel: ChangeKernel, precision: &ChangePrecision) -> Self {
        let size = kernel.delta.abs();
        let tail = |excess: f64| {
            precision
                .widest
                .upper_tail(excess - kernel.resolution_error)
        };
        Self {
            beyond: (2.0 * tail(size - kernel.margin)).min(1.0),
            direction: (2.0 * tail(size)).min(1.0),
            within: tail(kernel.equivalence_margin - size),
        }
    }

    /// First match wins, as for overheads.
    fn verdict(self, delta: f64) -> ChangeVerdict {
        let holds = |p_value: f64| p_value <= FAMILY_LEVEL;
        match (
            holds(self.beyond),
            holds(self.within),
            holds(self.direction),
        ) {
            (true, _, _) if delta > 0.0 => ChangeVerdict::Regressed,
            (true, _, _) => ChangeVerdict::Improved,
            (_, true, _) => ChangeVerdict::Equivalent,
            (_, _, true) if delta > 0.0 => ChangeVerdict::WorseSizeUnclear,
            (_, _, true) => ChangeVerdict::BetterSizeUnclear,
            _ => ChangeVerdict::Inconclusive,
        }
    }
}

/// Returns the change of which a direction would be claimed with a probability of 80 % by the first, strictest step of Holm's adjustment:
/// `t_{1 - 0.025/k} SE + t_{0.8} SE + e_res` for `k` changes of a family.
fn detectable(precision: &ChangePrecision, kernel: ChangeKernel, changes: usize) -> f64 {
    let half_width = |level: f64| precision.widest.half_width(level);
    half_width(bonferroni_level(0.95, changes)) + half_width(0.60) + kernel.resolution_error
}

/// Fills in the verdicts of all changes, and what could have been seen.
pub(super) fn judge(changes: &mut [OverheadChange]) {
    for family in [
        ChangeFamily::Primary,
        ChangeFamily::Resources,
        ChangeFamily::Exploratory,
    ] {
        let members: Vec<(usize, Claims)> = changes
            .iter()
            .enumerate()
            .filter(|(_, change)| change.family == family)
            .filter_map(|(place, change)| {
                let precision = change.precision.as_ref().ok()?;
                Some((place, Claims::new(change.kernel, precision)))
            })
            .collect();
        let adjusted = |claim: fn(&Claims) -> f64| {
            holm(
                &members
                    .iter()
                    .map(|(_, claims)| claim(claims))
                    .collect::<Vec<_>>(),
            )
        };
        let beyond = adjusted(|claims| claims.beyond);
        let direction = adjusted(|claims| claims.direction);
        let within = adjusted(|claims| claims.within);
        for (member, (place, alone)) in members.iter().enumerate() {
            let together = Claims {
                beyond: beyond[member],
                direction: direction[member],
                within: within[member],
            };
            let change = &mut changes[*place];
            let scale = change.effect_scale();
            if let Ok(precision) = &mut change.precision {
                let size = detectable(precision, change.kernel, members.len());
                precision.smallest_detectable = scale.effect(size);
            }
            change.verdict = together.verdict(change.kernel.delta);
            change.verdict_alone = alone.verdict(change.kernel.delta);
        }
    }
}
