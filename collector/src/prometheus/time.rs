//! Times as the API writes them: decimal seconds, exact to the millisecond.

use meshdelta_run::TimestampMs;

/// Writes a time as `seconds.milliseconds`, from integers.
pub(super) fn to_seconds(time: TimestampMs) -> String {
    format!("{}.{:03}", time.0.div_euclid(1000), time.0.rem_euclid(1000))
}

/// Reads a time from decimal seconds. Truncating the product would lose a millisecond of every third time.
pub(super) fn from_seconds(seconds: f64) -> TimestampMs {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since the epoch are below 2^53"
    )]
    TimestampMs((seconds * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_millisecond_survives_both_ways() {
        for millisecond in 0..1000 {
            let time = TimestampMs(1_795_414_694_000 + millisecond);
            let shortest = format!("{}", 1_795_414_694.0 + millisecond as f64 / 1000.0);
            assert_eq!(from_seconds(shortest.parse().unwrap()), time, "{shortest}");
            assert_eq!(from_seconds(to_seconds(time).parse().unwrap()), time);
        }
        assert_eq!(to_seconds(TimestampMs(1_795_414_694_007)), "1795414694.007");
    }
}
