//! What keeps a run from being analysed at all.

use std::fmt;

use meshdelta_run::{SlotId, TimestampMs};
use meshdelta_stats::experiment::ExperimentError;
use meshdelta_stats::histogram::HistogramError;
use thiserror::Error;

/// A run of which no report can be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum AnalysisError {
    /// The run has no slot.
    #[error("the run has no slot; nothing was measured")]
    NoSlots,
    /// The plan names no baseline.
    #[error("the plan of the run has no baseline")]
    NoBaseline,
    /// No slot of the baseline can be used, so nothing can be compared.
    #[error("no slot of the baseline is valid: {}", join(failures))]
    NoValidBaseline {
        /// Each slot of the baseline with the reason.
        failures: Vec<SlotFailure>,
    },
    /// A time of the manifest is beyond every calendar.
    #[error("{} ms is not a time", time.0)]
    Time {
        /// The time.
        time: TimestampMs,
    },
    /// The slots do not make an experiment.
    #[error("the slots cannot be analysed together")]
    Experiment(#[from] ExperimentError),
    /// The histograms of slots cannot be added up.
    #[error("the histograms of the slots cannot be added up")]
    Histogram(#[from] HistogramError),
}

/// A slot that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotFailure {
    /// The slot.
    pub slot: SlotId,
    /// Why.
    pub reason: String,
}

impl fmt::Display for SlotFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.slot, self.reason)
    }
}

fn join(failures: &[SlotFailure]) -> String {
    if failures.is_empty() {
        return "it was not measured".to_owned();
    }
    failures
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
