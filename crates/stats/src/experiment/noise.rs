//! The baseline against itself: what difference this run finds where there is none.

use serde::Serialize;

use super::effect::EffectScale;
use super::{Effect, EffectInterval, Table};
use crate::distribution::t_critical;
use crate::interval::{Span, mean, sample_sd};
use crate::units::Round;

/// The difference between the last and the first baseline of a round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NoiseRound {
    /// The round.
    pub round: Round,
    /// Last baseline against first.
    pub effect: Effect,
}

/// The observed noise floor of one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoiseFloor {
    /// Round by round.
    pub rounds: Vec<NoiseRound>,
    /// The mean over rounds.
    pub mean: Effect,
    /// The size of the mean: an effect below it is not claimed.
    pub floor: Effect,
    /// The largest difference of any round, in size.
    pub largest: Effect,
    /// The 95 % paired t interval of the mean; absent for one round.
    pub interval: Option<EffectInterval>,
    /// Whether that interval excludes zero: the baseline drifts within rounds.
    pub drift_found: bool,
    /// The size of the mean on the scale of the analysis.
    #[serde(skip)]
    pub(crate) size: f64,
}

/// Returns the noise floor, or `None` when no round has two baselines.
pub(crate) fn noise_floor(table: &Table) -> Option<NoiseFloor> {
    let differences = baseline_repeats(table);
    if differences.is_empty() {
        return None;
    }
    let baseline: Vec<f64> = table.of_phase(0).map(|entry| entry.value).collect();
    let scale = EffectScale::new(table.scale, mean(&baseline));
    let values: Vec<f64> = differences
        .iter()
        .map(|&(_, difference)| difference)
        .collect();
    let center = mean(&values);
    let span = paired_span(&values, center);
    let largest = values
        .iter()
        .fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let round = |&(round, difference): &(Round, f64)| NoiseRound {
        round,
        effect: scale.effect(difference),
    };
    Some(NoiseFloor {
        rounds: differences.iter().map(round).collect(),
        mean: scale.effect(center),
        floor: scale.effect(center.abs()),
        largest: scale.effect(largest),
        interval: span.map(|span| scale.interval(0.95, span)),
        drift_found: span.is_some_and(Span::excludes_zero),
        size: center.abs(),
    })
}

fn paired_span(values: &[f64], center: f64) -> Option<Span> {
    let standard_error = sample_sd(values) / (values.len() as f64).sqrt();
    (standard_error > 0.0 && standard_error.is_finite()).then(|| {
        Span::around(
            center,
            t_critical(0.95, values.len() as f64 - 1.0) * standard_error,
        )
    })
}

/// Returns last baseline less first, for every round with at least two.
fn baseline_repeats(table: &Table) -> Vec<(Round, f64)> {
    let entries: Vec<_> = table.of_phase(0).collect();
    let rounds = entries.chunk_by(|left, right| left.round == right.round);
    rounds
        .filter_map(|round| match round {
            [first, .., last] => Some((first.round, last.value - first.value)),
            _ => None,
        })
        .collect()
}
