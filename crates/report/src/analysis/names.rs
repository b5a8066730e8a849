//! Names of the series of a run, as the collector stores them.

/// Durations of requests, without connecting.
pub(super) const DURATION: &str = "k6_http_req_duration_seconds";
/// Time from asking for a connection to having one; connecting is part of it.
pub(super) const BLOCKED: &str = "k6_http_req_blocked_seconds";
/// The counter of requests.
pub(super) const REQUESTS: &str = "k6_http_reqs_total";
/// CPU seconds used by a process since it started.
pub(super) const CPU: &str = "meshdelta_process_cpu_seconds_total";
/// Resident memory of a process.
pub(super) const MEMORY: &str = "meshdelta_process_resident_memory_bytes";
/// Scheduler periods in which a container with a CPU limit ran.
pub(super) const PERIODS: &str = "meshdelta_process_cpu_periods_total";
/// Those of them in which it was stopped because its limit was used up.
pub(super) const THROTTLED_PERIODS: &str = "meshdelta_process_cpu_throttled_periods_total";
/// The label that tells several processes of one role apart.
pub(super) const INSTANCE: &str = "instance";
/// The label that tells whether requests of the phase go through the process.
pub(super) const ON_PATH: &str = "on_path";
/// The scenario that is thrown away.
pub(super) const WARMUP: &str = "warmup";
/// The scenario that is measured.
pub(super) const MEASURE: &str = "measure";
/// The role of the load generator.
pub(super) const LOAD_GENERATOR: &str = "k6";

/// CPU seconds per 1,000 requests of all processes on the path, as a metric of the statistics.
pub(crate) const CPU_METRIC: &str = "cpu_seconds_per_1000_requests";
/// Mean resident memory of all processes on the path, as a metric of the statistics.
pub(crate) const MEMORY_METRIC: &str = "memory_mean_bytes";
