//! The one place that reads the clock.

use meshdelta_run::TimestampMs;

/// Returns the time now.
pub(crate) fn now() -> TimestampMs {
    TimestampMs(chrono::Utc::now().timestamp_millis())
}
