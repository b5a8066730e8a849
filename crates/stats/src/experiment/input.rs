//! What was measured: one entry per slot.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::cells::SlotCells;
use crate::histogram::{HistogramError, NativeHistogram};
use crate::increments::DataFlag;
use crate::interval::ErrorCell;
use crate::quantile::OmittedRequests;
use crate::units::{Amount, MetricName, PhaseName, Round, SlotPosition};

/// Why a slot must not enter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Exclusion {
    /// A series of the slot was written by two processes.
    Collision,
    /// The caller found the slot invalid, for instance because a proof of the data path failed.
    Invalid {
        /// What it found.
        reason: String,
    },
}

/// The measurement of one phase in one round.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotMeasurement {
    /// The round.
    pub round: Round,
    /// The place within the round, which is the order of time.
    pub position: SlotPosition,
    /// The phase.
    pub phase: PhaseName,
    /// Whether the phase is the baseline.
    pub is_baseline: bool,
    /// Set to leave the slot out: its round is then dropped for its phase only.
    pub exclusion: Option<Exclusion>,
    /// Latencies of the successful requests in seconds, one histogram per analysis interval.
    pub cells: Vec<NativeHistogram>,
    /// Requests that are not in `cells` because they failed or were never sent.
    pub omitted: OmittedRequests,
    /// Errors per analysis interval; empty when not measured.
    pub error_cells: Vec<ErrorCell>,
    /// Scalar metrics; a missing one drops the round for that metric only.
    pub scalars: BTreeMap<MetricName, Amount>,
    /// What is known about the quality of the data.
    pub flags: BTreeSet<DataFlag>,
}

impl SlotMeasurement {
    /// Makes a measurement without latencies, errors or scalars, to be filled.
    pub fn new(round: Round, position: SlotPosition, phase: PhaseName, is_baseline: bool) -> Self {
        Self {
            round,
            position,
            phase,
            is_baseline,
            exclusion: None,
            cells: Vec::new(),
            omitted: OmittedRequests::default(),
            error_cells: Vec::new(),
            scalars: BTreeMap::new(),
            flags: BTreeSet::new(),
        }
    }

    /// Adds the latencies of a slot, and excludes it if its series collide.
    #[must_use]
    pub fn with_cells(mut self, cells: SlotCells) -> Self {
        if !cells.is_valid() {
            self.exclusion = Some(Exclusion::Collision);
        }
        self.flags.extend(cells.flags);
        self.cells = cells.cells;
        self
    }
}

/// Everything that was measured in one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Experiment {
    /// The slots, in any order.
    pub slots: Vec<SlotMeasurement>,
    /// Phases whose verdict a quality check suppresses, with the reason; their numbers are still computed.
    pub suppressed: BTreeMap<PhaseName, String>,
}

/// Measurements that do not make an experiment.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExperimentError {
    /// There is no slot.
    #[error("the experiment has no slots")]
    NoSlots,
    /// No slot is of a baseline.
    #[error("the experiment has no baseline")]
    NoBaseline,
    /// Slots of more than one phase claim to be the baseline, or slots of one phase disagree about it.
    #[error("phase {phase} and phase {baseline} disagree about which is the baseline")]
    AmbiguousBaseline {
        /// The baseline found first.
        baseline: PhaseName,
        /// The phase that contradicts it.
        phase: PhaseName,
    },
    /// Two measurements have the same place.
    #[error("round {} has two measurements at position {}", round.0, position.0)]
    DuplicateSlot {
        /// The round.
        round: Round,
        /// The place.
        position: SlotPosition,
    },
    /// A scalar is NaN, infinite or so large that its square is.
    #[error("{metric} of phase {phase} in round {} is not a number of a size that can be measured", round.0)]
    ScalarNotMeasurable {
        /// The metric.
        metric: MetricName,
        /// The phase.
        phase: PhaseName,
        /// The round.
        round: Round,
    },
    /// The histograms cannot be added up.
    #[error("cannot add up the histograms")]
    Histogram(#[from] HistogramError),
}

impl Experiment {
    /// Makes an experiment of slots, with no verdict suppressed.
    pub fn new(slots: Vec<SlotMeasurement>) -> Self {
        Self {
            slots,
            suppressed: BTreeMap::new(),
        }
    }

    /// Checks the slots and returns the name of the baseline.
    pub(crate) fn check(&self) -> Result<PhaseName, ExperimentError> {
        if self.slots.is_empty() {
            return Err(ExperimentError::NoSlots);
        }
        let baseline = self
            .slots
            .iter()
            .find(|slot| slot.is_baseline)
            .ok_or(ExperimentError::NoBaseline)?;
        let mut places = BTreeSet::new();
        for slot in &self.slots {
            if slot.is_baseline != (slot.phase == baseline.phase) {
                return Err(ExperimentError::AmbiguousBaseline {
                    baseline: baseline.phase.clone(),
                    phase: slot.phase.clone(),
                });
            }
            if !places.insert((slot.round, slot.position)) {
                return Err(ExperimentError::DuplicateSlot {
                    round: slot.round,
                    position: slot.position,
                });
            }
            check_scalars(slot)?;
        }
        Ok(baseline.phase.clone())
    }
}

/// Squares and sums of squares stay finite below this.
const LARGEST_SCALAR: f64 = 1e150;

fn check_scalars(slot: &SlotMeasurement) -> Result<(), ExperimentError> {
    let measurable = |value: Amount| value.get().abs() < LARGEST_SCALAR;
    match slot.scalars.iter().find(|(_, value)| !measurable(**value)) {
        None => Ok(()),
        Some((metric, _)) => Err(ExperimentError::ScalarNotMeasurable {
            metric: metric.clone(),
            phase: slot.phase.clone(),
            round: slot.round,
        }),
    }
}
