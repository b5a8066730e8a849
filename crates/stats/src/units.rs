//! Numbers that know what they are.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A quantile strictly between 0 and 1; 0.99 is what people call the 99th percentile.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Quantile(f64);

/// A number that is no quantile.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("quantile {0} is not between 0 and 1")]
pub struct InvalidQuantile(pub f64);

impl Quantile {
    /// The median.
    pub const P50: Self = Self(0.5);
    /// The quantile 0.9.
    pub const P90: Self = Self(0.9);
    /// The quantile 0.95.
    pub const P95: Self = Self(0.95);
    /// The quantile 0.99.
    pub const P99: Self = Self(0.99);
    /// The quantile 0.999.
    pub const P999: Self = Self(0.999);
    /// The quantiles that a report shows by default.
    pub const STANDARD: [Self; 5] = [Self::P50, Self::P90, Self::P95, Self::P99, Self::P999];

    /// Checks that the number lies strictly between 0 and 1.
    pub fn try_new(quantile: f64) -> Result<Self, InvalidQuantile> {
        if quantile > 0.0 && quantile < 1.0 {
            Ok(Self(quantile))
        } else {
            Err(InvalidQuantile(quantile))
        }
    }

    /// Returns the quantile as a number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Quantile {
    type Error = InvalidQuantile;

    fn try_from(quantile: f64) -> Result<Self, InvalidQuantile> {
        Self::try_new(quantile)
    }
}

impl From<Quantile> for f64 {
    fn from(quantile: Quantile) -> Self {
        quantile.0
    }
}

impl PartialEq for Quantile {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Quantile {}

impl PartialOrd for Quantile {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantile {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl fmt::Display for Quantile {
    /// Writes `p99.9` for 0.999.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Twelve decimals hide the rounding of 0.999 * 100 without hiding a digit that anybody asks for.
        let percent = format!("{:.10}", self.0 * 100.0);
        write!(
            formatter,
            "p{}",
            percent.trim_end_matches('0').trim_end_matches('.')
        )
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl $name {
            /// Returns the plain number.
            pub fn get(self) -> f64 {
                self.0
            }
        }
    };
}

number! {
    /// A natural logarithm of a ratio: 0 is "equal", 0.0953 is "+10 %".
    LogRatio
}

number! {
    /// A change relative to the baseline: 0.1 is "+10 %".
    Relative
}

number! {
    /// A value or difference in the unit of its metric: seconds for latency, the caller's unit for scalars.
    Amount
}

number! {
    /// A share of a whole, 0 to 1.
    Share
}

impl LogRatio {
    /// Returns the ratio minus one.
    pub fn relative(self) -> Relative {
        Relative(self.0.exp_m1())
    }
}

impl Relative {
    /// Returns the logarithm of the ratio, or `None` at -100 % and below, where there is none.
    pub fn log_ratio(self) -> Option<LogRatio> {
        (self.0 > -1.0).then(|| LogRatio(self.0.ln_1p()))
    }
}

/// A moment in milliseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimestampMs(pub i64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DurationMs(pub i64);

/// The number of a round, a pass over all phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Round(pub u32);

/// The place of a measurement within its round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlotPosition(pub u32);

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Makes a name.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self::new(name)
            }
        }
    };
}

name! {
    /// The identity of a phase, such as `ambient`.
    PhaseName
}

name! {
    /// The identity of a load generator within a slot.
    RunnerName
}

name! {
    /// The identity of a scalar metric, such as `cpu_seconds_per_1000_requests`.
    MetricName
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_checked_and_print_as_percentiles() {
        for bad in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(Quantile::try_new(bad).is_err(), "{bad}");
        }
        let printed: Vec<String> = Quantile::STANDARD.iter().map(ToString::to_string).collect();
        assert_eq!(printed, ["p50", "p90", "p95", "p99", "p99.9"]);
        assert!(serde_json::from_str::<Quantile>("1.5").is_err());
        assert!(Quantile::P90 < Quantile::P95);
    }

    #[test]
    fn log_ratios_and_relative_changes_convert() {
        assert!((LogRatio(1.1_f64.ln()).relative().get() - 0.1).abs() < 1e-15);
        assert!((Relative(0.1).log_ratio().unwrap().get() - 1.1_f64.ln()).abs() < 1e-15);
        assert_eq!(Relative(-1.0).log_ratio(), None);
    }
}
