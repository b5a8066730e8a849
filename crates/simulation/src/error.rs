//! What can go wrong.

use meshdelta_stats::CellError;
use meshdelta_stats::experiment::ExperimentError;
use meshdelta_stats::histogram::HistogramError;

/// A simulated run that the analysis refuses, which means that the simulation is wrong.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The cells of a slot cannot be made.
    #[error("cannot make the cells of a simulated slot")]
    Cells(#[from] CellError),
    /// A histogram is inconsistent.
    #[error("cannot make a simulated histogram")]
    Histogram(#[from] HistogramError),
    /// The experiment is inconsistent.
    #[error("cannot analyse a simulated run")]
    Experiment(#[from] ExperimentError),
}
