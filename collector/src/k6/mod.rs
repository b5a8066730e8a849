//! k6: how it is called, and what it reports at the end.

mod report;

pub use report::LoadReport;
pub(crate) use report::SUMMARY_MARKER;

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use meshdelta_run::Plan;

use crate::environment::SlotContext;
use crate::error::CollectorError;

/// The load script.
pub(crate) const LOAD_SCRIPT: &str = include_str!("../../../k6/load.js");
/// The same with a proof in each runner before its load, for Kubernetes. It imports `load.js`.
pub(crate) const CLUSTER_SCRIPT: &str = include_str!("../../../k6/cluster.js");
/// The scenario whose samples are thrown away.
pub(crate) const WARMUP: &str = "warmup";
/// The scenario that is measured.
pub(crate) const MEASURE: &str = "measure";

/// One call of k6.
#[derive(Debug)]
pub(crate) struct Invocation<'a> {
    pub(crate) context: SlotContext<'a>,
    /// Tells the runners of one load apart; two with equal labels would overwrite each other's series.
    pub(crate) runner: &'a str,
    pub(crate) script: &'a Path,
    pub(crate) target: &'a str,
    pub(crate) write_url: &'a str,
    /// An empty configuration, so that the user's own one cannot change the load.
    pub(crate) configuration: &'a Path,
}

impl Invocation<'_> {
    /// Returns the arguments. Everything that names the slot is a `--tag`, because `--tag` replaces the tags of the script.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = [
            "run",
            "--quiet",
            "--no-usage-report",
            "--address=",
            "--out=experimental-prometheus-rw",
        ]
        .map(str::to_owned)
        .into();
        let runner = ("instance_id", self.runner.to_owned());
        arguments.extend(
            tags(self.context)
                .into_iter()
                .chain([runner])
                .map(|(name, value)| format!("--tag={name}={value}")),
        );
        arguments.push(format!("--config={}", self.configuration.display()));
        arguments.push(self.script.display().to_string());
        arguments
    }

    /// Returns the environment variables.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        variables(self.context.plan, self.target, self.write_url)
    }
}

/// Returns the tags that name the attempt at a slot; the runner is not among them.
pub(crate) fn tags(context: SlotContext<'_>) -> [(&'static str, String); 5] {
    let slot = context.slot;
    [
        ("testid", context.run_id.to_string()),
        ("phase", slot.phase.to_string()),
        ("round", slot.id.round.to_string()),
        ("slot", slot.id.slot.to_string()),
        ("attempt", context.attempt.0.to_string()),
    ]
}

/// Returns the environment variables of a runner.
pub(crate) fn variables(plan: &Plan, target: &str, write_url: &str) -> Vec<(String, String)> {
    let variables = [
        ("K6_PROMETHEUS_RW_SERVER_URL", write_url.to_owned()),
        (
            "K6_PROMETHEUS_RW_PUSH_INTERVAL",
            format!("{}s", plan.push_interval_seconds),
        ),
        (
            "K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM",
            "true".to_owned(),
        ),
        ("MESHDELTA_TARGET", target.to_owned()),
        (
            "MESHDELTA_RATE_PER_SECOND",
            plan.rate_per_second.to_string(),
        ),
        ("MESHDELTA_WARMUP_SECONDS", plan.warmup_seconds.to_string()),
        (
            "MESHDELTA_DURATION_SECONDS",
            plan.duration_seconds.to_string(),
        ),
        (
            "MESHDELTA_PUSH_INTERVAL_SECONDS",
            plan.push_interval_seconds.to_string(),
        ),
        ("MESHDELTA_VIRTUAL_USERS", plan.virtual_users.to_string()),
        (
            "MESHDELTA_MAXIMUM_VIRTUAL_USERS",
            plan.maximum_virtual_users.to_string(),
        ),
    ];
    variables
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

/// Returns how long k6 may take for a slot before it counts as hanging.
pub(crate) fn time_limit(plan: &Plan) -> Duration {
    Duration::from_secs(u64::from(plan.warmup_seconds) + u64::from(plan.duration_seconds) + 60)
}

/// Fails when k6 did not end with success. `log` is the end of what it said.
pub(crate) fn check_exit(status: ExitStatus, log: &str) -> Result<(), CollectorError> {
    check_exit_code(status.code().unwrap_or(137), log)
}

/// Fails when the exit code of k6 is not that of success.
fn check_exit_code(code: i32, log: &str) -> Result<(), CollectorError> {
    if code == 0 {
        return Ok(());
    }
    Err(CollectorError::LoadFailed {
        code,
        meaning: exit_code_meaning(code),
        log: log.to_owned(),
    })
}

/// Returns what an exit code of k6 means (grafana/k6, `errext/exitcodes/codes.go`).
pub(crate) fn exit_code_meaning(code: i32) -> &'static str {
    match code {
        97 | 98 => "the cloud test run failed",
        99 => "a threshold failed",
        100 => "setup took too long",
        101 => "teardown took too long",
        102 => "a generic timeout",
        103 => "stopped by its REST API",
        104 => "invalid configuration",
        105 => "stopped by a signal",
        106 => "its REST API could not start",
        107 => "the script threw an exception",
        108 => "the script aborted the test",
        109 => "k6 panicked",
        110 => "the test was marked as failed",
        137 => "killed, perhaps for want of memory",
        _ => "not a documented code",
    }
}
