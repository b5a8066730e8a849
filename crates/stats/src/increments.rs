//! From cumulative snapshots of one series to what was observed between them.
//!
//! `docs/statistics.md`, "From cumulative snapshots to increments". A k6 process counts from 0, so the first snapshot of a
//! series whose birth is known is itself an increment; `increase()` of `PromQL` would lose it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::histogram::{HistogramError, NativeHistogram, detect_reset};
use crate::units::TimestampMs;

/// One stored sample of a series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CumulativeSample {
    /// The stored timestamp: the end of the newest request that is counted.
    pub at: TimestampMs,
    /// Everything that the series has counted until then.
    pub histogram: NativeHistogram,
}

/// When the process behind a series started to count from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Birth {
    /// At this moment.
    At(TimestampMs),
    /// Nobody recorded it; the first snapshot is then only a starting point.
    Unknown,
}

/// Something about the data that the reader of a number should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DataFlag {
    /// The birth of a series is unknown; its first snapshot is lost.
    Unanchored,
    /// A series started anew in the middle.
    Reset,
    /// A series was written by more than one process: the slot is invalid.
    Collision,
    /// A series changed its resolution.
    Resolution,
    /// Cells were merged because runners were silent in some of them.
    CoarseCells,
}

/// What a series observed between two snapshots.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Increment {
    /// The previous snapshot, or the birth of the series.
    pub after: TimestampMs,
    /// The snapshot at which it ends.
    pub at: TimestampMs,
    /// The observations.
    pub histogram: NativeHistogram,
}

/// All increments of one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SeriesIncrements {
    /// The increments in the order of time.
    pub increments: Vec<Increment>,
    /// What was noticed.
    pub flags: BTreeSet<DataFlag>,
    /// How often the series started anew.
    pub resets: u32,
}

/// A series from which no increments can be taken.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum IncrementError {
    /// The sum is NaN or infinite: NaN or infinity was observed, which no duration is.
    #[error("unsupported histogram at {} ms: its sum is not finite", at.0)]
    UnsupportedHistogram {
        /// The offending snapshot.
        at: TimestampMs,
    },
    /// A snapshot is older than the process: its labels were used before.
    #[error("snapshot at {} ms is older than the start of its process at {} ms", at.0, birth.0)]
    SampleBeforeBirth {
        /// The offending snapshot.
        at: TimestampMs,
        /// The recorded birth.
        birth: TimestampMs,
    },
    /// The histograms cannot be subtracted.
    #[error("cannot subtract the snapshot before {} ms", at.0)]
    Histogram {
        /// The later snapshot.
        at: TimestampMs,
        /// What is wrong.
        source: HistogramError,
    },
}

/// Returns the increments of a series from its snapshots, in any order.
///
/// Identical duplicates are dropped. Two different snapshots of one moment, or more than one reset, mean two writers and
/// raise [`DataFlag::Collision`].
pub fn increments(
    samples: &[CumulativeSample],
    birth: Birth,
) -> Result<SeriesIncrements, IncrementError> {
    let mut ordered: Vec<&CumulativeSample> = samples.iter().collect();
    ordered.sort_by_key(|sample| sample.at);
    let mut result = SeriesIncrements::default();
    let mut previous: Option<(TimestampMs, Option<&NativeHistogram>)> = match birth {
        Birth::At(birth) => Some((birth, None)),
        Birth::Unknown => None,
    };
    for sample in ordered {
        check(sample, birth)?;
        let histogram = &sample.histogram;
        match previous {
            None => {
                result.flags.insert(DataFlag::Unanchored);
            }
            Some((at, Some(before))) if at == sample.at => {
                if before != histogram {
                    result.flags.insert(DataFlag::Collision);
                }
                continue;
            }
            Some((after, before)) => {
                let grown = result.step(before, sample)?;
                result.increments.push(Increment {
                    after,
                    at: sample.at,
                    histogram: grown,
                });
            }
        }
        previous = Some((sample.at, Some(histogram)));
    }
    if result.resets > 1 {
        result.flags.insert(DataFlag::Collision);
    }
    Ok(result)
}

fn check(sample: &CumulativeSample, birth: Birth) -> Result<(), IncrementError> {
    if !sample.histogram.sum().is_finite() {
        return Err(IncrementError::UnsupportedHistogram { at: sample.at });
    }
    match birth {
        Birth::At(birth) if sample.at < birth => Err(IncrementError::SampleBeforeBirth {
            at: sample.at,
            birth,
        }),
        _ => Ok(()),
    }
}

impl SeriesIncrements {
    /// Returns what a snapshot adds to the one before, and notes resets and changes of resolution.
    fn step(
        &mut self,
        before: Option<&NativeHistogram>,
        sample: &CumulativeSample,
    ) -> Result<NativeHistogram, IncrementError> {
        let Some(before) = before else {
            return Ok(sample.histogram.clone());
        };
        if before.schema().is_some()
            && sample.histogram.schema().is_some()
            && before.schema() != sample.histogram.schema()
        {
            self.flags.insert(DataFlag::Resolution);
        }
        if detect_reset(before, &sample.histogram).is_some() {
            self.flags.insert(DataFlag::Reset);
            self.resets += 1;
            return Ok(sample.histogram.clone());
        }
        sample
            .histogram
            .subtract(before)
            .map_err(|source| IncrementError::Histogram {
                at: sample.at,
                source,
            })
    }
}

#[cfg(test)]
#[path = "increments_tests.rs"]
mod tests;
