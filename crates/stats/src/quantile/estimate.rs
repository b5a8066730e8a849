//! The quantile of one histogram with everything that is known about its quality.

use serde::Serialize;

use super::{BucketEdges, Location, locate, mono};
use crate::histogram::{NativeHistogram, Schema};
use crate::units::{Amount, Quantile, Round};

/// Fewer observations than this beyond a quantile, and it is not reported.
pub const MINIMUM_TAIL: f64 = 5.0;

/// Fewer observations than this beyond a quantile, and it is marked.
pub const LOW_COUNT_TAIL: f64 = 20.0;

/// A bucket with more than this share near a quantile limits what interpolation can say.
const DOMINANT_BUCKET: f64 = 0.5;

/// Why a number cannot be given.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum NotEstimable {
    /// Nothing was observed.
    Empty,
    /// Too few observations lie beyond the quantile.
    TailTooSmall {
        /// Observations beyond the quantile.
        tail: f64,
        /// Observations that would be needed in all.
        needed: f64,
    },
    /// The value lies in the zero bucket, where ratios mean nothing.
    ZeroBucket {
        /// Upper bound of the zero bucket.
        upper: Amount,
    },
    /// The value lies beyond the greatest finite number.
    Overflow,
    /// NaN or infinity was observed, so there is no mean.
    SumNotFinite,
    /// The value is zero or negative and has no logarithm.
    NotPositive,
    /// The slot carries no such value.
    NotMeasured,
    /// No valid measurement of the baseline.
    NoBaseline,
    /// No round holds a valid measurement of both the phase and the baseline.
    NoCompleteRound,
    /// One of the measurements that would enter is not estimable.
    Slot {
        /// The round of that measurement.
        round: Round,
        /// Whether it is of the baseline.
        baseline: bool,
        /// What is wrong with it.
        cause: Box<NotEstimable>,
    },
}

impl std::fmt::Display for NotEstimable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => formatter.write_str("no observation"),
            Self::TailTooSmall { tail, needed } => {
                write!(
                    formatter,
                    "{tail:.1} observations beyond the quantile; needs {needed:.0} observations or more"
                )
            }
            Self::ZeroBucket { .. } => formatter.write_str("in the zero bucket"),
            Self::Overflow => formatter.write_str("above the greatest finite number"),
            Self::SumNotFinite => formatter.write_str("NaN or infinity was observed"),
            Self::NotPositive => formatter.write_str("not above zero"),
            Self::NotMeasured => formatter.write_str("not measured"),
            Self::NoBaseline => formatter.write_str("no valid measurement of the baseline"),
            Self::NoCompleteRound => {
                formatter.write_str("no round with both the phase and the baseline")
            }
            Self::Slot {
                round,
                baseline,
                cause,
            } => {
                let what = if *baseline { "baseline" } else { "phase" };
                write!(formatter, "{what} in round {}: {cause}", round.0)
            }
        }
    }
}

/// A reservation about a quantile that is still reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantileWarning {
    /// Fewer than 20 observations lie beyond it.
    LowCount,
    /// One bucket near it holds more than half of all observations.
    BucketLimited,
}

/// A quantile of one histogram.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuantileEstimate {
    /// Exponential interpolation as in Prometheus 3.
    pub value: Amount,
    /// Monotone-cubic interpolation.
    pub monotone_cubic: Amount,
    /// The bounds between which the sample quantile certainly lies.
    pub bounds: BucketEdges,
    /// Observations beyond the quantile.
    pub tail: f64,
    /// Observations in all.
    pub count: u64,
    /// Reservations.
    pub warnings: Vec<QuantileWarning>,
}

/// Returns a quantile of a histogram.
pub fn quantile(
    histogram: &NativeHistogram,
    q: Quantile,
) -> Result<QuantileEstimate, NotEstimable> {
    let zero = Some((None, histogram.zero_count())).filter(|&(_, count)| count > 0);
    let columns: Vec<(Option<i32>, u64)> = zero
        .into_iter()
        .chain(
            histogram
                .buckets()
                .iter()
                .map(|&(index, count)| (Some(index), count)),
        )
        .collect();
    let cumulative: Vec<u64> = columns
        .iter()
        .scan(0_u64, |sum, &(_, count)| {
            *sum += count;
            Some(*sum)
        })
        .collect();
    let indices: Vec<Option<i32>> = columns.into_iter().map(|(index, _)| index).collect();
    let schema = histogram.schema().unwrap_or(Schema::K6);
    let reading = read(&cumulative, &indices, schema, histogram.zero_threshold(), q)?;
    Ok(reading.into_estimate(cumulative.last().copied().unwrap_or_default()))
}

