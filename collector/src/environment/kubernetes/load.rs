//! Runs the load of a slot: a `TestRun` from its creation to the summaries of its runners.

use std::time::Duration;

use chrono::{DateTime, Utc};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{DynamicObject, ListParams, LogParams};
use kube::{Api, ResourceExt};
use serde_json::Value;
use tokio::time::Instant;

use super::cause::Cause;
use super::progress::{EndedRunner, Progress, REFUSED, Seen, judge};
use super::test_run::{K6_CONTAINER, test_run_kind};
use crate::error::CollectorError;
use crate::k6::{LoadReport, SUMMARY_MARKER};
use crate::kubernetes::{Cluster, KubernetesError, Poll, patiently, wait_for};

/// The end of a log that an error shows.
const LAST_LINES: i64 = 15;
/// How long the log of a runner that ended may take to be served.
const LOG_DEADLINE: Duration = Duration::from_mins(3);

/// A test run that is in the cluster.
#[derive(Debug, Clone)]
pub(super) struct TestRun {
    pub(super) cluster: Cluster,
    pub(super) namespace: String,
    pub(super) name: String,
    /// How many runners share the load.
    pub(super) runners: usize,
}

/// How long a test run may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Until all runners have started.
    pub(super) start: Duration,
    /// From then until all have ended.
    pub(super) load: Duration,
}

/// A runner that ended, with what it said.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) ended: EndedRunner,
    pub(super) log: String,
    pub(super) report: LoadReport,
}

/// How a load ended.
#[derive(Debug)]
enum End {
    Ended(Vec<EndedRunner>),
    RunnerFailed(EndedRunner),
    Hopeless(Box<Cause>),
}

impl TestRun {
    /// Waits until every runner runs k6, started or still paused.
    pub(super) async fn wait_started(&self, deadline: Duration) -> Result<(), CollectorError> {
        let waiting_for = format!("the start of TestRun `{}/{}`", self.namespace, self.name);
        let begin = Instant::now();
        let started = wait_for(&waiting_for, deadline, async || {
            let seen = self.look().await?;
            Ok(match judge(&seen, self.runners, Utc::now()) {
                // How a runner failed is for `wait` to say.
                Progress::Running(_) | Progress::Ended(_) | Progress::RunnerFailed(_) => {
                    Poll::Ready(Ok(()))
                }
                Progress::Hopeless(reason, pod) => Poll::Ready(Err(Cause { reason, pod, seen })),
                Progress::Starting(text) if begin.elapsed() >= deadline => {
                    let reason = format!("not within {} s ({text})", deadline.as_secs());
                    Poll::Ready(Err(Cause::of_all(reason, seen)))
                }
                Progress::Starting(text) => Poll::Waiting(text),
            })
        })
        .await?;
        match started {
            Ok(()) => Ok(()),
            Err(cause) => Err(self.hopeless(waiting_for, cause).await),
        }
    }

    /// Waits until every runner has ended with success.
    pub(super) async fn wait(&self, limits: Limits) -> Result<Vec<EndedRunner>, CollectorError> {
        let begin = Instant::now();
        let mut all_started = None;
        let waiting_for = format!(
            "the end of the load of TestRun `{}/{}`",
            self.namespace, self.name
        );
        let deadline = limits.start + limits.load;
        let end = wait_for(&waiting_for, deadline, async || {
            let seen = self.look().await?;
            Ok(match judge(&seen, self.runners, Utc::now()) {
                Progress::Ended(runners) => Poll::Ready(End::Ended(runners)),
                Progress::RunnerFailed(runner) => Poll::Ready(End::RunnerFailed(runner)),
                Progress::Hopeless(reason, pod) => {
                    Poll::Ready(End::Hopeless(Box::new(Cause { reason, pod, seen })))
                }
                Progress::Starting(text) if begin.elapsed() > limits.start => {
                    let within = limits.start.as_secs();
                    let reason = format!("the runners did not start within {within} s ({text})");
                    Poll::Ready(End::Hopeless(Box::new(Cause::of_all(reason, seen))))
                }
                Progress::Starting(text) => Poll::Waiting(text),
                Progress::Running(text) => {
                    let since = *all_started.get_or_insert_with(Instant::now);
                    if since.elapsed() > limits.load {
                        let within = limits.load.as_secs();
                        let reason = format!("k6 did not end within {within} s ({text})");
                        Poll::Ready(End::Hopeless(Box::new(Cause::of_all(reason, seen))))
                    } else {
                        Poll::Waiting(text)
                    }
                }
            })
        })
        .await?;
        match end {
            End::Ended(runners) => Ok(runners),
            End::RunnerFailed(runner) => Err(self.failure(&runner).await),
            End::Hopeless(cause) => Err(self.hopeless(waiting_for, *cause).await),
        }
    }

