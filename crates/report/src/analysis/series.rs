//! The series of one slot, and their samples in the form that the statistics take.

use std::collections::BTreeMap;

use meshdelta_run::folder::SavedRun;
use meshdelta_run::manifest::SlotRecord;
use meshdelta_run::{HistogramSample, ScalarSample, Series, SlotId, Tables};
use meshdelta_stats::histogram::{HistogramError, InvalidSchema, NativeHistogram, Schema};
use meshdelta_stats::{Birth, CumulativeSample, RunnerName, SeriesSamples, TimestampMs};

use super::names::DURATION;

/// A series with its samples.
#[derive(Debug, Clone)]
pub(super) struct Sampled<'a, Sample> {
    /// The series.
    pub(super) series: &'a Series,
    /// Its samples, as stored.
    pub(super) samples: Vec<&'a Sample>,
}

/// Everything that was stored of one slot.
#[derive(Debug, Clone)]
pub(super) struct SlotSeries<'a> {
    /// What happened in the slot.
    pub(super) record: &'a SlotRecord,
    /// Its histogram series.
    pub(super) histograms: Vec<Sampled<'a, HistogramSample>>,
    /// Its counters and gauges.
    pub(super) scalars: Vec<Sampled<'a, ScalarSample>>,
}

/// A stored sample that is no histogram.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum SampleError {
    /// The schema is not exponential.
    #[error(transparent)]
    Schema(#[from] InvalidSchema),
    /// The counts contradict each other.
    #[error(transparent)]
    Histogram(#[from] HistogramError),
}

/// Returns the series of every slot, in the order of the manifest.
pub(super) fn by_slot(run: &SavedRun) -> Vec<SlotSeries<'_>> {
    let Tables {
        series,
        histograms,
        scalars,
    } = &run.tables;
    let mut histograms = group(histograms, |sample| sample.series_id);
    let mut scalars = group(scalars, |sample| sample.series_id);
    let mut slots: BTreeMap<SlotId, SlotSeries<'_>> = run
        .manifest
        .slots
        .iter()
        .map(|record| (record.id, SlotSeries::new(record)))
        .collect();
    for series in series {
        let Some(slot) = slots.get_mut(&series.slot) else {
            continue;
        };
        if let Some(samples) = histograms.remove(&series.id) {
            slot.histograms.push(Sampled { series, samples });
        }
        if let Some(samples) = scalars.remove(&series.id) {
            slot.scalars.push(Sampled { series, samples });
        }
    }
    slots.into_values().collect()
}

fn group<Sample>(samples: &[Sample], id: fn(&Sample) -> u32) -> BTreeMap<u32, Vec<&Sample>> {
    let mut groups: BTreeMap<u32, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        groups.entry(id(sample)).or_default().push(sample);
    }
    groups
}

impl<'a> SlotSeries<'a> {
    fn new(record: &'a SlotRecord) -> Self {
        Self {
            record,
            histograms: Vec::new(),
            scalars: Vec::new(),
        }
    }

    /// Returns the histograms of a metric in a scenario; `expected` asks for successful or failed requests only.
    pub(super) fn histograms_of(
        &self,
        metric: &str,
        scenario: &str,
        expected: Option<bool>,
    ) -> impl Iterator<Item = &Sampled<'a, HistogramSample>> {
        self.histograms
            .iter()
            .filter(move |one| selects(one.series, metric, scenario, expected))
    }

    /// Returns the scalars of a metric in a scenario; `expected` asks for successful or failed requests only.
    pub(super) fn scalars_of(
        &self,
        metric: &str,
        scenario: &str,
        expected: Option<bool>,
    ) -> impl Iterator<Item = &Sampled<'a, ScalarSample>> {
        self.scalars
            .iter()
            .filter(move |one| selects(one.series, metric, scenario, expected))
    }

    /// Returns the scalars of a metric of processes.
    pub(super) fn process_scalars(
        &self,
        metric: &str,
    ) -> impl Iterator<Item = &Sampled<'a, ScalarSample>> {
        self.scalars
            .iter()
            .filter(move |one| one.series.metric == metric)
    }

    /// Returns the durations of requests of a scenario as the statistics take them; all end at the latest just before `end`.
    pub(super) fn durations(
        &self,
        scenario: &str,
        expected: Option<bool>,
        end: meshdelta_run::TimestampMs,
    ) -> Result<Vec<SeriesSamples>, SampleError> {
        self.histograms_of(DURATION, scenario, expected)
            .map(|one| self.samples(one, end))
            .collect()
    }

    fn samples(
        &self,
        one: &Sampled<'a, HistogramSample>,
        end: meshdelta_run::TimestampMs,
    ) -> Result<SeriesSamples, SampleError> {
        let mut samples: Vec<CumulativeSample> = one
            .samples
            .iter()
            .map(|sample| cumulative(sample))
            .collect::<Result<_, _>>()?;
        end_within(&mut samples, TimestampMs(end.0));
        // Every slot is a new k6 process with labels of its own, so the first snapshot counts from zero. A clock that lags
        // would put it before the slot, which is a finding of its own and no reason to lose the data.
        let entered = TimestampMs(self.record.entered_at.0);
        let birth = samples
            .iter()
            .map(|sample| sample.at)
            .fold(entered, TimestampMs::min);
        Ok(SeriesSamples {
            runner: RunnerName::new(runner(one.series)),
            birth: Birth::At(birth),
            samples,
        })
    }
}

fn selects(series: &Series, metric: &str, scenario: &str, expected: Option<bool>) -> bool {
    series.metric == metric
        && series.scenario.as_deref() == Some(scenario)
        && (expected.is_none() || series.expected_response == expected)
}

/// Returns who wrote a series.
pub(super) fn runner(series: &Series) -> &str {
    series.runner.as_deref().unwrap_or("1")
}

/// Turns a stored sample into a checked histogram.
pub(super) fn cumulative(sample: &HistogramSample) -> Result<CumulativeSample, SampleError> {
    let schema = sample
        .schema
        .map(|schema| Schema::try_new(i32::from(schema)))
        .transpose()?;
    let indices = sample.bucket_indices.iter().copied();
    let buckets = indices.zip(sample.bucket_counts.iter().copied()).collect();
    let histogram = NativeHistogram::try_new(
        schema,
        sample.zero_threshold.unwrap_or(0.0),
        sample.zero_count,
        sample.count,
        sample.sum,
        buckets,
    )?;
    Ok(CumulativeSample {
        at: TimestampMs(sample.timestamp.0),
        histogram,
    })
}

/// Moves what ends after the window to its last moments, in the order in which it came.
///
/// A scenario has its own series, so all its requests were started within its window; the ones that end after it are the slow
/// ones, and leaving them out would flatter the tail. Snapshots of one moment stay at one moment.
fn end_within(samples: &mut [CumulativeSample], end: TimestampMs) {
    samples.sort_by_key(|sample| sample.at);
    let mut latest = TimestampMs(end.0 - 1);
    let mut stored_before = None;
    for sample in samples.iter_mut().rev() {
        let stored = sample.at;
        if stored_before.is_some_and(|before| before != stored) {
            latest = TimestampMs(latest.0 - 1);
        }
        stored_before = Some(stored);
        latest = latest.min(stored);
        sample.at = latest;
    }
}

/// Returns the newest snapshot of a series, which has everything that the series counted.
pub(super) fn newest<'a>(one: &Sampled<'a, HistogramSample>) -> Option<&'a HistogramSample> {
    one.samples
        .iter()
        .max_by_key(|sample| sample.timestamp)
        .copied()
}
