//! The bounds of one bucket and interpolation between them.

use serde::Serialize;

use crate::units::Amount;

/// The bounds of the bucket that certainly holds a sample quantile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BucketEdges {
    /// Lower bound; 0 for the zero bucket.
    pub lower: Amount,
    /// Upper bound.
    pub upper: Amount,
}

impl BucketEdges {
    /// Returns the value at a fraction of the bucket: exponential, but linear in a bucket that reaches down to zero.
    pub(crate) fn interpolate(self, fraction: f64) -> f64 {
        let (lower, upper) = (self.lower.get(), self.upper.get());
        if lower <= 0.0 {
            return lower + (upper - lower) * fraction;
        }
        let (log_lower, log_upper) = (lower.log2(), upper.log2());
        // Rounding may leave the bucket by an ulp.
        (log_lower + (log_upper - log_lower) * fraction)
            .exp2()
            .clamp(lower, upper)
    }
}
