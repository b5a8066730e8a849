//! Intervals, and values that may be missing for a reason.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Quantity;

/// A value, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
#[schemars(rename = "Measured_{T}")]
pub enum Measured<T> {
    /// The value is known.
    Known {
        /// The value.
        value: T,
    },
    /// The value is not known.
    Unknown {
        /// Why not, as a fragment a reader understands ("one round has no replication").
        reason: String,
    },
}

impl<T> Measured<T> {
    /// A known value.
    pub const fn known(value: T) -> Self {
        Self::Known { value }
    }

    /// A value that is not known, with the reason.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown {
            reason: reason.into(),
        }
    }

    /// The value, if it is known.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Known { value } => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// The reason, if the value is not known.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Known { .. } => None,
            Self::Unknown { reason } => Some(reason),
        }
    }
}

/// A closed interval; its level and meaning are in [`super::IntervalDescription`] or beside the field.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Interval_{U}")]
pub struct Interval<U> {
    /// The lower end.
    pub lower: U,
    /// The upper end.
    pub upper: U,
}

impl<U: Quantity> Interval<U> {
    /// An interval from two numbers in the unit of `U`.
    pub fn new(lower: f64, upper: f64) -> Self {
        Self {
            lower: U::new(lower),
            upper: U::new(upper),
        }
    }

    /// Half of the width.
    pub fn half_width(&self) -> f64 {
        (self.upper.get() - self.lower.get()) / 2.0
    }

    /// Whether the interval contains the number.
    pub fn contains(&self, value: f64) -> bool {
        self.lower.get() <= value && value <= self.upper.get()
    }
}
