//! The three tables of raw samples, in memory.

use std::collections::BTreeMap;

use crate::{PhaseId, SlotId, TimestampMs};

/// What the samples of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// Cumulative native histograms.
    Histogram,
    /// A number that only grows, but for resets.
    Counter,
    /// A number that comes and goes.
    Gauge,
}

impl MetricKind {
    /// Returns the name as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Histogram => "histogram",
            Self::Counter => "counter",
            Self::Gauge => "gauge",
        }
    }

    /// Finds the kind of that name.
    pub fn find(name: &str) -> Option<Self> {
        [Self::Histogram, Self::Counter, Self::Gauge]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// One series: a metric with its labels. What the analysis groups by has a column of its own; `labels` has all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The number that the samples refer to, from 0, unique in the run.
    pub id: u32,
    /// Name of the metric.
    pub metric: String,
    /// Unit of the values: `seconds`, `bytes`, `requests`, ...
    pub unit: String,
    /// What the samples are.
    pub kind: MetricKind,
    /// The phase measured.
    pub phase: PhaseId,
    /// The place in the run.
    pub slot: SlotId,
    /// The k6 runner, or the role of a process.
    pub runner: Option<String>,
    /// The k6 scenario: `warmup` or `measure`.
    pub scenario: Option<String>,
    /// HTTP status.
    pub status: Option<String>,
    /// Whether k6 counted these requests as successful.
    pub expected_response: Option<bool>,
    /// All labels, as stored.
    pub labels: BTreeMap<String, String>,
}

/// One stored sample of a native histogram: cumulative, exactly as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramSample {
    /// The series.
    pub series_id: u32,
    /// When k6 took the newest observation in it.
    pub timestamp: TimestampMs,
    /// Exponential schema; absent when no regular bucket is populated, so that the answer does not tell it.
    pub schema: Option<i8>,
    /// Width of the zero bucket; absent when the zero bucket is empty, so that the answer does not tell it.
    pub zero_threshold: Option<f64>,
    /// Observations in the zero bucket.
    pub zero_count: u64,
    /// All observations.
    pub count: u64,
    /// Sum of all observations, in the series' unit.
    pub sum: f64,
    /// Indices of the populated positive buckets, ascending: bucket `i` is `(2^((i-1)/2^schema), 2^(i/2^schema)]`.
    pub bucket_indices: Vec<i32>,
    /// Observations in each of them (not cumulative over buckets).
    pub bucket_counts: Vec<u64>,
}

/// One stored sample of a counter or gauge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScalarSample {
    /// The series.
    pub series_id: u32,
    /// When.
    pub timestamp: TimestampMs,
    /// The value, in the series' unit.
    pub value: f64,
}

/// All raw samples of a run, or of one slot of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables {
    /// The series, by ascending id.
    pub series: Vec<Series>,
    /// Samples of histogram series, by series and time.
    pub histograms: Vec<HistogramSample>,
    /// Samples of counters and gauges, by series and time.
    pub scalars: Vec<ScalarSample>,
}

impl Tables {
    /// Appends the samples of another slot, giving its series new numbers.
    pub fn append(&mut self, other: Self) {
        let first = u32::try_from(self.series.len()).unwrap_or(u32::MAX);
        self.series
            .extend(other.series.into_iter().map(|series| Series {
                id: series.id + first,
                ..series
            }));
        let histograms = other.histograms.into_iter();
        self.histograms
            .extend(histograms.map(|sample| HistogramSample {
                series_id: sample.series_id + first,
                ..sample
            }));
        let scalars = other.scalars.into_iter();
        self.scalars.extend(scalars.map(|sample| ScalarSample {
            series_id: sample.series_id + first,
            ..sample
        }));
    }
}
