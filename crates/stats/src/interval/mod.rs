//! Standard errors and intervals, each by the rule that simulation showed to cover.
//!
//! `docs/statistics.md`, "Intervals". Everything here works on one scale, the natural logarithm for ratios or the unit of
//! the metric for differences; [`crate::experiment`] turns it into effects.

mod error_rate;
mod precision;
mod rounds;
mod sectioning;
mod signed_rank;
mod two_way;
mod widest;
mod within;

pub use error_rate::{ErrorCell, ErrorRate, ErrorRateDifference, RateInterval, newcombe, wilson};
pub(crate) use precision::{Precision, welch};
pub(crate) use rounds::{
    PAIRED_FROM, RoundSummary, hybrid_degrees, hybrid_t, mean, paired_t, run_precision, sample_sd,
    skewness,
};
pub use rounds::{RunMethod, StandardErrorParts};
pub(crate) use sectioning::{SECTIONS, section_bounds, section_variance};
pub(crate) use signed_rank::signed_rank;
pub(crate) use two_way::{TwoWayFit, TwoWaySlot, fit_two_way};
pub(crate) use widest::Widest;
pub use within::WithinError;
pub(crate) use within::{CellValue, MAXIMUM_AUTOCORRELATION, MINIMUM_DEGREES, within_error};

/// An interval on the scale of the analysis.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Span {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

impl Span {
    /// Returns the interval of a half-width around a point.
    pub(crate) fn around(point: f64, half_width: f64) -> Self {
        Self {
            lower: point - half_width,
            upper: point + half_width,
        }
    }

    /// Returns the interval widened on both sides.
    pub(crate) fn widened(self, by: f64) -> Self {
        Self {
            lower: self.lower - by,
            upper: self.upper + by,
        }
    }

    /// Returns whether zero lies outside.
    pub fn excludes_zero(self) -> bool {
        self.lower > 0.0 || self.upper < 0.0
    }
}
