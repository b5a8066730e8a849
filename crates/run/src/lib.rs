//! What a run of meshdelta is: its plan, its phases, its raw samples and the folder they are saved in.
//!
//! A [`Plan`] says what to measure. [`order::run_order`] turns it into slots: one pass over all phases is a *round*, each place in a round a
//! *slot*. What was measured is a [`Manifest`] plus three tables ([`Tables`]): series, cumulative native histograms and scalars, exactly as
//! stored by Prometheus, nothing derived. [`folder`] writes and reads them as a folder that opens in `DuckDB`, pandas and polars.
//!
//! Precision: counts are `u64`, sums and scalars `f64` with the server's own bits, times are integer milliseconds since the Unix epoch (UTC).
//! This is the only crate that knows Parquet.

pub mod difference;
mod error;
pub mod folder;
mod identity;
pub mod journal;
pub mod manifest;
pub mod order;
mod parquet;
pub mod phase;
pub mod plan;
pub mod table;

pub use error::RunError;
pub use identity::{IdentityError, PhaseId, RunId, SlotId, TimestampMs};
pub use manifest::Manifest;
pub use phase::Phase;
pub use plan::Plan;
pub use table::{HistogramSample, MetricKind, ScalarSample, Series, Tables};
