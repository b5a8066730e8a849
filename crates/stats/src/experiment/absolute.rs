//! Values of each phase, in the unit of the metric.
//!
//! `docs/statistics.md`, "Absolute values per phase". These intervals include effects of the round that cancel in an
//! overhead, so an overhead must never be judged by whether they overlap.

use std::collections::BTreeSet;

use serde::Serialize;

use super::effect::finite_exp;
use super::pairs::mean_bounds;
use super::within_run::WithinRun;
use super::{Entry, Metric, NoInterval, Pooled, Prepared, Scale, Statistic, Table};
use crate::interval::{Precision, Span, mean, sample_sd};
use crate::quantile::{
    BucketEdges, NotEstimable, PessimisticQuantile, pessimistic_quantile, quantile,
};
use crate::units::{Amount, PhaseName, Round, SlotPosition};

/// The value of one metric in one phase, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AbsoluteEstimate {
    /// The phase.
    pub phase: PhaseName,
    /// The metric.
    pub metric: Metric,
    /// The result.
    pub result: AbsoluteResult,
}

/// A value or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AbsoluteResult {
    /// There is a value.
    Estimated(Box<Absolute>),
    /// There is none.
    NotEstimable {
        /// Why.
        cause: NotEstimable,
    },
}

/// An interval in the unit of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AmountInterval {
    /// Its level, such as 0.95.
    pub level: f64,
    /// Lower end.
    pub lower: Amount,
    /// Upper end.
    pub upper: Amount,
}

/// How precise a value is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AbsoluteInference {
    /// From two rounds: where the value of a rerun may lie.
    RunLevel {
        /// The 95 % interval.
        interval: AmountInterval,
        /// The standard error on the scale of the analysis.
        standard_error: f64,
        /// Degrees of freedom.
        degrees_of_freedom: f64,
    },
    /// From one round: precision within this run.
    WithinRun {
        /// The 95 % interval.
        interval: AmountInterval,
    },
    /// A value without an interval.
    ValueOnly {
        /// Why.
        cause: NoInterval,
    },
}

/// One slot's value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SlotValue {
    /// The round.
    pub round: Round,
    /// The place within the round.
    pub position: SlotPosition,
    /// The value; for quantiles that of Prometheus 3.
    pub value: Amount,
    /// The monotone-cubic value.
    pub monotone_cubic: Amount,
    /// The bounds of the bucket of a quantile.
    pub bounds: Option<BucketEdges>,
    /// Observations beyond a quantile.
    pub tail: Option<f64>,
    /// Observations in the slot.
    pub count: Option<u64>,
}

/// The value of one metric in one phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Absolute {
    /// The geometric mean over rounds (the arithmetic mean when a value is zero).
    pub value: Amount,
    /// How precise it is.
    pub inference: AbsoluteInference,
    /// The number of rounds.
    pub rounds: u32,
    /// Every slot.
    pub slots: Vec<SlotValue>,
    /// The bounds between which the geometric mean of the sample quantiles certainly lies.
    pub bounds: Option<BucketEdges>,
    /// What Prometheus 3 says about all rounds together; differs from `value`, which weights rounds alike.
    pub prometheus: Option<Amount>,
    /// The quantile if all failed and dropped requests were the slowest.
    pub pessimistic: Option<PessimisticQuantile>,
    /// Whether that is more than one bucket away from the plain pooled quantile and must be shown.
    pub show_pessimistic: bool,
    /// Observations in all rounds.
    pub count: Option<u64>,
    /// The fewest observations beyond the quantile in any slot.
    pub tail: Option<f64>,
    /// The round level, on the scale of the analysis, for further computing.
    #[serde(skip)]
    pub(crate) by_round: Vec<f64>,
    /// The scale of `by_round`.
    #[serde(skip)]
    pub(crate) scale: Option<Scale>,
}

/// Returns the value of a metric in one phase.
pub(crate) fn absolute(
    prepared: &Prepared,
    table: &Table,
    metric: &Metric,
    phase: usize,
    pooled: Option<&Pooled>,
) -> AbsoluteEstimate {
    let result = match table.failures.get(&phase) {
        Some(cause) => AbsoluteResult::NotEstimable {
            cause: cause.clone(),
        },
        None => match estimate(table, metric, phase, pooled) {
            Some(absolute) => AbsoluteResult::Estimated(Box::new(absolute)),
            None => AbsoluteResult::NotEstimable {
                cause: missing(metric),
            },
        },
    };
    AbsoluteEstimate {
        phase: prepared.phases[phase].clone(),
        metric: metric.clone(),
        result,
    }
}

fn missing(metric: &Metric) -> NotEstimable {
    match metric {
        Metric::Latency(_) => NotEstimable::Empty,
        Metric::Scalar(_) => NotEstimable::NotMeasured,
    }
}

