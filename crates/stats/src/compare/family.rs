//! Verdicts on changes, with the number of changes that are looked at together counted.
//!
//! Each of three claims (beyond the margin, a direction, within the margin) is adjusted after Holm (1979) over its family, so that a family in
//! which nothing changed makes a false claim of a kind in 5 % of comparisons at most.

use serde::Serialize;

use super::{ChangeKernel, ChangePrecision, ChangeVerdict, OverheadChange};
use crate::distribution::t_upper_tail;
use crate::experiment::{Metric, Statistic};
use crate::multiplicity::holm;
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
            t_upper_tail(
                (excess - kernel.resolution_error) / precision.standard_error,
                precision.degrees_of_freedom,
            )
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

/// Fills in the verdicts of all changes.
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
            change.verdict = together.verdict(change.kernel.delta);
            change.verdict_alone = alone.verdict(change.kernel.delta);
        }
    }
}
