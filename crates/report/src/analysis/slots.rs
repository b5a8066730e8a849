//! From the series of each slot to what the statistics take.

use std::collections::BTreeMap;

use meshdelta_run::Plan;
use meshdelta_run::phase::BASELINE;
use meshdelta_stats::experiment::{Exclusion, SlotMeasurement};
use meshdelta_stats::histogram::{HistogramError, NativeHistogram};
use meshdelta_stats::interval::ErrorCell;
use meshdelta_stats::quantile::OmittedRequests;
use meshdelta_stats::{
    Amount, DurationMs, MetricName, PhaseName, Round, SlotCells, SlotPosition, TimestampMs, Window,
    coarsen,
};

use super::names::{CPU_METRIC, MEASURE, MEMORY_METRIC};
use super::quality::gaps;
use super::resources::{RoleUse, SlotResources, slot_resources};
use super::series::{SlotSeries, by_slot};

/// One slot with everything that was read from its samples.
#[derive(Debug, Clone)]
pub(super) struct SlotReading<'a> {
    /// The stored series.
    pub(super) series: SlotSeries<'a>,
    /// Successful requests of the measured load in cells of the width of the plan, or why there are none.
    pub(super) cells: Result<SlotCells, String>,
    /// Failed requests in the same cells.
    pub(super) failed_cells: Result<SlotCells, String>,
    /// CPU and memory.
    pub(super) resources: SlotResources,
}

impl<'a> SlotReading<'a> {
    fn new(series: SlotSeries<'a>, plan: &Plan) -> Self {
        let cells = |expected| measured_cells(&series, plan, expected);
        Self {
            cells: cells(true),
            failed_cells: cells(false),
            resources: slot_resources(&series),
            series,
        }
    }

    /// Returns why the slot must not be averaged, if it must not.
    pub(super) fn failure(&self) -> Option<String> {
        let recorded = self.series.record.failures.iter().map(String::as_str);
        let unreadable = [&self.cells, &self.failed_cells]
            .into_iter()
            .filter_map(|cells| cells.as_ref().err().map(String::as_str));
        let reasons: Vec<&str> = recorded.chain(unreadable).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// Tells whether the slot enters the statistics.
    pub(super) fn is_valid(&self) -> bool {
        let both = [&self.cells, &self.failed_cells];
        let is_sound =
            |cells: &Result<SlotCells, String>| cells.as_ref().is_ok_and(SlotCells::is_valid);
        self.failure().is_none() && both.into_iter().all(is_sound)
    }

    /// Returns all successful requests of the slot; empty when they cannot be read.
    pub(super) fn successes(&self) -> NativeHistogram {
        let cells = self.cells.as_ref().map(|slot| slot.cells.as_slice());
        NativeHistogram::merge_all(cells.unwrap_or_default())
            .unwrap_or_else(|_| NativeHistogram::empty())
    }
}

/// Reads every slot of a run.
pub(super) fn read_slots(run: &meshdelta_run::folder::SavedRun) -> Vec<SlotReading<'_>> {
    by_slot(run)
        .into_iter()
        .map(|series| SlotReading::new(series, &run.manifest.plan))
        .collect()
}

/// The width of an analysis interval: that of a push.
pub(super) fn cell_width(plan: &Plan) -> DurationMs {
    DurationMs(i64::from(plan.push_interval_seconds) * 1000)
}

fn measured_cells(
    series: &SlotSeries<'_>,
    plan: &Plan,
    expected: bool,
) -> Result<SlotCells, String> {
    let window = series.record.window;
    let samples = series
        .durations(MEASURE, Some(expected), window.end)
        .map_err(|error| error.to_string())?;
    let window = Window::try_new(TimestampMs(window.start.0), TimestampMs(window.end.0))
        .map_err(|error| error.to_string())?;
    SlotCells::from_series(&samples, window, cell_width(plan)).map_err(|error| full(&error))
}

/// The message of an error with those of its causes.
fn full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

/// Makes the measurements of all slots, their cells merged where load generators were silent.
pub(super) fn measurements(
    slots: &[SlotReading<'_>],
    plan: &Plan,
) -> Result<Vec<SlotMeasurement>, HistogramError> {
    let merged = coarsened(slots, plan)?;
    Ok(slots
        .iter()
        .zip(merged)
        .map(|(slot, cells)| measurement(slot, cells))
        .collect())
}

/// Merges cells over all slots that may be averaged. A slot with holes is judged by a check and must not coarsen the others.
fn coarsened(
    slots: &[SlotReading<'_>],
    plan: &Plan,
) -> Result<Vec<Option<SlotCells>>, HistogramError> {
    let mut cells: Vec<Option<SlotCells>> = slots
        .iter()
        .map(|slot| slot.cells.as_ref().ok().cloned())
        .collect();
    let takes_part: Vec<bool> = slots
        .iter()
        .map(|slot| slot.is_valid() && !gaps::is_broken(slot, plan))
        .collect();
    let mut together: Vec<SlotCells> = cells
        .iter()
        .zip(&takes_part)
        .filter(|(_, takes_part)| **takes_part)
        .filter_map(|(cells, _)| cells.clone())
        .collect();
    coarsen(&mut together)?;
    let mut together = together.into_iter();
    for (cells, _) in cells
        .iter_mut()
        .zip(&takes_part)
        .filter(|(_, takes_part)| **takes_part)
    {
        *cells = together.next();
    }
    Ok(cells)
}

fn measurement(slot: &SlotReading<'_>, cells: Option<SlotCells>) -> SlotMeasurement {
    let record = slot.series.record;
    // Rounds are counted from 1 wherever a person reads them, and reasons are written by the statistics.
    let mut measurement = SlotMeasurement::new(
        Round(record.id.round + 1),
        SlotPosition(record.id.slot + 1),
        PhaseName::new(record.phase.as_str()),
        record.phase.as_str() == BASELINE,
    );
    if let Some(cells) = cells {
        measurement = measurement.with_cells(cells);
    }
    if let Some(reason) = slot.failure() {
        measurement.exclusion = Some(Exclusion::Invalid { reason });
    }
    measurement.omitted = OmittedRequests {
        failed: record.load.failed_requests,
        dropped: record.load.dropped_iterations,
    };
    measurement.error_cells = error_cells(slot);
    measurement.scalars = scalars(&slot.resources);
    measurement
}

fn error_cells(slot: &SlotReading<'_>) -> Vec<ErrorCell> {
    let (Ok(succeeded), Ok(failed)) = (&slot.cells, &slot.failed_cells) else {
        return Vec::new();
    };
    succeeded
        .cells
        .iter()
        .zip(&failed.cells)
        .map(|(succeeded, failed)| ErrorCell {
            errors: failed.count(),
            requests: failed.count().saturating_add(succeeded.count()),
        })
        .collect()
}

fn scalars(resources: &SlotResources) -> BTreeMap<MetricName, Amount> {
    let Some(RoleUse {
        cpu_seconds_per_thousand_requests,
        memory_mean_bytes,
        ..
    }) = resources.total
    else {
        return BTreeMap::new();
    };
    let cpu = cpu_seconds_per_thousand_requests.map(|value| (CPU_METRIC, value));
    cpu.into_iter()
        .chain([(MEMORY_METRIC, memory_mean_bytes)])
        .map(|(name, value)| (MetricName::new(name), Amount(value)))
        .collect()
}
