//! Why a load failed: an error with the objects that it is about, their events, and the last words of the runners.

use std::time::Duration;

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

    /// Says all that helps to find the cause: the reason, the `TestRun`, the pods that are not well and the end of what they said.
    async fn explain(&self, cause: &Cause) -> String {
        let Cause { reason, pod, seen } = cause;
        let mut text = reason.clone();
        if let Some(test_run) = &seen.test_run {
            text = format!("{text}\n{}", self.cluster.describe_object(test_run).await);
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
    use serde_json::json;
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
            },
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
        let config = Config::new(server.uri().parse().unwrap());
        let run = TestRun {
            cluster: Cluster::from_config(config, "test".to_owned()).unwrap(),
            namespace: "load".to_owned(),
            name: "k6".to_owned(),
            runners: 1,
        };
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

    #[tokio::test]
    async fn a_slow_answer_about_the_details_does_not_hide_the_reason() {
        let error = error_after(Duration::from_secs(30)).await;
        assert_eq!(
            error,
            "the load cannot come true: pod `k6-1` cannot pull its image"
        );
    }
}
