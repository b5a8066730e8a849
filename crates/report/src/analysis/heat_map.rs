//! Latency over time: every slot with its warm-up, on common buckets.

use meshdelta_stats::histogram::{HistogramError, NativeHistogram, Schema};
use meshdelta_stats::quantile::quantile;
use meshdelta_stats::{DurationMs, Quantile, SeriesSamples, SlotCells, TimestampMs, Window};

use super::RunEvaluation;
use super::convert::phase_id;
use super::names::WARMUP;
use super::series::SlotSeries;
use super::slots::{SlotReading, cell_width};
use crate::model::{HeatMap, HeatMapCell, Seconds, SlotHeatMap};

/// The cells of one slot, the warm-up first.
struct Timeline<'a, 'b> {
    slot: &'b SlotReading<'a>,
    warm_up: Vec<NativeHistogram>,
    measured: Vec<NativeHistogram>,
    start: TimestampMs,
}

/// Returns the heat map of a run. A slot that cannot be read has no cells.
pub(super) fn heat_map(evaluation: &RunEvaluation<'_>) -> HeatMap {
    let width = cell_width(&evaluation.manifest.plan);
    let timelines: Vec<Timeline<'_, '_>> = evaluation
        .slots
        .iter()
        .map(|slot| Timeline::new(slot, width))
        .collect();
    let Ok(Some(grid)) = Grid::over(&timelines) else {
        return HeatMap::default();
    };
    let started = evaluation.manifest.started_at;
    HeatMap {
        bucket_edges_seconds: grid.edges(),
        slots: timelines
            .iter()
            .map(|timeline| timeline.slot_heat_map(started.0, width, &grid))
            .collect(),
    }
}

impl<'a, 'b> Timeline<'a, 'b> {
    fn new(slot: &'b SlotReading<'a>, width: DurationMs) -> Self {
        let measured = slot.cells.as_ref().map(|slot| slot.cells.clone());
        let warm_up = warm_up_cells(&slot.series, width).unwrap_or_default();
        let before = i64::try_from(warm_up.len())
            .unwrap_or(0)
            .saturating_mul(width.0);
        Self {
            slot,
            measured: measured.unwrap_or_default(),
            start: TimestampMs(slot.series.record.window.start.0 - before),
            warm_up,
        }
    }

    fn cells(&self) -> impl Iterator<Item = &NativeHistogram> {
        self.warm_up.iter().chain(&self.measured)
    }

    fn slot_heat_map(&self, run_started: i64, width: DurationMs, grid: &Grid) -> SlotHeatMap {
        let record = self.slot.series.record;
        let seconds = |milliseconds: i64| Seconds::new(milliseconds as f64 / 1000.0);
        let cell = |(place, histogram): (usize, &NativeHistogram)| {
            let (first_bucket, counts) = grid.counts(histogram);
            let quantile_seconds = |q| {
                let found = quantile(histogram, q).ok()?;
                Some(Seconds::new(found.value.get()))
            };
            HeatMapCell {
                start_seconds: Seconds::new(place as f64 * width.0 as f64 / 1000.0),
                is_warm_up: place < self.warm_up.len(),
                first_bucket,
                counts,
                p50_seconds: quantile_seconds(Quantile::P50),
                p99_seconds: quantile_seconds(Quantile::P99),
            }
        };
        SlotHeatMap {
            round: record.id.round + 1,
            slot: record.id.slot + 1,
            phase: phase_id(&record.phase),
            start_seconds: seconds(self.start.0 - run_started),
            cell_seconds: seconds(width.0),
            cells: self.cells().enumerate().map(cell).collect(),
        }
    }
}

/// The successful requests of the warm-up in cells that end where the window starts.
fn warm_up_cells(series: &SlotSeries<'_>, width: DurationMs) -> Option<Vec<NativeHistogram>> {
    let end = series.record.window.start;
    let samples = series.durations(WARMUP, Some(true), end).ok()?;
    let first = first_sample(&samples)?;
    let count = (end.0 - first.0).div_euclid(width.0) + 1;
    // A clock that is far off is a finding of its own; it must not make a million empty cells.
    let longest = end.0 - series.record.entered_at.0 + width.0;
    if count <= 0 || count.saturating_mul(width.0) > longest {
        return None;
    }
    let start = TimestampMs(end.0 - count * width.0);
    let window = Window::try_new(start, TimestampMs(end.0)).ok()?;
    Some(SlotCells::from_series(&samples, window, width).ok()?.cells)
}

fn first_sample(samples: &[SeriesSamples]) -> Option<TimestampMs> {
    samples
        .iter()
        .flat_map(|series| &series.samples)
        .map(|sample| sample.at)
        .min()
}

/// The buckets that all slots share.
struct Grid {
    schema: Schema,
    first: i32,
    last: i32,
}

impl Grid {
    fn over(timelines: &[Timeline<'_, '_>]) -> Result<Option<Self>, HistogramError> {
        let all = NativeHistogram::merge_all(timelines.iter().flat_map(Timeline::cells))?;
        let Some(schema) = all.schema() else {
            return Ok(None);
        };
        let mut indices = all
            .buckets()
            .iter()
            .map(|&(index, _)| index)
            .filter(|index| *index < schema.overflow_index());
        Ok(indices.next().map(|first| Self {
            schema,
            first,
            last: indices.next_back().unwrap_or(first),
        }))
    }

    fn edges(&self) -> Vec<Seconds> {
        (self.first..=self.last + 1)
            .map(|index| Seconds::new(self.schema.lower_bound(index)))
            .collect()
    }

    /// Returns the place of the first populated bucket and the counts from there to the last.
    fn counts(&self, histogram: &NativeHistogram) -> (usize, Vec<u64>) {
        let Ok(histogram) = histogram.reduce_to(self.schema) else {
            return (0, Vec::new());
        };
        let mut inside = histogram
            .buckets()
            .iter()
            .map(|&(index, _)| index)
            .filter(|index| (self.first..=self.last).contains(index));
        let Some(first) = inside.next() else {
            return (0, Vec::new());
        };
        let last = inside.next_back().unwrap_or(first);
        let counts = (first..=last)
            .map(|index| histogram.bucket_count(index))
            .collect();
        (usize::try_from(first - self.first).unwrap_or(0), counts)
    }
}
