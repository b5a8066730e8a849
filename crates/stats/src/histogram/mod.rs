//! Native histograms as Prometheus stores them, and the arithmetic that keeps their counts exact.
//!
//! Positive bucket `i` of schema `s` covers `(B^(i-1), B^i]` with `B = 2^(2^-s)`; the zero bucket covers `[-z, z]`. Source:
//! Prometheus native histogram specification; `docs/statistics.md`, "Bucket geometry".

mod algebra;
mod buckets;
mod custom;
mod error;
mod fractions;
mod native;
mod reset;
mod schema;

#[cfg(test)]
pub(crate) mod strategies;

pub use buckets::{BucketKind, BucketList, BucketRange};
pub use custom::CustomHistogram;
pub use error::HistogramError;
pub use native::NativeHistogram;
pub use reset::{ResetReason, detect_reset};
pub use schema::{InvalidSchema, Schema};
