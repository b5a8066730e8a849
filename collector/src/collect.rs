//! From Prometheus into the tables of a run: waits until everything is stored, pulls it raw, and checks the counts.

use std::collections::BTreeMap;
use std::time::Duration;

use meshdelta_run::manifest::{LoadSummary, Window};
use meshdelta_run::{
    HistogramSample, MetricKind, ScalarSample, Series, SlotId, Tables, TimestampMs,
};
use tokio::time::{Instant, sleep};

use crate::clock;
use crate::environment::{LoadOutcome, ResourceSample, SlotContext};
use crate::error::CollectorError;
use crate::k6::{LoadReport, MEASURE, WARMUP};
use crate::prometheus::{PrometheusClient, RawHistogram, RawSeries};

/// Histograms that are kept, with their unit. `http_req_duration` excludes connecting, so that is kept beside it.
const HISTOGRAMS: [(&str, &str); 3] = [
    (DURATION, "seconds"),
    ("k6_http_req_blocked_seconds", "seconds"),
    ("k6_http_req_connecting_seconds", "seconds"),
];
/// Counters and gauges that are kept, with their unit.
const SCALARS: [(&str, &str, MetricKind); 4] = [
    (REQUESTS, "requests", MetricKind::Counter),
    (
        "k6_dropped_iterations_total",
        "iterations",
        MetricKind::Counter,
    ),
    ("k6_vus", "virtual users", MetricKind::Gauge),
    (
        "k6_meshdelta_measure_start_ms",
        "milliseconds",
        MetricKind::Gauge,
    ),
];
const DURATION: &str = "k6_http_req_duration_seconds";
const REQUESTS: &str = "k6_http_reqs_total";

/// CPU seconds used by a process since it started.
pub const PROCESS_CPU_METRIC: &str = "meshdelta_process_cpu_seconds_total";
/// Resident memory of a process.
pub const PROCESS_MEMORY_METRIC: &str = "meshdelta_process_resident_memory_bytes";
/// Scheduler periods in which a container with a CPU limit ran.
pub const PERIODS_METRIC: &str = "meshdelta_process_cpu_periods_total";
/// Those of them in which it was stopped because its limit was used up.
pub const THROTTLED_PERIODS_METRIC: &str = "meshdelta_process_cpu_throttled_periods_total";
/// The label that tells several processes of one role apart.
pub const INSTANCE_LABEL: &str = "instance";
/// The label that tells whether requests of the phase go through the process.
pub const ON_PATH_LABEL: &str = "on_path";

/// Samples this much before and after a slot are asked for too, against clocks that differ.
const SLACK_MS: i64 = 60_000;
/// The least time that stored counts may take to be complete.
const SETTLE_AT_LEAST: Duration = Duration::from_secs(10);
const SETTLE_POLL: Duration = Duration::from_millis(100);

/// What a slot left in Prometheus.
#[derive(Debug)]
pub struct Collected {
    /// The raw samples, resource use included.
    pub tables: Tables,
    /// What k6 counted.
    pub load: LoadSummary,
    /// The measured window.
    pub window: Window,
    /// Why the data must not be used; empty when it may.
    pub failures: Vec<String>,
}

/// Waits until the slot is stored whole, pulls it, and checks it against k6's own summary.
pub async fn collect_slot(
    prometheus: &PrometheusClient,
    context: SlotContext<'_>,
    entered_at: TimestampMs,
    outcome: &LoadOutcome,
) -> Result<Collected, CollectorError> {
    let mut failures = Vec::new();
    if let Err(error) = settle(prometheus, context, entered_at, &outcome.reports).await? {
        failures.push(error.to_string());
    }
    let (from, to) = (
        entered_at.plus_ms(-SLACK_MS),
        clock::now().plus_ms(SLACK_MS),
    );
    let mut tables = Tables::default();
    for (metric, unit) in HISTOGRAMS {
        let series = prometheus
            .raw_samples(&selector(metric, context), from, to)
            .await?;
        add(&mut tables, context, series, unit, MetricKind::Histogram);
    }
    for (metric, unit, kind) in SCALARS {
        let series = prometheus
            .raw_samples(&selector(metric, context), from, to)
            .await?;
        add(&mut tables, context, series, unit, kind);
    }
    failures.extend(
        count_mismatches(context.slot.id, &tables, &outcome.reports)
            .iter()
            .map(ToString::to_string),
    );
    add_resources(&mut tables, context, &outcome.resources);
    let failed_pushes: u64 = outcome
        .reports
        .iter()
        .map(|report| report.failed_pushes)
        .sum();
    if failed_pushes > 0 {
        tracing::warn!(
            failed_pushes,
            "k6 could not push to Prometheus; later pushes carry the same counts"
        );
    }
    Ok(Collected {
        tables,
        load: load_summary(&outcome.reports),
        window: window(context, &outcome.reports)?,
        failures,
    })
}