/// A quantile with its place in the buckets, for further computing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) location: Location,
    pub(crate) value: f64,
    pub(crate) monotone_cubic: f64,
    pub(crate) bounds: BucketEdges,
    pub(crate) tail: f64,
    pub(crate) bucket_limited: bool,
}

impl Reading {
    fn into_estimate(self, count: u64) -> QuantileEstimate {
        let low_count = is_below(self.tail, LOW_COUNT_TAIL).then_some(QuantileWarning::LowCount);
        let limited = self
            .bucket_limited
            .then_some(QuantileWarning::BucketLimited);
        QuantileEstimate {
            value: Amount(self.value),
            monotone_cubic: Amount(self.monotone_cubic),
            bounds: self.bounds,
            tail: self.tail,
            count,
            warnings: low_count.into_iter().chain(limited).collect(),
        }
    }
}

/// Returns the observations beyond a quantile: above it from the median up, below it otherwise.
pub fn tail_count(count: u64, q: Quantile) -> f64 {
    count as f64
        * if q.get() >= 0.5 {
            1.0 - q.get()
        } else {
            q.get()
        }
}

/// Compares a tail with a limit; `n (1 - q)` may miss a whole number by a rounding error, which is no reason to refuse.
pub(crate) fn is_below(tail: f64, limit: f64) -> bool {
    tail < limit * (1.0 - 1e-9)
}

/// Reads a quantile off cumulative counts; `indices` names the bucket of each position, `None` for the zero bucket.
pub(crate) fn read(
    cumulative: &[u64],
    indices: &[Option<i32>],
    schema: Schema,
    zero_threshold: f64,
    q: Quantile,
) -> Result<Reading, NotEstimable> {
    let location = locate(cumulative, q.get()).ok_or(NotEstimable::Empty)?;
    let total = cumulative.last().copied().unwrap_or_default();
    let tail = tail_count(total, q);
    if is_below(tail, MINIMUM_TAIL) {
        let needed = (MINIMUM_TAIL / (tail / total as f64) * (1.0 - 1e-9)).ceil();
        return Err(NotEstimable::TailTooSmall { tail, needed });
    }
    let Some(index) = indices.get(location.position).copied().flatten() else {
        return Err(NotEstimable::ZeroBucket {
            upper: Amount(zero_threshold),
        });
    };
    if index >= schema.overflow_index() {
        return Err(NotEstimable::Overflow);
    }
    let bounds = BucketEdges {
        lower: Amount(schema.lower_bound(index)),
        upper: Amount(schema.upper_bound(index)),
    };
    let [before, count, after] = neighbourhood(cumulative, indices, location.position, index);
    let place = mono::place(before, count, after, location.fraction);
    Ok(Reading {
        location,
        value: bounds.interpolate(location.fraction),
        monotone_cubic: bounds.interpolate(place),
        bounds,
        tail,
        bucket_limited: before.max(count).max(after) > DOMINANT_BUCKET * total as f64,
    })
}

/// Returns the counts of a bucket and its direct neighbours; the zero bucket is nobody's neighbour.
fn neighbourhood(
    cumulative: &[u64],
    indices: &[Option<i32>],
    position: usize,
    index: i32,
) -> [f64; 3] {
    let count_at = |position: usize| {
        let below = if position == 0 {
            0
        } else {
            cumulative[position - 1]
        };
        (cumulative[position] - below) as f64
    };
    let neighbour = |position: Option<usize>, wanted: i32| {
        position
            .filter(|&position| indices.get(position) == Some(&Some(wanted)))
            .map_or(0.0, count_at)
    };
    [
        neighbour(position.checked_sub(1), index - 1),
        count_at(position),
        neighbour(position.checked_add(1), index + 1),
    ]
}
