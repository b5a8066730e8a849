//! Quantities with their unit; each is a finite number, checked when it is serialised.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

/// A number that a model must not contain.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("{unit} must be a finite number, not {value}")]
pub struct NotFiniteError {
    /// The name of the quantity.
    pub unit: &'static str,
    /// The offending number.
    pub value: f64,
}

/// A quantity: a number with a unit in its type.
pub trait Quantity: Copy + PartialOrd + fmt::Debug {
    /// Wraps a number.
    fn new(value: f64) -> Self;
    /// The number in the unit of the type.
    fn get(self) -> f64;
}

macro_rules! quantity {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// Wraps a number; for numbers that are finite by construction.
            pub const fn new(value: f64) -> Self {
                Self(value)
            }

            /// Wraps a number if it is finite.
            pub fn try_new(value: f64) -> Result<Self, NotFiniteError> {
                if value.is_finite() {
                    Ok(Self(value))
                } else {
                    Err(NotFiniteError { unit: stringify!($name), value })
                }
            }

            /// The number in the unit of the type.
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl Quantity for $name {
            fn new(value: f64) -> Self {
                Self(value)
            }
            fn get(self) -> f64 {
                self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                // JSON has no NaN: serde_json would write null, and the reader would blame the wrong thing.
                let value = Self::try_new(self.0).map_err(serde::ser::Error::custom)?.0;
                serializer.serialize_f64(value)
            }
        }
    };
}

quantity! {
    /// A time in seconds.
    Seconds
}
quantity! {
    /// A relative difference: 0.05 means five percent more than the base.
    Ratio
}
quantity! {
    /// A part of a whole, 0 to 1. Also used for probabilities, quantiles and confidence levels.
    Share
}
quantity! {
    /// A number of bytes; a mean may be fractional.
    Bytes
}
quantity! {
    /// CPU cores in use, on average.
    Cores
}
quantity! {
    /// Seconds of CPU time; in this report, usually for 1,000 requests.
    CpuSeconds
}
quantity! {
    /// Requests per second.
    RequestsPerSecond
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_finite_cannot_be_serialised() {
        assert!(serde_json::to_string(&Seconds::new(f64::NAN)).is_err());
        assert!(serde_json::to_string(&Seconds::new(f64::INFINITY)).is_err());
        assert_eq!(serde_json::to_string(&Seconds::new(0.25)).unwrap(), "0.25");
    }

    #[test]
    fn try_new_names_the_quantity() {
        let error = Ratio::try_new(f64::NAN).unwrap_err();
        assert_eq!(error.to_string(), "Ratio must be a finite number, not NaN");
    }
}