fn estimate(
    table: &Table,
    metric: &Metric,
    phase: usize,
    pooled: Option<&Pooled>,
) -> Option<Absolute> {
    let entries: Vec<&Entry> = table.of_phase(phase).collect();
    let rounds: Vec<&[&Entry]> = entries
        .chunk_by(|left, right| left.round == right.round)
        .collect();
    if rounds.is_empty() {
        return None;
    }
    let by_round: Vec<f64> = rounds
        .iter()
        .map(|round| mean(&round.iter().map(|entry| entry.value).collect::<Vec<_>>()))
        .collect();
    let center = mean(&by_round);
    let in_unit = |value: f64| {
        Amount(if table.scale == Scale::Log {
            finite_exp(value)
        } else {
            value
        })
    };
    let interval = |span: Span| AmountInterval {
        level: 0.95,
        lower: in_unit(span.lower),
        upper: in_unit(span.upper),
    };
    let inference = match rounds.as_slice() {
        [only] => within_run(only, center).map(interval).map_or_else(
            |cause| AbsoluteInference::ValueOnly { cause },
            |interval| AbsoluteInference::WithinRun { interval },
        ),
        _ => match run_level(&by_round, &rounds) {
            None => AbsoluteInference::ValueOnly {
                cause: NoInterval::NoVariation,
            },
            Some(precision) => AbsoluteInference::RunLevel {
                interval: interval(Span::around(center, precision.half_width(0.95))),
                standard_error: precision.standard_error,
                degrees_of_freedom: precision.degrees_of_freedom,
            },
        },
    };
    let extras = Extras::new(metric, pooled);
    Some(Absolute {
        value: in_unit(center),
        inference,
        rounds: u32::try_from(rounds.len()).unwrap_or(u32::MAX),
        slots: entries.iter().map(|entry| slot_value(entry)).collect(),
        bounds: mean_bounds(rounds.iter().copied()),
        prometheus: extras.prometheus,
        pessimistic: extras.pessimistic,
        show_pessimistic: extras.show_pessimistic,
        count: entries.iter().map(|entry| entry.reading.count).sum(),
        tail: entries
            .iter()
            .filter_map(|entry| entry.reading.tail)
            .reduce(f64::min),
        by_round,
        scale: Some(table.scale),
    })
}

fn slot_value(entry: &Entry) -> SlotValue {
    SlotValue {
        round: entry.round,
        position: entry.position,
        value: Amount(entry.reading.value),
        monotone_cubic: Amount(entry.reading.monotone_cubic),
        bounds: entry.reading.bounds,
        tail: entry.reading.tail,
        count: entry.reading.count,
    }
}

fn within_run(round: &[&Entry], center: f64) -> Result<Span, NoInterval> {
    let weight = (round.len() as f64).powi(2).recip();
    let rules = WithinRun::new(round.iter().map(|entry| (weight, *entry)))?;
    Ok(Span::around(center, rules.half_width(0.95)))
}

/// `SE = max(sd/sqrt(R), within)`, `df = R - 1`.
fn run_level(by_round: &[f64], rounds: &[&[&Entry]]) -> Option<Precision> {
    let count = by_round.len() as f64;
    let variance = |round: &&[&Entry]| -> Option<f64> {
        let weight = (round.len() as f64).powi(2).recip();
        round
            .iter()
            .map(|entry| {
                entry
                    .reading
                    .within
                    .map(|within| weight * within.standard_error.powi(2))
            })
            .sum()
    };
    let within = rounds
        .iter()
        .map(variance)
        .sum::<Option<f64>>()
        .map_or(0.0, |sum| sum.sqrt() / count);
    let standard_error = (sample_sd(by_round) / count.sqrt()).max(within);
    (standard_error > 0.0 && standard_error.is_finite()).then_some(Precision {
        standard_error,
        degrees_of_freedom: count - 1.0,
    })
}

/// What only the pooled histogram tells.
#[derive(Default)]
struct Extras {
    prometheus: Option<Amount>,
    pessimistic: Option<PessimisticQuantile>,
    show_pessimistic: bool,
}

impl Extras {
    fn new(metric: &Metric, pooled: Option<&Pooled>) -> Self {
        match (metric, pooled) {
            (Metric::Latency(Statistic::Mean), Some(pooled)) => Self {
                prometheus: pooled.histogram.mean().map(Amount),
                ..Self::default()
            },
            (Metric::Latency(Statistic::Quantile(q)), Some(pooled)) => {
                let plain = quantile(&pooled.histogram, *q).ok();
                let pessimistic = pessimistic_quantile(&pooled.histogram, *q, pooled.omitted);
                let plain_bounds = plain.as_ref().map(|plain| plain.bounds);
                let show_pessimistic = differs(plain_bounds, pessimistic, pooled);
                Self {
                    prometheus: plain.map(|plain| plain.value),
                    pessimistic,
                    show_pessimistic,
                }
            }
            _ => Self::default(),
        }
    }
}

/// Returns whether the pessimistic quantile is more than one bucket above the plain one.
fn differs(
    plain: Option<BucketEdges>,
    pessimistic: Option<PessimisticQuantile>,
    pooled: &Pooled,
) -> bool {
    match (plain, pessimistic, pooled.histogram.schema()) {
        (_, Some(PessimisticQuantile::Beyond { .. }), _) => true,
        (Some(plain), Some(PessimisticQuantile::Within { bounds, .. }), Some(schema)) => {
            let indices: BTreeSet<i32> = [plain.upper, bounds.upper]
                .iter()
                .filter_map(|edge| schema.index_of(edge.get()))
                .collect();
            matches!((indices.first(), indices.last()), (Some(first), Some(last)) if last - first > 1)
        }
        _ => false,
    }
}
