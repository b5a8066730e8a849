//! Why a load failed: an error with the objects that it is about, their events, and the last words of the runners.

use std::time::Duration;

use k8s_openapi::api::batch::v1::Job;
use kube::ResourceExt;
use tokio::time::timeout;

use super::load::TestRun;
use super::progress::{EndedRunner, Seen};
use crate::error::CollectorError;
use crate::k6::exit_code_meaning;
use crate::kubernetes::{KindName, KubernetesError};

/// How long finding out what an error should say of its cause may take.
const DEADLINE: Duration = Duration::from_mins(1);

/// Why a load will not end well.
#[derive(Debug)]
pub(super) struct Cause {
    pub(super) reason: String,
    /// The pod that is the cause, where it is one.
    pub(super) pod: Option<String>,
    pub(super) seen: Seen,
}

impl Cause {
    /// Makes one that no single pod is to blame for.
    pub(super) fn of_all(reason: String, seen: Seen) -> Self {
        Self {
            reason,
            pod: None,
            seen,
        }
    }
}

impl TestRun {
    /// Makes an error of a runner that ended without success.
    pub(super) async fn failure(&self, runner: &EndedRunner) -> CollectorError {
        let describing = async {
            let log = self.log_end(&runner.pod).await;
            format!("{log}\n{}", self.describe_pod(&runner.pod).await)
        };
        let said = timeout(DEADLINE, describing).await;
        CollectorError::LoadFailed {
            code: runner.exit_code,
            meaning: exit_code_meaning(runner.exit_code),
            log: said.unwrap_or_else(|_| format!("what pod `{}` said cannot be read", runner.pod)),
        }
    }

    /// Makes an error of a load that will not end well. It is asked for only once nothing is waited for any more, so that an API server that is
    /// slow to tell the details does not hide the reason itself.
    pub(super) async fn hopeless(&self, waiting_for: String, cause: Cause) -> CollectorError {
        self.hopeless_within(waiting_for, cause, DEADLINE).await
    }

    async fn hopeless_within(
        &self,
        waiting_for: String,
        cause: Cause,
        deadline: Duration,
    ) -> CollectorError {
        let explained = timeout(deadline, self.explain(&cause)).await;
        let seen = explained.unwrap_or(cause.reason);
        KubernetesError::Hopeless { waiting_for, seen }.into()
    }

    /// Says all that helps to find the cause: the reason, the `TestRun`, the Jobs that got no pod, the pods that are not well and the end of
    /// what they said.
    async fn explain(&self, cause: &Cause) -> String {
        let Cause { reason, pod, seen } = cause;
        let mut text = reason.clone();
        if let Some(test_run) = &seen.test_run {
            text = format!("{text}\n{}", self.cluster.describe_object(test_run).await);
        }
        for job in seen.jobs_without_pods().filter(|_| pod.is_none()) {
            text = format!("{text}\n{}", self.describe_job(job).await);
        }
        let names = seen.pods.iter().map(ResourceExt::name_any);
        for name in names.filter(|name| pod.as_ref().is_none_or(|pod| pod == name)) {
            let log = self.log_end(&name).await;
            text = format!("{text}\n{}", self.describe_pod(&name).await);
            if !log.is_empty() {
                text = format!("{text}\n  it said:\n{log}");
            }
        }
        text
    }

    /// Describes a Job as it was seen: it may be listed, but not be read alone.
    async fn describe_job(&self, job: &Job) -> String {
        let object = serde_json::to_value(job).and_then(serde_json::from_value);
        match object {
            Ok(object) => self.cluster.describe_object(&object).await,
            Err(error) => format!("Job `{}` cannot be described: {error}", job.name_any()),
        }
    }

    async fn describe_pod(&self, name: &str) -> String {
        let kind = KindName::new("v1", "Pod");
        self.cluster
            .describe(&kind, Some(&self.namespace), name)
            .await
    }
}

#[cfg(test)]
mod tests {
    use kube::Config;
    use serde_json::{Value, json};
    use tokio::time::Instant;
    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::kubernetes::Cluster;

    fn cause() -> Cause {
        let pod =
            json!({"metadata": {"name": "k6-1", "namespace": "load"}, "spec": {"containers": []}});
        Cause {
            reason: "pod `k6-1` cannot pull its image".to_owned(),
            pod: Some("k6-1".to_owned()),
            seen: Seen {
                test_run: None,
                jobs: Vec::new(),
                pods: vec![serde_json::from_value(pod).unwrap()],
                refusals: Vec::new(),
            },
        }
    }

    fn test_run(server: &MockServer) -> TestRun {
        let config = Config::new(server.uri().parse().unwrap());
        TestRun {
            cluster: Cluster::from_config(config, "test".to_owned()).unwrap(),
            namespace: "load".to_owned(),
            name: "k6".to_owned(),
            runners: 1,
        }
    }