    /// Returns a runner that ended without success, if one has.
    pub(super) async fn failed_runner(&self) -> Option<EndedRunner> {
        let seen = self.look().await.ok()?;
        match judge(&seen, self.runners, Utc::now()) {
            Progress::RunnerFailed(runner) => Some(runner),
            _ => None,
        }
    }

    /// Reads what every runner said, and its summary.
    pub(super) async fn reports(
        &self,
        ended: Vec<EndedRunner>,
    ) -> Result<Vec<Runner>, CollectorError> {
        let mut runners = Vec::new();
        for ended in ended {
            let log = self.log(&ended.pod).await?;
            // The pod's log has both what k6 prints and what it logs.
            let report = LoadReport::parse(&ended.number, &log, &log)?;
            runners.push(Runner { ended, log, report });
        }
        Ok(runners)
    }

    /// Looks at the test run, its Jobs and its pods.
    async fn look(&self) -> Result<Seen, KubernetesError> {
        let client = self.cluster.client();
        let of_run = ListParams::default().labels(&format!("k6_cr={}", self.name));
        let jobs: Api<Job> = Api::namespaced(client.clone(), &self.namespace);
        let failed = |what: &str, error: &kube::Error| {
            self.cluster
                .failed(format!("list {what} of TestRun `{}`", self.name), error)
        };
        let mut seen = Seen {
            test_run: self.get().await?,
            jobs: jobs
                .list(&of_run)
                .await
                .map_err(|error| failed("Jobs", &error))?
                .items,
            pods: self.pods().await?,
            refusals: Vec::new(),
        };
        if seen.jobs_without_pods().next().is_some() {
            seen.refusals = self.refusals().await;
        }
        Ok(seen)
    }

    /// Lists the events about pods of Jobs that were refused. That they cannot be read is no reason to give up a load.
    async fn refusals(&self) -> Vec<Event> {
        let events: Api<Event> = Api::namespaced(self.cluster.client().clone(), &self.namespace);
        let fields = format!("involvedObject.kind=Job,reason={REFUSED}");
        let found = events.list(&ListParams::default().fields(&fields)).await;
        found.map(|found| found.items).unwrap_or_default()
    }

    pub(super) async fn get(&self) -> Result<Option<DynamicObject>, KubernetesError> {
        self.cluster
            .get(&test_run_kind(), Some(&self.namespace), &self.name)
            .await
    }

    /// Lists the pods: runners and starter.
    pub(super) async fn pods(&self) -> Result<Vec<Pod>, KubernetesError> {
        let pods: Api<Pod> = Api::namespaced(self.cluster.client().clone(), &self.namespace);
        let of_run = ListParams::default().labels(&format!("k6_cr={}", self.name));
        let action = format!("list pods of TestRun `{}`", self.name);
        patiently(&action, async || {
            let found = pods.list(&of_run).await;
            Ok(found
                .map_err(|error| self.cluster.failed(action.as_str(), &error))?
                .items)
        })
        .await
    }

