//! The cells of one slot as a dense table of cumulative counts, so that a quantile costs a binary search.

use std::borrow::Cow;

use crate::histogram::{HistogramError, NativeHistogram, Schema};
use crate::interval::{SECTIONS, section_bounds};
use crate::quantile::Location;

/// All cells of one slot over the buckets that are populated in any of them.
#[derive(Clone, Debug)]
pub(crate) struct CellGrid {
    pub(crate) schema: Schema,
    pub(crate) zero_threshold: f64,
    /// The bucket of each column; `None` is the zero bucket.
    pub(crate) indices: Vec<Option<i32>>,
    /// Cumulative counts of the whole slot, one per column.
    pub(crate) total: Vec<u64>,
    /// Cumulative counts of each of the consecutive parts, one per column.
    pub(crate) sections: [Vec<u64>; SECTIONS],
    /// Cumulative counts of each cell, row after row.
    cumulative: Vec<u64>,
    /// Count and sum of each cell.
    pub(crate) cells: Vec<(u64, f64)>,
}

impl CellGrid {
    /// Builds the table in the schema and with the zero threshold of the whole experiment.
    pub(crate) fn new(
        cells: &[NativeHistogram],
        schema: Schema,
        zero_threshold: f64,
    ) -> Result<Self, HistogramError> {
        let aligned: Vec<Cow<NativeHistogram>> = cells
            .iter()
            .map(|cell| align(cell, schema, zero_threshold))
            .collect::<Result<_, _>>()?;
        let whole = NativeHistogram::merge_all(aligned.iter().map(AsRef::as_ref))?;
        let zero = (whole.zero_count() > 0).then_some(None);
        let indices: Vec<Option<i32>> = zero
            .into_iter()
            .chain(whole.buckets().iter().map(|&(index, _)| Some(index)))
            .collect();
        let width = indices.len();
        let mut grid = Self {
            schema,
            zero_threshold,
            total: vec![0; width],
            sections: std::array::from_fn(|_| vec![0; width]),
            cumulative: Vec::with_capacity(width * cells.len()),
            cells: aligned
                .iter()
                .map(|cell| (cell.count(), cell.sum()))
                .collect(),
            indices,
        };
        for cell in &aligned {
            grid.push_row(cell);
        }
        grid.add_up();
        Ok(grid)
    }

    fn push_row(&mut self, cell: &NativeHistogram) {
        let mut buckets = cell.buckets().iter().peekable();
        let mut reached = 0;
        for index in &self.indices {
            reached += match index {
                None => cell.zero_count(),
                Some(index) => buckets
                    .next_if(|bucket| bucket.0 == *index)
                    .map_or(0, |bucket| bucket.1),
            };
            self.cumulative.push(reached);
        }
    }

    fn add_up(&mut self) {
        let width = self.indices.len();
        for section in 0..SECTIONS {
            for cell in section_bounds(self.cells.len(), section) {
                let row = &self.cumulative[cell * width..(cell + 1) * width];
                for (sum, count) in self.sections[section].iter_mut().zip(row) {
                    *sum += count;
                }
            }
        }
        for section in &self.sections {
            for (sum, count) in self.total.iter_mut().zip(section) {
                *sum += count;
            }
        }
    }

    /// Returns the number of observations in the slot.
    pub(crate) fn count(&self) -> u64 {
        self.total.last().copied().unwrap_or(0)
    }

    /// Returns the sum of all observations.
    pub(crate) fn sum(&self) -> f64 {
        self.cells.iter().map(|&(_, sum)| sum).sum()
    }

    /// Returns a cell's observations, and how many of them lie below a place that was located in the whole slot.
    ///
    /// The place is that of an exponential interpolation, so within its bucket the count is linear in the logarithm.
    pub(crate) fn below(&self, cell: usize, place: Location) -> (f64, f64) {
        let row = &self.cumulative[cell * self.indices.len()..(cell + 1) * self.indices.len()];
        let reached = row[place.position];
        let before = if place.position == 0 {
            0
        } else {
            row[place.position - 1]
        };
        let count = row.last().copied().unwrap_or(0);
        (
            count as f64,
            before as f64 + (reached - before) as f64 * place.fraction,
        )
    }

    /// Returns the cumulative counts of one cell.
    pub(crate) fn row(&self, cell: usize) -> &[u64] {
        &self.cumulative[cell * self.indices.len()..(cell + 1) * self.indices.len()]
    }

    /// Returns the variance of the observations, each taken at the logarithmic middle of its bucket.
    pub(crate) fn variance(&self) -> f64 {
        let middle = |index: &Option<i32>| match index {
            None => 0.0,
            Some(index) => {
                let (lower, upper) = (
                    self.schema.lower_bound(*index),
                    self.schema.upper_bound(*index),
                );
                (lower.sqrt() * upper.min(f64::MAX).sqrt()).min(1e150)
            }
        };
        let counts = self.total.iter().scan(0, |before, &reached| {
            let count = reached - *before;
            *before = reached;
            Some(count as f64)
        });
        let points: Vec<(f64, f64)> = self.indices.iter().map(middle).zip(counts).collect();
        let total: f64 = points.iter().map(|&(_, count)| count).sum();
        let mean = points
            .iter()
            .map(|&(value, count)| value * count)
            .sum::<f64>()
            / total;
        points
            .iter()
            .map(|&(value, count)| (value - mean).powi(2) * count)
            .sum::<f64>()
            / total
    }
}

fn align(
    cell: &NativeHistogram,
    schema: Schema,
    zero_threshold: f64,
) -> Result<Cow<'_, NativeHistogram>, HistogramError> {
    let same_schema = cell.schema().is_none_or(|own| own == schema);
    if same_schema && cell.zero_threshold() >= zero_threshold {
        return Ok(Cow::Borrowed(cell));
    }
    Ok(Cow::Owned(
        cell.reduce_to(schema)?.widen_zero(zero_threshold),
    ))
}
