//! Names of things: runs, phases, slots, moments.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{kind} `{value}` is not valid: use 1 to {maximum_length} lower-case letters, digits and dashes, not starting or ending with a dash"
)]
pub struct IdentityError {
    /// What the name was for.
    pub kind: &'static str,
    /// The name as given.
    pub value: String,
    /// The longest name allowed, in characters.
    pub maximum_length: usize,
}

fn checked(
    kind: &'static str,
    value: String,
    maximum_length: usize,
) -> Result<String, IdentityError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let valid = (1..=maximum_length).contains(&value.len())
        && value.chars().all(allowed)
        && !value.starts_with('-')
        && !value.ends_with('-');
    if valid {
        Ok(value)
    } else {
        Err(IdentityError {
            kind,
            value,
            maximum_length,
        })
    }
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $maximum_length:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the name: lower-case letters, digits and dashes, so that it is a safe label, file name and Kubernetes name.
            pub fn try_new(value: impl Into<String>) -> Result<Self, IdentityError> {
                checked($kind, value.into(), $maximum_length).map(Self)
            }

            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentityError;

            fn try_from(value: String) -> Result<Self, IdentityError> {
                Self::try_new(value)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }
    };
}

identity!(
    /// Identifies one run; it is the `testid` label on every stored series, so it is never used twice.
    RunId, "run id", 40
);
identity!(
    /// Identifies a phase (a network configuration), for example `ambient-l7`.
    PhaseId, "phase id", 24
);

/// One place in a run: the round, and the place in that round, both counted from zero in storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SlotId {
    /// The pass over all phases, from 0.
    pub round: u32,
    /// The place in the round, from 0: the baseline has the first and the last.
    pub slot: u32,
}

impl fmt::Display for SlotId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "round {} slot {}", self.round + 1, self.slot + 1)
    }
}

/// A moment in whole milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimestampMs(pub i64);

impl TimestampMs {
    /// Returns the moment so many milliseconds later (earlier when negative).
    #[must_use]
    pub fn plus_ms(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Returns the milliseconds from `earlier` to this moment.
    pub fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for TimestampMs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match chrono::DateTime::from_timestamp_millis(self.0) {
            Some(time) => write!(formatter, "{}", time.format("%Y-%m-%dT%H:%M:%S%.3fZ")),
            None => write!(formatter, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert!(PhaseId::try_new("ambient-l7").is_ok());
        for wrong in [
            "",
            "-a",
            "a-",
            "A",
            "a b",
            "<script>",
            "0123456789012345678901234",
        ] {
            assert!(PhaseId::try_new(wrong).is_err(), "{wrong:?} was accepted");
        }
    }

    #[test]
    fn a_moment_reads_as_utc() {
        assert_eq!(
            TimestampMs(1_795_414_694_280).to_string(),
            "2026-11-23T06:18:14.280Z"
        );
    }
}
