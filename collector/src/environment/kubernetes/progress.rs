//! How far a test run is, from its object, its Jobs and its pods. Its stage alone never tells: `finished` counts failed runners too, and a
//! runner that dies before the start leaves the stage at `created` for ever (k6-operator, `internal/controller`).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};
use kube::ResourceExt;
use kube::api::DynamicObject;

use super::test_run::K6_CONTAINER;

/// How long a pod may wait for a node: longer than a node takes to become free after the previous slot.
const UNSCHEDULABLE_SECONDS: i64 = 60;
/// How long a pod may be refused again and again: a quota may be used up by the previous slot, and a webhook be away for a moment.
const REFUSED_SECONDS: i64 = 60;
/// The reason of the events of a Job whose pod the API server refused (Kubernetes, `pkg/controller/controller_utils.go`).
pub(super) const REFUSED: &str = "FailedCreate";
/// Reasons for which a container waits that do not pass by waiting (kubelet, `pkg/kubelet/images/types.go` and `kuberuntime`).
const HOPELESS_REASONS: [&str; 8] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "CrashLoopBackOff",
];

/// What was seen of a test run.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) test_run: Option<DynamicObject>,
    pub(super) jobs: Vec<Job>,
    pub(super) pods: Vec<Pod>,
    /// The events of Jobs whose pods were refused. They are looked for only while a Job has no pod.
    pub(super) refusals: Vec<Event>,
}

impl Seen {
    /// Returns the Jobs that have no pod, which may be for want of one that the API server takes.
    pub(super) fn jobs_without_pods(&self) -> impl Iterator<Item = &Job> {
        let has_pod = |job: &Job| {
            let of_job = |pod: &Pod| pod.labels().get("job-name") == Some(&job.name_any());
            self.pods.iter().any(of_job)
        };
        self.jobs.iter().filter(move |job| !has_pod(job))
    }
}

/// How a runner ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EndedRunner {
    /// Its number as the operator counts, from 1; the label `instance_id` of its series.
    pub(super) number: String,
    pub(super) pod: String,
    pub(super) node: String,
    pub(super) exit_code: i32,
    pub(super) restarts: i32,
    pub(super) ended_at: Option<DateTime<Utc>>,
}

/// How far it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Not all runners run yet.
    Starting(String),
    /// All runners run, or ran.
    Running(String),
    /// Every runner ended with success.
    Ended(Vec<EndedRunner>),
    /// A runner ended without success.
    RunnerFailed(EndedRunner),
    /// It will never end well. With the pod that is the cause, where there is one.
    Hopeless(String, Option<String>),
}

/// Judges what was seen of a test run of so many runners.
pub(super) fn judge(seen: &Seen, runners: usize, now: DateTime<Utc>) -> Progress {
    let Some(test_run) = &seen.test_run else {
        return Progress::Hopeless("the TestRun is gone".to_owned(), None);
    };
    let stage = test_run.data["status"]["stage"].as_str().unwrap_or("none");
    if stage == "error" {
        return Progress::Hopeless("k6-operator says stage=error".to_owned(), None);
    }
    let mut ended = BTreeMap::new();
    let mut started = 0;
    for pod in seen.pods.iter().filter(|pod| is_runner(pod)) {
        started += usize::from(has_started(pod));
        if let Some(runner) = ended_runner(pod) {
            if runner.exit_code != 0 {
                return Progress::RunnerFailed(runner);
            }
            ended.insert(runner.number.clone(), runner);
        }
    }
    for pod in &seen.pods {
        if let Some(reason) = hopeless(pod, now) {
            return Progress::Hopeless(reason, Some(pod.name_any()));
        }
    }
    if let Some(reason) = refused(seen) {
        return Progress::Hopeless(reason, None);
    }
    if ended.len() == runners {
        return Progress::Ended(ended.into_values().collect());
    }
    // A Job that failed without a pod that tells why: its pod was evicted or deleted.
    for job in &seen.jobs {
        let failed = job.status.as_ref().and_then(|status| status.failed);
        if failed.is_some_and(|failed| failed > 0) {
            let pod = seen
                .pods
                .iter()
                .find(|pod| pod.labels().get("job-name") == Some(&job.name_any()));
            let reason = format!("the Job `{}` failed", job.name_any());
            return Progress::Hopeless(reason, pod.map(ResourceExt::name_any));
        }
    }
    if !ended.is_empty() && started < runners {
        return Progress::Hopeless(
            format!(
                "{} of {runners} runners ended before all had started",
                ended.len()
            ),
            None,
        );
    }
    let text = format!(
        "stage {stage}, {started} of {runners} runners started, {} ended",
        ended.len()
    );
    if started < runners || matches!(stage, "none" | "initialization" | "initialized" | "created") {
        Progress::Starting(text)
    } else {
        Progress::Running(text)
    }
}

