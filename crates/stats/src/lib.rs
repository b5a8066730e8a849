//! meshdelta-stats: native-histogram algebra, quantiles, intervals and verdicts, without input or output.
//!
//! # Concept
//!
//! A run measures every phase once per *round*, the baseline twice; one measurement is a *slot*. The round is the unit of
//! replication, never the request: requests of one slot share everything that makes a rerun differ. The overhead of a phase
//! is the geometric mean over rounds of the ratio of its value to the baseline's, and its interval comes from how those
//! ratios differ. One round has no such interval; what it has is of another type ([`experiment::Inference`]).
//!
//! # Use
//!
//! ```
//! use meshdelta_stats::experiment::{AnalysisSettings, Experiment, Inference, SlotMeasurement, analyse};
//! use meshdelta_stats::histogram::{NativeHistogram, Schema};
//! use meshdelta_stats::{PhaseName, Quantile, Round, SlotPosition};
//!
//! let slot = |round: u32, position: u32, phase: &str, seconds: f64| {
//!     let mut slot =
//!         SlotMeasurement::new(Round(round), SlotPosition(position), phase.into(), phase == "baseline");
//!     let spread = |request: u32| seconds * (1.0 + f64::from(request % 97) / 300.0);
//!     slot.cells = (0..24).map(|_| NativeHistogram::from_values(Schema::K6, (0..500).map(spread))).collect();
//!     slot
//! };
//! let experiment = Experiment::new(vec![
//!     slot(1, 0, "baseline", 0.00200), slot(1, 1, "ambient", 0.00231), slot(1, 2, "baseline", 0.00203),
//!     slot(2, 0, "baseline", 0.00211), slot(2, 1, "ambient", 0.00240), slot(2, 2, "baseline", 0.00209),
//!     slot(3, 0, "baseline", 0.00198), slot(3, 1, "ambient", 0.00228), slot(3, 2, "baseline", 0.00199),
//! ]);
//! let analysis = analyse(&experiment, &AnalysisSettings::default()).unwrap();
//! let estimate = analysis.overhead(&PhaseName::new("ambient"), &Quantile::P50.into()).unwrap();
//! let overhead = estimate.estimated().unwrap();
//! assert!(matches!(overhead.inference, Inference::RunLevel(_)));
//! assert_eq!(overhead.verdict.words(), "higher");
//! ```
//!
//! From stored samples: [`SlotCells::from_series`] makes the cells of each slot, [`coarsen`] merges them where load
//! generators were silent, [`experiment::SlotMeasurement::with_cells`] takes them in. A simulation does the same.
//! [`compare::compare`] compares two runs, [`gate::evaluate_gates`] enforces limits.
//!
//! # Precision and limits
//!
//! Counts are `u64` and exact; they become `f64` only in ratios, exact up to 2^53. Bucket bounds are bit for bit those of
//! Prometheus. Nothing here draws a random number, so equal input gives equal output on any machine with the same
//! mathematical library. What cannot be estimated is an enum with a reason, never NaN, and no function panics.

#![warn(missing_docs)]
#![cfg_attr(
    test,
    expect(clippy::float_cmp, reason = "tests compare results that are exact")
)]

mod cells;
pub mod compare;
mod distribution;
pub mod drift;
pub mod experiment;
pub mod gate;
pub mod histogram;
mod increments;
pub mod interval;
pub mod multiplicity;
pub mod planning;
pub mod quantile;
pub mod shift;
mod units;
mod verdict;

pub use cells::{CellError, REQUIRED_PRESENCE, SeriesSamples, SlotCells, Window, coarsen};
pub use increments::{
    Birth, CumulativeSample, DataFlag, Increment, IncrementError, SeriesIncrements, increments,
};
pub use units::{
    Amount, DurationMs, InvalidQuantile, LogRatio, MetricName, PhaseName, Quantile, Relative,
    Round, RunnerName, Share, SlotPosition, TimestampMs,
};
pub use verdict::{MinimumEffect, Verdict};
