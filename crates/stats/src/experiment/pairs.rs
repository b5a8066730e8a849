//! The differences of one phase from the baseline, round by round.

use std::collections::BTreeSet;

use super::effect::finite_exp;
use super::{Entry, Table};
use crate::interval::mean;
use crate::quantile::{BucketEdges, NotEstimable};
use crate::units::{Amount, Round};

/// One complete round of one phase: `D = ln θ_phase - ln θ_baseline`, several slots of one kind averaged.
#[derive(Clone, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) round: Round,
    pub(crate) phase: Vec<&'a Entry>,
    pub(crate) baseline: Vec<&'a Entry>,
}

impl Pair<'_> {
    /// Returns the difference of the point estimates.
    pub(crate) fn difference(&self) -> f64 {
        average(&self.phase, |entry| entry.value) - self.baseline_value()
    }

    /// Returns the difference of the monotone-cubic estimates.
    pub(crate) fn cubic_difference(&self) -> f64 {
        let value = |entry: &Entry| entry.monotone_cubic;
        average(&self.phase, value) - average(&self.baseline, value)
    }

    /// Returns the baseline of the round.
    pub(crate) fn baseline_value(&self) -> f64 {
        average(&self.baseline, |entry| entry.value)
    }

    /// Returns the variance of the difference in units of the variance of one slot.
    pub(crate) fn contrast(&self) -> f64 {
        (self.phase.len() as f64).recip() + (self.baseline.len() as f64).recip()
    }

    /// Returns all slots of the pair.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.phase.iter().chain(&self.baseline).copied()
    }

    /// Returns (weight of its variance in the difference, slot) for every slot.
    pub(crate) fn weighted(&self) -> impl Iterator<Item = (f64, &Entry)> {
        let side = |entries: &[&Entry]| (entries.len() as f64).powi(2).recip();
        let (phase, baseline) = (side(&self.phase), side(&self.baseline));
        let phase = self.phase.iter().map(move |entry| (phase, *entry));
        phase.chain(self.baseline.iter().map(move |entry| (baseline, *entry)))
    }

    /// Returns the variance of the difference from the cells of its slots; `None` if any of them has none.
    pub(crate) fn within_variance(&self) -> Option<f64> {
        self.weighted()
            .map(|(weight, entry)| {
                entry
                    .reading
                    .within
                    .map(|within| weight * within.standard_error.powi(2))
            })
            .sum()
    }
}

fn average(entries: &[&Entry], value: impl Fn(&Entry) -> f64) -> f64 {
    mean(&entries.iter().map(|entry| value(entry)).collect::<Vec<_>>())
}

/// Returns the complete rounds of a phase, in order.
fn pairs(table: &Table, phase: usize) -> Vec<Pair<'_>> {
    let rounds: BTreeSet<Round> = table.of_phase(phase).map(|entry| entry.round).collect();
    let in_round = |phase: usize, round: Round| {
        table
            .of_phase(phase)
            .filter(|entry| entry.round == round)
            .collect()
    };
    rounds
        .into_iter()
        .map(|round| Pair {
            round,
            phase: in_round(phase, round),
            baseline: in_round(0, round),
        })
        .filter(|pair| !pair.baseline.is_empty())
        .collect()
}

/// Returns the complete rounds of a phase, or why its overhead cannot be estimated.
pub(crate) fn complete_pairs(table: &Table, phase: usize) -> Result<Vec<Pair<'_>>, NotEstimable> {
    if let Some(cause) = table
        .failures
        .get(&phase)
        .or_else(|| table.failures.get(&0))
    {
        return Err(cause.clone());
    }
    if table.of_phase(0).next().is_none() {
        return Err(NotEstimable::NoBaseline);
    }
    let pairs = pairs(table, phase);
    if pairs.is_empty() {
        Err(NotEstimable::NoCompleteRound)
    } else {
        Ok(pairs)
    }
}

/// `|δ_mono - δ_prom|`, at least half a bucket where one bucket holds most observations.
pub(crate) fn resolution_error(pairs: &[Pair]) -> f64 {
    let gaps: Vec<f64> = pairs
        .iter()
        .map(|pair| pair.cubic_difference() - pair.difference())
        .collect();
    let limited = pairs
        .iter()
        .flat_map(Pair::entries)
        .filter(|entry| entry.reading.bucket_limited);
    let floor = limited
        .map(|entry| entry.reading.log_width / 2.0)
        .fold(0.0, f64::max);
    mean(&gaps).abs().max(floor)
}

/// Returns the bounds of the geometric mean over rounds of the sample quantiles, slots of one round averaged first.
pub(crate) fn mean_bounds<'a>(
    rounds: impl Iterator<Item = &'a [&'a Entry]>,
) -> Option<BucketEdges> {
    let of_round = |round: &[&Entry]| -> Option<(f64, f64)> {
        let bounds: Vec<BucketEdges> = round
            .iter()
            .map(|entry| entry.reading.bounds)
            .collect::<Option<_>>()?;
        let log_mean = |bound: fn(&BucketEdges) -> Amount| {
            mean(
                &bounds
                    .iter()
                    .map(|edges| bound(edges).get().ln())
                    .collect::<Vec<_>>(),
            )
        };
        Some((log_mean(|edges| edges.lower), log_mean(|edges| edges.upper)))
    };
    let (lower, upper): (Vec<f64>, Vec<f64>) = rounds
        .map(of_round)
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .unzip();
    Some(BucketEdges {
        lower: Amount(finite_exp(mean(&lower))),
        upper: Amount(finite_exp(mean(&upper))),
    })
}

/// Returns the fewest observations beyond the quantile in any slot.
pub(crate) fn smallest_tail(pairs: &[Pair]) -> Option<f64> {
    pairs
        .iter()
        .flat_map(Pair::entries)
        .filter_map(|entry| entry.reading.tail)
        .reduce(f64::min)
}
