//! Analysis intervals ("cells") of one slot: a grid over the measured window, filled from all series of all runners.
//!
//! `docs/statistics.md`, "Cells". An increment goes, undivided, to the cell in which it ends. What ends before the window
//! (warm-up) or not before its end is dropped. Neighbouring windows therefore share no increment.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::histogram::{HistogramError, NativeHistogram};
use crate::increments::{Birth, CumulativeSample, DataFlag, IncrementError, increments};
use crate::units::{DurationMs, RunnerName, TimestampMs};

/// Every runner must report in at least this share of the cells, or cells are merged.
pub const REQUIRED_PRESENCE: f64 = 0.95;

/// The measured time of a slot, `start <= t < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    start: TimestampMs,
    end: TimestampMs,
}

/// A slot whose cells cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CellError {
    /// The window has no length.
    #[error("the window from {} ms to {} ms is empty", start.0, end.0)]
    EmptyWindow {
        /// Its start.
        start: TimestampMs,
        /// Its end.
        end: TimestampMs,
    },
    /// The width of a cell is not positive or exceeds the window.
    #[error("cells of {} ms do not fit a window of {} ms", width.0, window.0)]
    Width {
        /// The width that was asked for.
        width: DurationMs,
        /// The length of the window.
        window: DurationMs,
    },
    /// A series is unusable.
    #[error("series {series} of runner {runner} is unusable")]
    Series {
        /// The runner.
        runner: RunnerName,
        /// The place of the series in the input.
        series: usize,
        /// What is wrong.
        source: IncrementError,
    },
    /// The series cannot be added up.
    #[error("cannot add up the series")]
    Histogram(#[from] HistogramError),
}

impl Window {
    /// Checks that the end comes after the start.
    pub fn try_new(start: TimestampMs, end: TimestampMs) -> Result<Self, CellError> {
        if end > start {
            Ok(Self { start, end })
        } else {
            Err(CellError::EmptyWindow { start, end })
        }
    }

    /// Returns the first moment.
    pub fn start(self) -> TimestampMs {
        self.start
    }

    /// Returns the first moment after the window.
    pub fn end(self) -> TimestampMs {
        self.end
    }

    /// Returns the length.
    pub fn length(self) -> DurationMs {
        DurationMs(self.end.0.saturating_sub(self.start.0))
    }
}

/// The stored samples of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSamples {
    /// Who wrote the series.
    pub runner: RunnerName,
    /// When that process started, if recorded.
    pub birth: Birth,
    /// The samples, in any order.
    pub samples: Vec<CumulativeSample>,
}

/// The cells of one slot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlotCells {
    /// What was observed in each cell, over all series.
    pub cells: Vec<NativeHistogram>,
    /// The width of a cell; the last one also takes what is left of the window.
    pub width: DurationMs,
    /// In which cells each runner sent something.
    pub presence: BTreeMap<RunnerName, Vec<bool>>,
    /// What was noticed in the series.
    pub flags: BTreeSet<DataFlag>,
    /// Observations that ended before the window.
    pub dropped_before: u64,
    /// Observations of increments that ended after the window.
    pub dropped_after: u64,
}

impl SlotCells {
    /// Fills the cells of a window from the series of one slot.
    pub fn from_series(
        series: &[SeriesSamples],
        window: Window,
        width: DurationMs,
    ) -> Result<Self, CellError> {
        let length = window.length();
        if width.0 <= 0 || width > length {
            return Err(CellError::Width {
                width,
                window: length,
            });
        }
        let count = usize::try_from(length.0 / width.0).unwrap_or(usize::MAX);
        let mut slot = Self {
            cells: vec![NativeHistogram::empty(); count],
            width,
            presence: BTreeMap::new(),
            flags: BTreeSet::new(),
            dropped_before: 0,
            dropped_after: 0,
        };
        for (place, one) in series.iter().enumerate() {
            slot.add_series(place, one, window)?;
        }
        Ok(slot)
    }

    fn add_series(
        &mut self,
        place: usize,
        series: &SeriesSamples,
        window: Window,
    ) -> Result<(), CellError> {
        let runner = &series.runner;
        let named = |source| CellError::Series {
            runner: runner.clone(),
            series: place,
            source,
        };
        let parts = increments(&series.samples, series.birth).map_err(named)?;
        self.flags.extend(&parts.flags);
        let last = self.cells.len() - 1;
        let width = self.width.0;
        let cell_of = |at: TimestampMs| {
            let cell = (at.0 - window.start.0) / width;
            usize::try_from(cell).unwrap_or(last).min(last)
        };
        let present = self
            .presence
            .entry(runner.clone())
            .or_insert_with(|| vec![false; last + 1]);
        for sample in series
            .samples
            .iter()
            .filter(|sample| window.start <= sample.at && sample.at < window.end)
        {
            present[cell_of(sample.at)] = true;
        }
        for increment in parts.increments {
            if increment.at < window.start {
                self.dropped_before += increment.histogram.count();
            } else if increment.at >= window.end {
                self.dropped_after += increment.histogram.count();
            } else {
                let cell = cell_of(increment.at);
                self.cells[cell] = self.cells[cell].merge(&increment.histogram)?;
            }
        }
        Ok(())
    }

    /// Returns whether the slot may enter the analysis: no series was written by two processes.
    pub fn is_valid(&self) -> bool {
        !self.flags.contains(&DataFlag::Collision)
    }

    /// Returns the smallest share of cells in which any one runner reported; 1 without runners.
    pub fn lowest_presence(&self) -> f64 {
        let share = |cells: &Vec<bool>| {
            cells.iter().filter(|&&present| present).count() as f64 / cells.len() as f64
        };
        self.presence.values().map(share).fold(1.0, f64::min)
    }

    /// Merges neighbouring cells in pairs; an odd last cell joins the last pair.
    fn halve(&mut self) -> Result<(), HistogramError> {
        let pairs = (self.cells.len() / 2).max(1);
        let target = |cell: usize| (cell / 2).min(pairs - 1);
        let mut merged = vec![NativeHistogram::empty(); pairs];
        for (cell, histogram) in self.cells.iter().enumerate() {
            merged[target(cell)] = merged[target(cell)].merge(histogram)?;
        }
        for cells in self.presence.values_mut() {
            let mut halved = vec![false; pairs];
            for (cell, &present) in cells.iter().enumerate() {
                halved[target(cell)] |= present;
            }
            *cells = halved;
        }
        self.cells = merged;
        self.width = DurationMs(self.width.0.saturating_mul(2));
        self.flags.insert(DataFlag::CoarseCells);
        Ok(())
    }
}

/// Merges the cells of all slots of a run in pairs until every runner reports in 95 % of them, and returns how often.
pub fn coarsen(slots: &mut [SlotCells]) -> Result<u32, HistogramError> {
    let mut times = 0;
    while slots
        .iter()
        .any(|slot| slot.lowest_presence() < REQUIRED_PRESENCE && slot.cells.len() > 1)
    {
        for slot in slots.iter_mut().filter(|slot| slot.cells.len() > 1) {
            slot.halve()?;
        }
        times += 1;
    }
    Ok(times)
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;