    /// Makes the error of a load, by an API server that takes so long for the log of the pod.
    async fn error_after(delay: Duration) -> String {
        let server = MockServer::start().await;
        let log = ResponseTemplate::new(200).set_body_string("its last words");
        Mock::given(path("/api/v1/namespaces/load/pods/k6-1/log"))
            .respond_with(log.set_delay(delay))
            .mount(&server)
            .await;
        let run = test_run(&server);
        let deadline = Duration::from_secs(5);
        let error = run.hopeless_within("the load".to_owned(), cause(), deadline);
        error.await.to_string()
    }

    #[tokio::test]
    async fn an_error_has_the_reason_and_the_last_words() {
        let error = error_after(Duration::ZERO).await;
        assert!(
            error.contains("cannot pull its image") && error.contains("its last words"),
            "{error}"
        );
    }

    /// Serves a test run with the Jobs of two runners, of which the second has a pod and the first was refused one.
    async fn serve_refused(server: &MockServer, newest: &str) {
        let serve = |place: &str, answer: Value| {
            let answer = ResponseTemplate::new(200).set_body_json(answer);
            Mock::given(path(place)).respond_with(answer).mount(server)
        };
        let list = |kind: &str, items: Value| json!({"kind": kind, "apiVersion": "v1", "metadata": {}, "items": items});
        let kinds = json!([{"name": "testruns", "singularName": "", "namespaced": true, "kind": "TestRun", "verbs": ["get"]}]);
        let kinds = json!({"kind": "APIResourceList", "groupVersion": "k6.io/v1alpha1", "resources": kinds});
        serve("/apis/k6.io/v1alpha1", kinds).await;
        let object = json!({
            "apiVersion": "k6.io/v1alpha1", "kind": "TestRun", "spec": {}, "status": {"stage": "created"},
            "metadata": {"name": "k6", "namespace": "load"}
        });
        serve("/apis/k6.io/v1alpha1/namespaces/load/testruns/k6", object).await;
        let job = |number: u32| json!({"metadata": {"name": format!("k6-{number}"), "namespace": "load", "uid": number.to_string()}});
        let jobs = list("JobList", json!([job(1), job(2)]));
        serve("/apis/batch/v1/namespaces/load/jobs", jobs).await;
        let pod = json!({"metadata": {"name": "k6-2-x", "namespace": "load", "labels": {"job-name": "k6-2"}}});
        serve(
            "/api/v1/namespaces/load/pods",
            list("PodList", json!([pod])),
        )
        .await;
        let event = |time: &str| {
            json!({
                "metadata": {"name": "e"}, "involvedObject": {"uid": "1"}, "reason": "FailedCreate",
                "message": "violates PodSecurity", "firstTimestamp": time, "lastTimestamp": time
            })
        };
        let events = json!([event("2026-11-27T02:58:00Z"), event(newest)]);
        serve("/api/v1/namespaces/load/events", list("EventList", events)).await;
    }

    #[tokio::test]
    async fn a_pod_that_is_refused_ends_the_wait_and_its_job_is_described() {
        let server = MockServer::start().await;
        serve_refused(&server, "2026-11-27T02:59:03Z").await;
        let begin = Instant::now();
        let waited = test_run(&server).wait_started(Duration::from_mins(5)).await;
        let error = waited.unwrap_err().to_string();
        assert!(begin.elapsed() < Duration::from_mins(1), "{error}");
        for part in [
            "the Job `k6-1` gets no pod: violates PodSecurity",
            "Job `load/k6-1`\n  event FailedCreate: violates PodSecurity",
        ] {
            assert!(error.contains(part), "{part} is missing in\n{error}");
        }
        assert!(!error.contains("Job `load/k6-2`"), "{error}");
    }

    #[tokio::test]
    async fn runners_that_do_not_start_are_told_with_the_jobs_that_got_no_pod() {
        let server = MockServer::start().await;
        serve_refused(&server, "2026-11-27T02:58:01Z").await;
        let waited = test_run(&server).wait_started(Duration::ZERO).await;
        let error = waited.unwrap_err().to_string();
        for part in [
            "not within 0 s (stage created, 0 of 1 runners started",
            "Job `load/k6-1`\n  event FailedCreate: violates PodSecurity",
        ] {
            assert!(error.contains(part), "{part} is missing in\n{error}");
        }
    }

    #[tokio::test]
    async fn a_slow_answer_about_the_details_does_not_hide_the_reason() {
        let error = error_after(Duration::from_secs(30)).await;
        assert_eq!(
            error,
            "the load cannot come true: pod `k6-1` cannot pull its image"
        );
    }
}