/// Returns the selector of a metric in this attempt at this slot only.
fn selector(metric: &str, context: SlotContext<'_>) -> String {
    let slot = context.slot.id;
    format!(
        r#"{{__name__="{metric}",testid="{}",round="{}",slot="{}",attempt="{}"}}"#,
        context.run_id, slot.round, slot.slot, context.attempt.0
    )
}

/// Waits until the stored requests are as many as k6 counted; the inner error names both numbers when they never are.
async fn settle(
    prometheus: &PrometheusClient,
    context: SlotContext<'_>,
    entered_at: TimestampMs,
    reports: &[LoadReport],
) -> Result<Result<(), CollectorError>, CollectorError> {
    let counted: u64 = reports.iter().map(LoadReport::all_requests).sum();
    let three_pushes = Duration::from_secs(3 * u64::from(context.plan.push_interval_seconds));
    let deadline = Instant::now() + three_pushes.max(SETTLE_AT_LEAST);
    let selector = selector(REQUESTS, context);
    loop {
        let (from, to) = (
            entered_at.plus_ms(-SLACK_MS),
            clock::now().plus_ms(SLACK_MS),
        );
        let values = prometheus.last_values(&selector, from, to).await?;
        let stored = total(values.iter().map(|last| last.value));
        if stored == counted {
            return Ok(Ok(()));
        }
        if Instant::now() > deadline {
            let metric = format!("{REQUESTS} (all requests)");
            return Ok(Err(CollectorError::CountMismatch {
                slot: context.slot.id,
                metric,
                stored,
                counted,
            }));
        }
        tokio::select! {
            () = sleep(SETTLE_POLL) => {}
            () = context.cancellation.cancelled() => return Err(CollectorError::Interrupted),
        }
    }
}

/// Adds counts that are stored as floats.
fn total(values: impl Iterator<Item = f64>) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are whole and positive"
    )]
    values.map(|value| value.max(0.0) as u64).sum()
}

fn add(
    tables: &mut Tables,
    context: SlotContext<'_>,
    raw: Vec<RawSeries>,
    unit: &str,
    kind: MetricKind,
) {
    for series in raw {
        let id = next_id(tables);
        let label = |name: &str| series.labels.get(name).cloned();
        let expected_response = label("expected_response").and_then(|value| value.parse().ok());
        tables.series.push(Series {
            id,
            metric: series.metric,
            unit: unit.to_owned(),
            kind,
            phase: context.slot.phase.clone(),
            slot: context.slot.id,
            runner: label("instance_id"),
            scenario: label("scenario"),
            status: label("status"),
            expected_response,
            labels: series.labels,
        });
        let histograms = series
            .histograms
            .into_iter()
            .map(|(time, histogram)| stored(id, time, histogram));
        tables.histograms.extend(histograms);
        let values = series.values.into_iter();
        tables
            .scalars
            .extend(values.map(|(timestamp, value)| ScalarSample {
                series_id: id,
                timestamp,
                value,
            }));
    }
}

fn next_id(tables: &Tables) -> u32 {
    u32::try_from(tables.series.len()).unwrap_or(u32::MAX)
}

fn stored(series_id: u32, timestamp: TimestampMs, histogram: RawHistogram) -> HistogramSample {
    let (bucket_indices, bucket_counts) = histogram.buckets.into_iter().unzip();
    HistogramSample {
        series_id,
        timestamp,
        schema: histogram.schema,
        zero_threshold: histogram.zero_threshold,
        zero_count: histogram.zero_count,
        count: histogram.count,
        sum: histogram.sum,
        bucket_indices,
        bucket_counts,
    }
}

fn add_resources(tables: &mut Tables, context: SlotContext<'_>, samples: &[ResourceSample]) {
    let mut by_process: BTreeMap<(&str, &str), Vec<&ResourceSample>> = BTreeMap::new();
    for sample in samples {
        let process = (sample.role.as_str(), sample.instance.as_str());
        by_process.entry(process).or_default().push(sample);
    }
    for ((role, instance), samples) in by_process {
        let on_path = samples.iter().any(|sample| sample.on_path);
        let mut labels = BTreeMap::from([(ON_PATH_LABEL.to_owned(), on_path.to_string())]);
        if !instance.is_empty() {
            labels.insert(INSTANCE_LABEL.to_owned(), instance.to_owned());
        }
        for resource in &RESOURCES {
            let values: Vec<(TimestampMs, f64)> = samples
                .iter()
                .filter_map(|sample| Some((sample.timestamp, (resource.value)(sample)?)))
                .collect();
            if values.is_empty() {
                continue;
            }
            let id = next_id(tables);
            tables.series.push(Series {
                id,
                metric: resource.metric.to_owned(),
                unit: resource.unit.to_owned(),
                kind: resource.kind,
                phase: context.slot.phase.clone(),
                slot: context.slot.id,
                runner: Some(role.to_owned()),
                scenario: None,
                status: None,
                expected_response: None,
                labels: labels.clone(),
            });
            let values = values.into_iter();
            tables
                .scalars
                .extend(values.map(|(timestamp, value)| ScalarSample {
                    series_id: id,
                    timestamp,
                    value,
                }));
        }
    }
}

