//! What can be wrong with a histogram.

/// A histogram that cannot be, or an operation on histograms that has no exact result.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum HistogramError {
    /// The zero threshold is negative, infinite or NaN.
    #[error("zero threshold {0} is not a finite number of at least 0")]
    ZeroThreshold(f64),
    /// Bucket indices are not strictly increasing.
    #[error("bucket {index} does not come after the bucket before it")]
    Unsorted {
        /// The offending index.
        index: i32,
    },
    /// Positive buckets are populated, but no schema gives them bounds.
    #[error("populated buckets need a schema")]
    NoSchema,
    /// An index outside the range that `f64` values can have.
    #[error("bucket {index} is outside the range of the schema")]
    IndexOutOfRange {
        /// The offending index.
        index: i32,
    },
    /// The buckets hold another number of observations than the histogram counts, and no NaN explains it.
    #[error("the buckets hold {in_buckets} observations, the histogram counts {count}")]
    CountMismatch {
        /// Observations found in the buckets, zero bucket included.
        in_buckets: u64,
        /// The count that was given.
        count: u64,
    },
    /// A count does not fit into 64 bits.
    #[error("a count exceeds 64 bits")]
    CountOverflow,
    /// A later snapshot holds less than an earlier one, so their difference is not a histogram.
    #[error("the later histogram is not a continuation of the earlier one")]
    NotAContinuation,
    /// A finer schema was asked for than the histogram has.
    #[error("schema {from} cannot be refined to {to}")]
    CannotRefine {
        /// The schema of the histogram.
        from: i32,
        /// The schema that was asked for.
        to: i32,
    },
    /// Bounds of a histogram with custom buckets are not finite and strictly increasing.
    #[error("custom bound {bound} is not a finite number above the bound before it")]
    CustomBound {
        /// The offending bound.
        bound: f64,
    },
    /// A histogram with custom buckets has one bucket more than bounds.
    #[error("{bounds} custom bounds need {} bucket counts, found {counts}", bounds + 1)]
    CustomLength {
        /// Number of bounds.
        bounds: usize,
        /// Number of bucket counts.
        counts: usize,
    },
    /// Two histograms with different custom bounds cannot be added exactly.
    #[error("the custom bounds differ")]
    CustomBoundsDiffer,
    /// Cumulative bucket counts of a classic histogram fall.
    #[error("the cumulative counts of a classic histogram fall at bucket {position}")]
    NotCumulative {
        /// Position of the bucket, from 0.
        position: usize,
    },
}
