//! Error rates of phases and their difference from the baseline.

use serde::Serialize;

use super::Prepared;
use crate::interval::{ErrorCell, ErrorRate, ErrorRateDifference, RateInterval, Span};
use crate::units::PhaseName;
use crate::verdict::{MinimumEffect, Verdict};

/// The error rate of one phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorEstimate {
    /// The phase.
    pub phase: PhaseName,
    /// Its rate over all valid slots.
    pub rate: ErrorRate,
    /// How it differs from the baseline; absent for the baseline itself.
    pub comparison: Option<ErrorComparison>,
}

/// An error rate against that of the baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorComparison {
    /// The difference.
    pub difference: ErrorRateDifference,
    /// The verdict at a margin of 0.1 percentage points.
    pub verdict: Verdict,
}

/// Returns the error rate of every phase that has one.
pub(crate) fn error_rates(prepared: &Prepared) -> Vec<ErrorEstimate> {
    let baseline = rate(prepared, 0);
    let estimate = |(phase, name): (usize, &PhaseName)| {
        let (own, rounds) = rate(prepared, phase)?;
        let reference = baseline.as_ref().filter(|_| phase > 0);
        let comparison = reference.map(|(baseline, baseline_rounds)| {
            compare(&own, baseline, rounds.min(*baseline_rounds))
        });
        Some(ErrorEstimate {
            phase: name.clone(),
            rate: own,
            comparison,
        })
    };
    prepared
        .phases
        .iter()
        .enumerate()
        .filter_map(estimate)
        .collect()
}

/// Returns the rate of a phase and the number of its rounds.
fn rate(prepared: &Prepared, phase: usize) -> Option<(ErrorRate, usize)> {
    let slots: Vec<_> = prepared
        .slots
        .iter()
        .filter(|slot| slot.phase == phase)
        .collect();
    let rounds: Vec<Vec<ErrorCell>> = slots
        .chunk_by(|left, right| left.measurement.round == right.measurement.round)
        .map(|slots| {
            slots
                .iter()
                .flat_map(|slot| slot.measurement.error_cells.iter().copied())
                .collect()
        })
        .collect();
    Some((ErrorRate::from_rounds(&rounds)?, rounds.len()))
}

fn compare(own: &ErrorRate, baseline: &ErrorRate, rounds: usize) -> ErrorComparison {
    let difference = own.difference_from(baseline);
    let span = |interval: RateInterval| Span {
        lower: interval.lower.get(),
        upper: interval.upper.get(),
    };
    let margin = MinimumEffect::error_rate().absolute.get();
    let verdict = Verdict::of_interval(
        span(difference.interval),
        span(difference.interval90),
        margin,
    );
    ErrorComparison {
        difference,
        verdict: if rounds < 2 {
            verdict.of_one_round()
        } else {
            verdict
        },
    }
}
