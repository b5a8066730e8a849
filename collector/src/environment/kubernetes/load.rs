//! Runs the load of a slot: a `TestRun` from its creation to the summaries of its runners.

use std::time::Duration;

use chrono::{DateTime, Utc};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DynamicObject, ListParams, LogParams};
use kube::{Api, ResourceExt};
use tokio::time::Instant;

use super::progress::{EndedRunner, Progress, Seen, judge};
use super::test_run::{K6_CONTAINER, test_run_kind};
use crate::error::CollectorError;
use crate::k6::{LoadReport, check_exit_code};
use crate::kubernetes::{Cluster, KindName, KubernetesError, Poll, patiently, wait_for};

/// The end of a log that an error shows.
const LAST_LINES: i64 = 15;
/// How long the log of a runner that ended may take to be served.
const LOG_DEADLINE: Duration = Duration::from_mins(1);

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

impl TestRun {
    /// Waits until every runner runs k6, started or still paused.
    pub(super) async fn wait_started(&self, deadline: Duration) -> Result<(), CollectorError> {
        let waiting_for = format!("the start of TestRun `{}/{}`", self.namespace, self.name);
        let begin = Instant::now();
        Ok(wait_for(&waiting_for, deadline, async || {
            let seen = self.look().await?;
            Ok(match judge(&seen, self.runners, Utc::now()) {
                // How a runner failed is for `wait` to say.
                Progress::Running(_) | Progress::Ended(_) | Progress::RunnerFailed(_) => {
                    Poll::Ready(())
                }
                Progress::Hopeless(reason, pod) => {
                    Poll::Hopeless(self.explain(&reason, pod.as_deref(), &seen).await)
                }
                Progress::Starting(text) if begin.elapsed() >= deadline => Poll::Hopeless(
                    self.explain(
                        &format!("not within {} s ({text})", deadline.as_secs()),
                        None,
                        &seen,
                    )
                    .await,
                ),
                Progress::Starting(text) => Poll::Waiting(text),
            })
        })
        .await?)
    }

    /// Waits until every runner has ended with success.
    pub(super) async fn wait(&self, limits: Limits) -> Result<Vec<EndedRunner>, CollectorError> {
        let begin = Instant::now();
        let mut all_started = None;
        let mut failed_runner = None;
        let waiting_for = format!(
            "the end of the load of TestRun `{}/{}`",
            self.namespace, self.name
        );
        let deadline = limits.start + limits.load;
        let waited = wait_for(&waiting_for, deadline, async || {
            let seen = self.look().await?;
            Ok(match judge(&seen, self.runners, Utc::now()) {
                Progress::Ended(runners) => Poll::Ready(runners),
                Progress::RunnerFailed(runner) => {
                    failed_runner = Some(runner);
                    Poll::Ready(Vec::new())
                }
                Progress::Hopeless(reason, pod) => {
                    Poll::Hopeless(self.explain(&reason, pod.as_deref(), &seen).await)
                }
                Progress::Starting(text) if begin.elapsed() > limits.start => {
                    let reason = format!(
                        "the runners did not start within {} s ({text})",
                        limits.start.as_secs()
                    );
                    Poll::Hopeless(self.explain(&reason, None, &seen).await)
                }
                Progress::Starting(text) => Poll::Waiting(text),
                Progress::Running(text) => {
                    let since = *all_started.get_or_insert_with(Instant::now);
                    if since.elapsed() > limits.load {
                        let reason =
                            format!("k6 did not end within {} s ({text})", limits.load.as_secs());
                        Poll::Hopeless(self.explain(&reason, None, &seen).await)
                    } else {
                        Poll::Waiting(text)
                    }
                }
            })
        })
        .await?;
        match failed_runner {
            None => Ok(waited),
            Some(runner) => {
                let log = self.log_end(&runner.pod).await;
                let pod = self
                    .cluster
                    .describe(&pod_kind(), Some(&self.namespace), &runner.pod)
                    .await;
                check_exit_code(runner.exit_code, &format!("{log}\n{pod}"))?;
                Ok(waited)
            }
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
        Ok(Seen {
            test_run: self.get().await?,
            jobs: jobs
                .list(&of_run)
                .await
                .map_err(|error| failed("Jobs", &error))?
                .items,
            pods: self.pods().await?,
        })
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

    /// Says all that helps to find the cause: the reason, the `TestRun`, the pods that are not well and the end of what they said.
    async fn explain(&self, reason: &str, pod: Option<&str>, seen: &Seen) -> String {
        let mut text = reason.to_owned();
        if let Some(test_run) = &seen.test_run {
            text = format!("{text}\n{}", self.cluster.describe_object(test_run).await);
        }
        let names = seen.pods.iter().map(ResourceExt::name_any);
        for name in names.filter(|name| pod.is_none_or(|pod| pod == name)) {
            let description = self
                .cluster
                .describe(&pod_kind(), Some(&self.namespace), &name)
                .await;
            let log = self.log_end(&name).await;
            text = format!("{text}\n{description}");
            if !log.is_empty() {
                text = format!("{text}\n  it said:\n{log}");
            }
        }
        text
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
        self.read_log(pod, Some(LAST_LINES))
            .await
            .unwrap_or_default()
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

/// Returns when the last runner ended.
pub(super) fn last_end(ended: &[EndedRunner]) -> DateTime<Utc> {
    let ends = ended.iter().filter_map(|runner| runner.ended_at);
    ends.max().unwrap_or_else(Utc::now)
}

fn pod_kind() -> KindName {
    KindName::new("v1", "Pod")
}
