//! All rounds of a phase in one histogram: for pictures and for comparison with Grafana, not for inference.

use serde::Serialize;

use super::{Experiment, ExperimentError};
use crate::histogram::NativeHistogram;
use crate::quantile::{BucketEdges, OmittedRequests};
use crate::units::{Amount, PhaseName};

/// The observations of all valid slots of a phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pooled {
    /// The phase.
    pub phase: PhaseName,
    /// Its histogram.
    pub histogram: NativeHistogram,
    /// Requests that are not in it.
    pub omitted: OmittedRequests,
}

/// What two exact distribution functions say at the edges of the buckets in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketDirection {
    /// The phase has no more observations below any of the edges: slower beyond interpolation.
    Slower,
    /// The phase has no fewer: faster beyond interpolation.
    Faster,
    /// The edges do not agree.
    Mixed,
}

impl Experiment {
    /// Returns the pooled observations of each phase, by name.
    pub fn pooled(&self) -> Result<Vec<Pooled>, ExperimentError> {
        let mut names: Vec<&PhaseName> = self.slots.iter().map(|slot| &slot.phase).collect();
        names.sort();
        names.dedup();
        names.into_iter().map(|phase| self.pool(phase)).collect()
    }

    fn pool(&self, phase: &PhaseName) -> Result<Pooled, ExperimentError> {
        let mut slots: Vec<_> = self
            .slots
            .iter()
            .filter(|slot| slot.phase == *phase && slot.exclusion.is_none())
            .collect();
        // Sums of floating-point numbers depend on their order, results must not.
        slots.sort_by_key(|slot| (slot.round, slot.position));
        let omitted = slots
            .iter()
            .fold(OmittedRequests::default(), |sum, slot| OmittedRequests {
                failed: sum.failed.saturating_add(slot.omitted.failed),
                dropped: sum.dropped.saturating_add(slot.omitted.dropped),
            });
        let histogram = NativeHistogram::merge_all(slots.iter().flat_map(|slot| &slot.cells))?;
        Ok(Pooled {
            phase: phase.clone(),
            histogram,
            omitted,
        })
    }
}

/// Compares two pooled histograms at the edges of both phases' quantile buckets; `None` without observations.
pub(crate) fn direction(
    phase: &Pooled,
    baseline: &Pooled,
    edges: &[BucketEdges],
) -> Option<BucketDirection> {
    let bounds = edges.iter().flat_map(|edges| [edges.lower, edges.upper]);
    let differences: Vec<f64> = bounds
        .map(|edge| {
            Some(share_below(&phase.histogram, edge)? - share_below(&baseline.histogram, edge)?)
        })
        .collect::<Option<_>>()?;
    let all = |sign: f64| {
        differences
            .iter()
            .all(|difference| sign * difference >= 0.0)
    };
    Some(match (all(-1.0), all(1.0)) {
        (true, false) => BucketDirection::Slower,
        (false, true) => BucketDirection::Faster,
        _ => BucketDirection::Mixed,
    })
}

/// Returns the exact share of observations in buckets that end at or below an edge.
fn share_below(histogram: &NativeHistogram, edge: Amount) -> Option<f64> {
    let schema = histogram.schema()?;
    let total = histogram.classified_count();
    let inside = histogram
        .buckets()
        .iter()
        .filter(|&&(index, _)| schema.upper_bound(index) <= edge.get());
    let below = histogram.zero_count() + inside.map(|&(_, count)| count).sum::<u64>();
    (total > 0).then(|| below as f64 / total as f64)
}
