//! Quantiles of a histogram: what is certain, what is interpolated, and what a Prometheus server would say.
//!
//! `docs/statistics.md`, "Quantiles from a native histogram". With bucket counts `c_k` in increasing order, cumulative
//! counts `C_k` and `n` observations, the quantile `q` has the rank `q n`; it lies in the first bucket with `C_k >= q n`.

mod compat;
mod edges;
mod estimate;
mod locate;
mod mono;
mod pessimistic;
mod share;

pub use compat::{CompatRule, compat_fraction, compat_quantile};
pub use edges::BucketEdges;
pub use estimate::{
    LOW_COUNT_TAIL, MINIMUM_TAIL, NotEstimable, QuantileEstimate, QuantileWarning, quantile,
    tail_count,
};
pub(crate) use estimate::{is_below, read};
pub(crate) use locate::{Location, locate, locate_rank};
pub use pessimistic::{OmittedRequests, PessimisticQuantile, pessimistic_quantile};
pub use share::{EdgeShare, share_above};

#[cfg(test)]
mod golden_tests;