/// A quantity of a resource sample, as it is stored.
struct Resource {
    metric: &'static str,
    unit: &'static str,
    kind: MetricKind,
    value: fn(&ResourceSample) -> Option<f64>,
}

const RESOURCES: [Resource; 4] = [
    Resource {
        metric: PROCESS_CPU_METRIC,
        unit: "seconds",
        kind: MetricKind::Counter,
        value: |sample| Some(sample.cpu_seconds),
    },
    Resource {
        metric: PROCESS_MEMORY_METRIC,
        unit: "bytes",
        kind: MetricKind::Gauge,
        value: |sample| Some(sample.resident_bytes as f64),
    },
    Resource {
        metric: PERIODS_METRIC,
        unit: "periods",
        kind: MetricKind::Counter,
        value: |sample| Some(sample.throttling?.periods),
    },
    Resource {
        metric: THROTTLED_PERIODS_METRIC,
        unit: "periods",
        kind: MetricKind::Counter,
        value: |sample| Some(sample.throttling?.throttled_periods),
    },
];

/// Compares histogram counts and request counters with k6's summary, by scenario and outcome.
fn count_mismatches(slot: SlotId, tables: &Tables, reports: &[LoadReport]) -> Vec<CollectorError> {
    let last_count = |series: &Series| -> u64 {
        let samples = tables.histograms.iter().rev();
        samples
            .into_iter()
            .find(|sample| sample.series_id == series.id)
            .map_or(0, |sample| sample.count)
    };
    let last_value = |series: &Series| -> u64 {
        let sample = tables
            .scalars
            .iter()
            .rev()
            .find(|sample| sample.series_id == series.id);
        total(sample.map(|sample| sample.value).into_iter())
    };
    let mut mismatches = Vec::new();
    for scenario in [WARMUP, MEASURE] {
        for expected in [true, false] {
            let counted: u64 = reports
                .iter()
                .map(|report| report.requests(scenario, expected))
                .sum();
            let of_metric = |metric: &'static str| {
                tables.series.iter().filter(move |series| {
                    series.metric == metric
                        && series.scenario.as_deref() == Some(scenario)
                        && series.expected_response == Some(expected)
                })
            };
            let sums = [
                (DURATION, of_metric(DURATION).map(last_count).sum::<u64>()),
                (REQUESTS, of_metric(REQUESTS).map(last_value).sum::<u64>()),
            ];
            for (metric, stored) in sums.into_iter().filter(|(_, stored)| *stored != counted) {
                let metric =
                    format!("{metric}{{scenario={scenario:?},expected_response=\"{expected}\"}}");
                mismatches.push(CollectorError::CountMismatch {
                    slot,
                    metric,
                    stored,
                    counted,
                });
            }
        }
    }
    mismatches
}

fn load_summary(reports: &[LoadReport]) -> LoadSummary {
    let sum = |count: fn(&LoadReport) -> u64| reports.iter().map(count).sum();
    LoadSummary {
        succeeded_requests: sum(|report| report.requests(MEASURE, true)),
        failed_requests: sum(|report| report.requests(MEASURE, false)),
        warmup_requests: sum(|report| {
            report.requests(WARMUP, true) + report.requests(WARMUP, false)
        }),
        dropped_iterations: sum(LoadReport::dropped_iterations),
        exact_seconds: match reports {
            [only] => only.exact_seconds(),
            _ => BTreeMap::new(),
        },
    }
}

/// Returns the time in which every runner ran its measured load: by k6's own scenario start, never by a push or a process.
pub(crate) fn window(
    context: SlotContext<'_>,
    reports: &[LoadReport],
) -> Result<Window, CollectorError> {
    let starts = reports
        .iter()
        .map(LoadReport::measure_start)
        .collect::<Result<Vec<_>, _>>()?;
    let length = i64::from(context.plan.duration_seconds) * 1000;
    let invalid = || CollectorError::SummaryInvalid {
        reason: "no runner reported".to_owned(),
    };
    let first = *starts.iter().min().ok_or_else(invalid)?;
    let last = *starts.iter().max().ok_or_else(invalid)?;
    Ok(Window {
        start: last,
        end: first.plus_ms(length),
    })
}

#[cfg(test)]
mod tests;
