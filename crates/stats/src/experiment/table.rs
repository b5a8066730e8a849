//! All slots of an experiment, prepared once, and the table of one metric over them.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Reading;
use super::{CellGrid, Experiment, ExperimentError, Metric, Scale, SlotMeasurement};
use crate::histogram::{NativeHistogram, Schema};
use crate::increments::DataFlag;
use crate::quantile::NotEstimable;
use crate::units::{PhaseName, Round, SlotPosition};

/// The valid slots, in the order of rounds and positions, all in one schema and with one zero bucket.
#[derive(Clone, Debug)]
pub(crate) struct Prepared<'a> {
    /// The baseline first, the others by name; phases without a valid slot included.
    pub(crate) phases: Vec<PhaseName>,
    pub(crate) slots: Vec<PreparedSlot<'a>>,
}

/// One valid slot.
#[derive(Clone, Debug)]
pub(crate) struct PreparedSlot<'a> {
    pub(crate) phase: usize,
    pub(crate) measurement: &'a SlotMeasurement,
    pub(crate) grid: CellGrid,
}

impl<'a> Prepared<'a> {
    /// Checks the experiment and prepares its valid slots.
    pub(crate) fn new(experiment: &'a Experiment) -> Result<Self, ExperimentError> {
        let baseline = experiment.check()?;
        let others: BTreeSet<&PhaseName> = experiment
            .slots
            .iter()
            .map(|slot| &slot.phase)
            .filter(|phase| **phase != baseline)
            .collect();
        let phases: Vec<PhaseName> = std::iter::once(baseline)
            .chain(others.into_iter().cloned())
            .collect();
        let mut valid: Vec<&SlotMeasurement> = experiment
            .slots
            .iter()
            .filter(|slot| slot.exclusion.is_none())
            .collect();
        valid.sort_by_key(|slot| (slot.round, slot.position));
        let (schema, zero_threshold) = common_buckets(&valid)?;
        let prepare = |measurement: &'a SlotMeasurement| {
            let phase = phases
                .iter()
                .position(|phase| *phase == measurement.phase)
                .unwrap_or(0);
            let grid = CellGrid::new(&measurement.cells, schema, zero_threshold)?;
            Ok::<_, ExperimentError>(PreparedSlot {
                phase,
                measurement,
                grid,
            })
        };
        let slots = valid.into_iter().map(prepare).collect::<Result<_, _>>()?;
        Ok(Self { phases, slots })
    }

    /// Returns the flags of all slots of a phase and of the baseline.
    pub(crate) fn flags(&self, phase: usize) -> BTreeSet<DataFlag> {
        let involved = self
            .slots
            .iter()
            .filter(|slot| slot.phase == phase || slot.phase == 0);
        involved
            .flat_map(|slot| slot.measurement.flags.iter().copied())
            .collect()
    }
}

/// Returns the coarsest schema and the widest zero bucket of all cells, so that no comparison mixes resolutions.
fn common_buckets(slots: &[&SlotMeasurement]) -> Result<(Schema, f64), ExperimentError> {
    let all = NativeHistogram::merge_all(slots.iter().flat_map(|slot| &slot.cells))?;
    Ok((all.schema().unwrap_or(Schema::K6), all.zero_threshold()))
}

/// One slot's place in the table of a metric.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) round: Round,
    pub(crate) position: SlotPosition,
    pub(crate) phase: usize,
    pub(crate) reading: Reading,
    /// The value on the scale of the analysis.
    pub(crate) value: f64,
    /// The monotone-cubic value on the scale of the analysis.
    pub(crate) monotone_cubic: f64,
}

/// One metric over all slots that have it.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) scale: Scale,
    pub(crate) entries: Vec<Entry>,
    /// Phases of which one slot is not estimable, so that none of their numbers would be honest.
    pub(crate) failures: BTreeMap<usize, NotEstimable>,
}

impl Table {
    /// Reads a metric off every valid slot.
    ///
    /// A slot without any observation or without the scalar counts as missing. A slot that has data but no estimate makes
    /// its phase not estimable: dropping it would select the rounds by their outcome.
    pub(crate) fn new(prepared: &Prepared, metric: &Metric) -> Self {
        let mut table = Self {
            scale: Scale::Log,
            entries: Vec::new(),
            failures: BTreeMap::new(),
        };
        for slot in &prepared.slots {
            match read(slot, metric) {
                Ok(reading) => table.entries.push(Entry::new(slot, reading)),
                Err(NotEstimable::Empty | NotEstimable::NotMeasured) => {}
                Err(cause) => {
                    table
                        .failures
                        .entry(slot.phase)
                        .or_insert_with(|| failure(slot, cause));
                }
            }
        }
        table.choose_scale();
        table
    }

    /// Ratios need values above zero; otherwise the whole metric is compared by differences.
    fn choose_scale(&mut self) {
        let positive = self.entries.iter().all(|entry| entry.reading.value > 0.0);
        self.scale = if positive {
            Scale::Log
        } else {
            Scale::Difference
        };
        for entry in &mut self.entries {
            let transform = |value: f64| if positive { value.ln() } else { value };
            entry.value = transform(entry.reading.value);
            entry.monotone_cubic = transform(entry.reading.monotone_cubic);
        }
    }

    /// Returns the entries of a phase.
    pub(crate) fn of_phase(&self, phase: usize) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.phase == phase)
    }
}

impl Entry {
    fn new(slot: &PreparedSlot, reading: Reading) -> Self {
        let (round, position) = (slot.measurement.round, slot.measurement.position);
        Self {
            round,
            position,
            phase: slot.phase,
            value: 0.0,
            monotone_cubic: 0.0,
            reading,
        }
    }
}

fn read(slot: &PreparedSlot, metric: &Metric) -> Result<Reading, NotEstimable> {
    match metric {
        Metric::Latency(statistic) => Reading::latency(&slot.grid, *statistic),
        Metric::Scalar(name) => slot
            .measurement
            .scalars
            .get(name)
            .map(|value| Reading::scalar(value.get()))
            .ok_or(NotEstimable::NotMeasured),
    }
}

fn failure(slot: &PreparedSlot, cause: NotEstimable) -> NotEstimable {
    let (round, baseline) = (slot.measurement.round, slot.measurement.is_baseline);
    NotEstimable::Slot {
        round,
        baseline,
        cause: Box::new(cause),
    }
}
