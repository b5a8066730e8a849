//! Finds and changes what is stored in a run.

use meshdelta_run::folder::SavedRun;
use meshdelta_run::{HistogramSample, MetricKind, ScalarSample, Series};

use crate::builder::{Buckets, sample};

/// The id of the series of successful measured requests of a slot.
pub(crate) fn measured_series(run: &SavedRun, slot: usize) -> u32 {
    let id = run.manifest.slots[slot].id;
    run.tables
        .series
        .iter()
        .find(|series| {
            series.slot == id
                && series.metric == "k6_http_req_duration_seconds"
                && series.scenario.as_deref() == Some("measure")
                && series.expected_response == Some(true)
        })
        .unwrap()
        .id
}

/// The samples of a histogram series.
pub(crate) fn histograms_of(
    run: &mut SavedRun,
    series: u32,
) -> impl Iterator<Item = &mut HistogramSample> {
    run.tables
        .histograms
        .iter_mut()
        .filter(move |sample| sample.series_id == series)
}

/// Adds what cAdvisor counts of a role: so many scheduler periods in the middle of a slot, and those of them in which it was stopped.
pub(crate) fn add_periods(run: &mut SavedRun, slot: usize, role: &str, periods: f64, stopped: f64) {
    let like = run.tables.series[measured_series(run, slot) as usize].clone();
    let start = run.manifest.slots[slot].window.start;
    for (metric, grown) in [
        ("meshdelta_process_cpu_periods_total", periods),
        ("meshdelta_process_cpu_throttled_periods_total", stopped),
    ] {
        let id = u32::try_from(run.tables.series.len()).unwrap();
        run.tables.series.push(Series {
            id,
            metric: metric.to_owned(),
            kind: MetricKind::Counter,
            runner: Some(role.to_owned()),
            scenario: None,
            expected_response: None,
            ..like.clone()
        });
        // What was before the window is not of this slot.
        for (milliseconds, value) in [(-1000, 0.0), (1000, 5000.0), (10_000, 5000.0 + grown)] {
            run.tables.scalars.push(ScalarSample {
                series_id: id,
                timestamp: start.plus_ms(milliseconds),
                value,
            });
        }
    }
}

/// Adds failed requests that never had a connection, which k6 gives the duration 0, in the middle of a slot.
pub(crate) fn add_failures(run: &mut SavedRun, slot: usize, count: u64) {
    let like = run.tables.series[measured_series(run, slot) as usize].clone();
    let middle = run.manifest.slots[slot].window.start.plus_ms(10_500);
    for (metric, kind) in [
        ("k6_http_req_duration_seconds", MetricKind::Histogram),
        ("k6_http_reqs_total", MetricKind::Counter),
    ] {
        let id = u32::try_from(run.tables.series.len()).unwrap();
        run.tables.series.push(Series {
            id,
            metric: metric.to_owned(),
            kind,
            expected_response: Some(false),
            ..like.clone()
        });
        match kind {
            MetricKind::Histogram => run.tables.histograms.push(HistogramSample {
                zero_count: count,
                count,
                schema: None,
                ..sample(id, middle, &Buckets::new(), 0.0)
            }),
            _ => run.tables.scalars.push(ScalarSample {
                series_id: id,
                timestamp: middle,
                value: count as f64,
            }),
        }
    }
    run.manifest.slots[slot].load.failed_requests = count;
}