pub(super) fn is_runner(pod: &Pod) -> bool {
    pod.labels()
        .get("runner")
        .is_some_and(|value| value == "true")
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let containers = status.and_then(|status| status.container_statuses.as_ref());
    let init = status.and_then(|status| status.init_container_statuses.as_ref());
    init.into_iter().chain(containers).flatten()
}

fn k6_status(pod: &Pod) -> Option<&ContainerStatus> {
    statuses(pod).find(|status| status.name == K6_CONTAINER)
}

fn has_started(pod: &Pod) -> bool {
    k6_status(pod)
        .and_then(|status| status.state.as_ref())
        .is_some_and(|state| state.running.is_some() || state.terminated.is_some())
}

fn ended_runner(pod: &Pod) -> Option<EndedRunner> {
    let status = k6_status(pod)?;
    let ended = status.state.as_ref()?.terminated.as_ref()?;
    let job = pod.labels().get("job-name").cloned().unwrap_or_default();
    Some(EndedRunner {
        number: job.rsplit('-').next().unwrap_or_default().to_owned(),
        pod: pod.name_any(),
        node: node_of(pod),
        exit_code: ended.exit_code,
        restarts: status.restart_count,
        ended_at: ended
            .finished_at
            .as_ref()
            .and_then(|time| DateTime::from_timestamp_millis(time.0.as_millisecond())),
    })
}

pub(super) fn node_of(pod: &Pod) -> String {
    pod.spec
        .as_ref()
        .and_then(|spec| spec.node_name.clone())
        .unwrap_or_default()
}

/// Returns why a pod will never run, when it will not.
fn hopeless(pod: &Pod, now: DateTime<Utc>) -> Option<String> {
    for status in statuses(pod) {
        let waiting = status
            .state
            .as_ref()
            .and_then(|state| state.waiting.as_ref());
        let reason = waiting.and_then(|waiting| waiting.reason.as_deref());
        if let Some(reason) = reason.filter(|reason| HOPELESS_REASONS.contains(reason)) {
            return Some(format!(
                "container `{}` of pod `{}` waits with {reason}",
                status.name,
                pod.name_any()
            ));
        }
    }
    let conditions = pod
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let unschedulable = conditions.into_iter().flatten().find(|condition| {
        condition.type_ == "PodScheduled"
            && condition.status == "False"
            && condition.reason.as_deref() == Some("Unschedulable")
    })?;
    let since = unschedulable.last_transition_time.as_ref()?.0.as_second();
    (now.timestamp() - since > UNSCHEDULABLE_SECONDS).then(|| {
        format!(
            "pod `{}` finds no node: {}",
            pod.name_any(),
            unschedulable.message.as_deref().unwrap_or_default()
        )
    })
}

/// Returns why a Job gets no pod, when the API server (its admission, a quota or a webhook) refused every try for a while.
fn refused(seen: &Seen) -> Option<String> {
    seen.jobs_without_pods().find_map(|job| {
        let is_about_it = |event: &&Event| {
            event.reason.as_deref() == Some(REFUSED)
                && event.involved_object.uid == job.metadata.uid
        };
        let events = seen.refusals.iter().filter(is_about_it);
        let first = events.clone().filter_map(first_time).min()?;
        let newest = events.max_by_key(|event| last_time(event))?;
        // Both times are of the cluster's clock, which may differ from the one here.
        (last_time(newest)? - first >= REFUSED_SECONDS).then(|| {
            format!(
                "the Job `{}` gets no pod: {}",
                job.name_any(),
                newest.message.as_deref().unwrap_or_default()
            )
        })
    })
}

/// Returns when something happened first, in seconds. Events of the older kind and of the newer one say it in different fields.
fn first_time(event: &Event) -> Option<i64> {
    let older = event.first_timestamp.as_ref();
    let older = older.map(|time| time.0.as_second());
    older.or_else(|| Some(event.event_time.as_ref()?.0.as_second()))
}

/// Returns when it happened last.
fn last_time(event: &Event) -> Option<i64> {
    let older = event.last_timestamp.as_ref();
    let older = older.map(|time| time.0.as_second());
    let series = || event.series.as_ref()?.last_observed_time.as_ref();
    let newer = || Some(series()?.0.as_second());
    older.or_else(newer).or_else(|| first_time(event))
}

#[cfg(test)]
mod tests;
