//! What one slot says about one statistic.

use super::{CellGrid, Statistic};
use crate::interval::{CellValue, SECTIONS, WithinError, section_variance, within_error};
use crate::quantile::{BucketEdges, Location, NotEstimable, locate, read};
use crate::units::{Amount, Quantile};

/// Half the span of quantiles over which the slope of the quantile function is taken, relative to the nearer end.
const SLOPE_SPAN: f64 = 0.35;

/// One slot's value, with everything that depends on this slot alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// The value in the unit of the metric.
    pub(crate) value: f64,
    /// The monotone-cubic estimate; equal to `value` for anything but a quantile.
    pub(crate) monotone_cubic: f64,
    /// The standard error of the logarithm, from the cells.
    pub(crate) within: Option<WithinError>,
    /// The variance of the logarithm, by sectioning.
    pub(crate) section_variance: Option<f64>,
    /// The number of cells; 0 for scalars.
    pub(crate) cells: usize,
    pub(crate) bounds: Option<BucketEdges>,
    pub(crate) tail: Option<f64>,
    pub(crate) count: Option<u64>,
    pub(crate) bucket_limited: bool,
    /// Width of a bucket on the logarithmic axis; 0 for anything but a quantile.
    pub(crate) log_width: f64,
}

impl Reading {
    /// Wraps a scalar, of which nothing but the value is known.
    pub(crate) fn scalar(value: f64) -> Self {
        Self {
            value,
            monotone_cubic: value,
            within: None,
            section_variance: None,
            cells: 0,
            bounds: None,
            tail: None,
            count: None,
            bucket_limited: false,
            log_width: 0.0,
        }
    }

    /// Reads a statistic off the cells of a slot.
    pub(crate) fn latency(grid: &CellGrid, statistic: Statistic) -> Result<Self, NotEstimable> {
        if grid.count() == 0 {
            return Err(NotEstimable::Empty);
        }
        match statistic {
            Statistic::Quantile(q) => quantile_reading(grid, q),
            Statistic::Mean => mean_reading(grid),
        }
    }
}

fn quantile_reading(grid: &CellGrid, q: Quantile) -> Result<Reading, NotEstimable> {
    let found = read(
        &grid.total,
        &grid.indices,
        grid.schema,
        grid.zero_threshold,
        q,
    )?;
    let count = grid.count();
    let within = slope(grid, q.get()).and_then(|slope| {
        let above = |cell| {
            let (count, below) = grid.below(cell, found.location);
            CellValue {
                count,
                value: if count > 0.0 {
                    1.0 - below / count
                } else {
                    0.0
                },
            }
        };
        let cells: Vec<CellValue> = (0..grid.cells.len()).map(above).collect();
        within_error(&cells, slope, q.get() * (1.0 - q.get()) / count as f64)
    });
    Ok(Reading {
        value: found.value,
        monotone_cubic: found.monotone_cubic,
        within,
        section_variance: sections(found.value.ln(), |section| {
            log_quantile(grid, &grid.sections[section], q.get())
        }),
        cells: grid.cells.len(),
        bounds: Some(found.bounds),
        tail: Some(found.tail),
        count: Some(count),
        bucket_limited: found.bucket_limited,
        log_width: grid.schema.log_width(),
    })
}

fn mean_reading(grid: &CellGrid) -> Result<Reading, NotEstimable> {
    let (sum, count) = (grid.sum(), grid.count() as f64);
    if !sum.is_finite() {
        return Err(NotEstimable::SumNotFinite);
    }
    let mean = sum / count;
    if mean <= 0.0 {
        return Err(NotEstimable::NotPositive);
    }
    let cell_mean = |&(count, sum): &(u64, f64)| CellValue {
        count: count as f64,
        value: if count > 0 { sum / count as f64 } else { 0.0 },
    };
    let cells: Vec<CellValue> = grid.cells.iter().map(cell_mean).collect();
    let log_section_mean = |section| {
        let part = &grid.cells[crate::interval::section_bounds(grid.cells.len(), section)];
        let (count, sum) = part.iter().fold((0.0, 0.0), |all, cell| {
            (all.0 + cell.0 as f64, all.1 + cell.1)
        });
        (count > 0.0 && sum > 0.0).then(|| (sum / count).ln())
    };
    Ok(Reading {
        within: within_error(&cells, mean.recip(), grid.variance() / count),
        section_variance: sections(mean.ln(), log_section_mean),
        cells: grid.cells.len(),
        count: Some(grid.count()),
        ..Reading::scalar(mean)
    })
}

/// Returns the variance by sectioning, or `None` when a part has no value.
fn sections(whole: f64, part: impl Fn(usize) -> Option<f64>) -> Option<f64> {
    let mut parts = [0.0; SECTIONS];
    for (section, value) in parts.iter_mut().enumerate() {
        *value = part(section)?;
    }
    Some(section_variance(parts, whole))
}

/// Returns `d ln Q / dq` at `q`, over a span that shrinks towards both ends.
fn slope(grid: &CellGrid, q: f64) -> Option<f64> {
    let half = SLOPE_SPAN * q.min(1.0 - q);
    let upper = log_quantile(grid, &grid.total, q + half)?;
    let lower = log_quantile(grid, &grid.total, q - half)?;
    Some((upper - lower) / (2.0 * half))
}

/// Returns the logarithm of a quantile, however thin its tail; `None` in the zero and the overflow bucket.
pub(crate) fn log_quantile(grid: &CellGrid, cumulative: &[u64], q: f64) -> Option<f64> {
    let Location { position, fraction } = locate(cumulative, q)?;
    let index = grid.indices.get(position).copied().flatten()?;
    if index >= grid.schema.overflow_index() {
        return None;
    }
    let lower = Amount(grid.schema.lower_bound(index));
    let edges = BucketEdges {
        lower,
        upper: Amount(grid.schema.upper_bound(index)),
    };
    Some(edges.interpolate(fraction).ln()).filter(|log| log.is_finite())
}