    async fn log(&self, pod: &str) -> Result<String, KubernetesError> {
        let waiting_for = format!("the log of pod `{pod}`");
        wait_for(&waiting_for, LOG_DEADLINE, async || {
            self.read_log(pod, None).await.map(Poll::Ready)
        })
        .await
    }

    /// Returns the end of what a pod's k6 said; nothing when it said nothing or cannot be asked.
    pub(super) async fn log_end(&self, pod: &str) -> String {
        let log = self.read_log(pod, Some(LAST_LINES)).await;
        readable(&log.unwrap_or_default())
    }

    /// Returns all that a pod's k6 said so far; nothing when it cannot be asked.
    pub(super) async fn log_now(&self, pod: &str) -> String {
        self.read_log(pod, None).await.unwrap_or_default()
    }

    async fn read_log(&self, pod: &str, lines: Option<i64>) -> Result<String, KubernetesError> {
        let pods: Api<Pod> = Api::namespaced(self.cluster.client().clone(), &self.namespace);
        let parameters = LogParams {
            container: Some(K6_CONTAINER.to_owned()),
            tail_lines: lines,
            ..LogParams::default()
        };
        pods.logs(pod, &parameters).await.map_err(|error| {
            self.cluster
                .failed(format!("read the log of pod `{pod}`"), &error)
        })
    }

    /// Deletes the test run with all it owns, and waits until its pods are gone: a runner that lingers would load the next slot too.
    pub(super) async fn delete(&self, deadline: Duration) -> Result<(), KubernetesError> {
        let waiting_for = format!("the deletion of TestRun `{}/{}`", self.namespace, self.name);
        wait_for(&waiting_for, deadline, async || {
            let test_run = self.get().await?;
            if let Some(test_run) = test_run.filter(|one| one.metadata.deletion_timestamp.is_none())
            {
                self.cluster.delete(&test_run).await?;
                return Ok(Poll::Waiting("it was told to go".to_owned()));
            }
            let pods: Vec<String> = self
                .pods()
                .await?
                .iter()
                .map(ResourceExt::name_any)
                .collect();
            let is_gone = self.get().await?.is_none();
            Ok(if is_gone && pods.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Waiting(format!("still there: {}", pods.join(", ")))
            })
        })
        .await
    }
}

/// Returns what k6 said as people read it: it logs JSON, and prints a summary that is for this program.
fn readable(log: &str) -> String {
    let lines = log.lines().filter(|line| !line.starts_with(SUMMARY_MARKER));
    let said = |line: &str| -> Option<String> {
        let logged: Value = serde_json::from_str(line).ok()?;
        let (level, text) = (logged["level"].as_str()?, logged["msg"].as_str()?);
        let error = logged["error"].as_str().map(|error| format!(": {error}"));
        Some(format!("{level}: {text}{}", error.unwrap_or_default()))
    };
    let lines = lines.map(|line| said(line).unwrap_or_else(|| line.to_owned()));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns when the last runner ended.
pub(super) fn last_end(ended: &[EndedRunner]) -> DateTime<Utc> {
    let ends = ended.iter().filter_map(|runner| runner.ended_at);
    ends.max().unwrap_or_else(Utc::now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_k6_said_is_shown_without_what_is_for_this_program() {
        // Recorded from k6 1.1.0, shortened.
        let log = concat!(
            r#"{"error":"Get \"http://x\": dial tcp: lookup x","level":"warning","msg":"Request Failed","time":"2026-11-27T19:16:11Z"}"#,
            "\n",
            r#"{"level":"error","msg":"test aborted: {\"passed\":false}","time":"2026-11-27T19:16:11Z"}"#,
            "\npanic: at once\nMESHDELTA_SUMMARY {\"metrics\":{}}\n"
        );
        assert_eq!(
            readable(log),
            "warning: Request Failed: Get \"http://x\": dial tcp: lookup x\n\
             error: test aborted: {\"passed\":false}\npanic: at once"
        );
        assert_eq!(readable(""), "");
    }
}
