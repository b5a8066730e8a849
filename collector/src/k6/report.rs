//! The end-of-test report of one runner: the ground truth that the stored counts are checked against.

use std::collections::BTreeMap;
use std::path::Path;

use fs_err as fs;
use meshdelta_run::TimestampMs;
use serde::{Deserialize, Serialize};

use super::{MEASURE, WARMUP};
use crate::error::CollectorError;

/// What the load script puts before its one line of JSON.
pub(crate) const SUMMARY_MARKER: &str = "MESHDELTA_SUMMARY ";
/// What k6 logs when a push failed.
const PUSH_FAILED: &str = "Failed to send the time series data";
/// What k6 logs when every virtual user was busy.
const TOO_FEW_USERS: &str = "Insufficient VUs";

/// k6's own summary, as the script writes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// The runner.
    #[serde(default)]
    pub runner: String,
    /// k6's metrics by name, each with its values by name: times in milliseconds.
    pub metrics: BTreeMap<String, BTreeMap<String, f64>>,
    /// Length of the whole test in milliseconds.
    pub test_run_duration_ms: f64,
    /// Pushes to Prometheus that failed, by k6's log.
    #[serde(default)]
    pub failed_pushes: u64,
    /// Whether k6 said that it had too few virtual users.
    #[serde(default)]
    pub too_few_virtual_users: bool,
}

impl LoadReport {
    /// Reads what k6 wrote to its standard output and its log.
    pub(crate) fn read(runner: &str, stdout: &Path, log: &Path) -> Result<Self, CollectorError> {
        Self::parse(
            runner,
            &fs::read_to_string(stdout)?,
            &fs::read_to_string(log)?,
        )
    }

    /// Parses the one line of JSON in `stdout`, and looks for known complaints in `log`.
    pub(crate) fn parse(runner: &str, stdout: &str, log: &str) -> Result<Self, CollectorError> {
        let invalid = |reason: String| CollectorError::SummaryInvalid { reason };
        let line = stdout
            .lines()
            .find_map(|line| line.strip_prefix(SUMMARY_MARKER))
            .ok_or_else(|| {
                invalid(format!(
                    "there is no line that begins with `{}`",
                    SUMMARY_MARKER.trim_end()
                ))
            })?;
        let report: Self =
            serde_json::from_str(line).map_err(|error| invalid(error.to_string()))?;
        Ok(Self {
            runner: runner.to_owned(),
            failed_pushes: log
                .lines()
                .filter(|line| line.contains(PUSH_FAILED))
                .count() as u64,
            too_few_virtual_users: log.contains(TOO_FEW_USERS),
            ..report
        })
    }

    fn value(&self, metric: &str, name: &str) -> Option<f64> {
        self.metrics.get(metric)?.get(name).copied()
    }

    /// Returns a count of the summary; a metric that never had a sample counts 0.
    fn count(&self, metric: &str) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "k6 counts are whole and positive"
        )]
        self.value(metric, "count")
            .map_or(0, |count| count.max(0.0) as u64)
    }

    /// Returns the requests of a scenario, by whether they were as expected.
    pub fn requests(&self, scenario: &str, expected_response: bool) -> u64 {
        self.count(&format!(
            "http_reqs{{scenario:{scenario},expected_response:{expected_response}}}"
        ))
    }

    /// Returns every request of both scenarios.
    pub fn all_requests(&self) -> u64 {
        self.count("http_reqs")
    }

    /// Returns every request of both scenarios that was as expected.
    pub fn succeeded_requests(&self) -> u64 {
        self.requests(WARMUP, true) + self.requests(MEASURE, true)
    }

    /// Returns the iterations of the measured scenario that were never started.
    pub fn dropped_iterations(&self) -> u64 {
        self.count("dropped_iterations{scenario:measure}")
    }

    /// Returns when the measured scenario began, by k6's own clock.
    pub fn measure_start(&self) -> Result<TimestampMs, CollectorError> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "milliseconds since the epoch are below 2^53"
        )]
        self.value("meshdelta_measure_start_ms", "value")
            .map(|value| TimestampMs(value as i64))
            .ok_or_else(|| CollectorError::SummaryInvalid {
                reason: "no measured request was started".to_owned(),
            })
    }

    /// Returns k6's exact statistics of successful measured requests, in seconds.
    pub fn exact_seconds(&self) -> BTreeMap<String, f64> {
        let values = self
            .metrics
            .get("http_req_duration{scenario:measure,expected_response:true}");
        let times = values
            .into_iter()
            .flatten()
            .filter(|(name, _)| *name != "count");
        times
            .map(|(name, milliseconds)| (name.clone(), milliseconds / 1000.0))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from k6 1.1.0 with the load script, shortened.
    const STDOUT: &str = "\nMESHDELTA_SUMMARY {\"metrics\":{\"http_reqs\":{\"count\":1701,\"rate\":200.07},\
        \"http_reqs{scenario:warmup,expected_response:true}\":{\"rate\":58.8,\"count\":500},\
        \"http_reqs{scenario:measure,expected_response:true}\":{\"count\":1201,\"rate\":141.2},\
        \"http_req_duration{scenario:measure,expected_response:true}\":{\"med\":0.427184,\"count\":1201},\
        \"meshdelta_measure_start_ms\":{\"value\":1795446958307,\"min\":1795446958307,\"max\":1795446958307}},\
        \"test_run_duration_ms\":8501.882245}\n";

    #[test]
    fn a_recorded_summary_is_read() {
        let report = LoadReport::parse("1", STDOUT, "").unwrap();
        assert_eq!(
            (report.all_requests(), report.succeeded_requests()),
            (1701, 1701)
        );
        assert_eq!(report.requests(MEASURE, false), 0);
        assert_eq!(report.dropped_iterations(), 0);
        assert_eq!(
            report.measure_start().unwrap(),
            TimestampMs(1_795_446_958_307)
        );
        assert_eq!(
            report.exact_seconds(),
            BTreeMap::from([("med".to_owned(), 0.000_427_184)])
        );
    }

    #[test]
    fn complaints_in_the_log_are_counted() {
        let log = "level=error msg=\"Failed to send the time series data to the endpoint\"\n\
                   level=warning msg=\"Insufficient VUs, reached 50 active VUs and cannot initialize more\"\n";
        let report = LoadReport::parse("1", STDOUT, log).unwrap();
        assert_eq!(
            (report.failed_pushes, report.too_few_virtual_users),
            (1, true)
        );
    }

    #[test]
    fn a_missing_or_broken_summary_is_an_error() {
        for stdout in ["", "MESHDELTA_SUMMARY {", "MESHDELTA_SUMMARY {}"] {
            assert!(LoadReport::parse("1", stdout, "").is_err(), "{stdout:?}");
        }
    }
}
