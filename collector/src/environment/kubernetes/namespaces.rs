//! The namespaces of a run: made, taken over, or left as they are.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, ResourceExt};

use super::gates::namespace_labels;
use super::manifests::namespace;
use super::session::Session;
use crate::error::CollectorError;
use crate::kubernetes::{KubernetesError, MANAGED_BY, MANAGED_BY_LABEL, Poll, RUN_LABEL, wait_for};

/// The label of a namespace that says which pods it takes (`PodSecurity`).
const POD_SECURITY: &str = "pod-security.kubernetes.io/enforce";
/// How long a namespace that is being deleted may take to go.
const GOING_DEADLINE: Duration = Duration::from_mins(3);

impl Session {
    pub(super) async fn namespace(&self, name: &str) -> Result<Option<Namespace>, KubernetesError> {
        let namespaces: Api<Namespace> = Api::all(self.cluster.client().clone());
        namespaces.get_opt(name).await.map_err(|error| {
            self.cluster
                .failed(format!("get Namespace `{name}`"), &error)
        })
    }

    /// Makes a namespace, or checks one that is there. That of a run is taken over, which only the holder of the Lease does; any other one
    /// stays when the run ends.
    pub(super) async fn make_namespace(&mut self, name: &str) -> Result<(), CollectorError> {
        self.wait_until_not_going(name).await?;
        let Some(found) = self.namespace(name).await? else {
            return self.make(&namespace(name)?).await;
        };
        check_namespace(name, &found)?;
        let Some(run) = run_of(&found) else {
            return Ok(());
        };
        if run != self.run_id.as_str() {
            tracing::warn!(
                "namespace `{name}` is left of run {run}: this run takes it over, and removes it in the end"
            );
        }
        let mut object = namespace(name)?;
        if let Some(level) = found.labels().get(POD_SECURITY) {
            // Whoever set another one meanwhile had a reason.
            object
                .labels_mut()
                .insert(POD_SECURITY.to_owned(), level.clone());
        }
        self.make(&object).await
    }

    /// Waits for a namespace that an earlier run is rid of to be gone.
    async fn wait_until_not_going(&self, name: &str) -> Result<(), KubernetesError> {
        let waiting_for =
            format!("the deletion of Namespace `{name}`, which was told to go before");
        wait_for(&waiting_for, GOING_DEADLINE, async || {
            let found = self.namespace(name).await?;
            let going = found.filter(|found| found.metadata.deletion_timestamp.is_some());
            Ok(match going {
                None => Poll::Ready(()),
                Some(_) => Poll::Waiting("it is still there".to_owned()),
            })
        })
        .await
    }
}

/// Checks that a namespace which is there pulls nothing into a mesh.
fn check_namespace(name: &str, found: &Namespace) -> Result<(), CollectorError> {
    let finding = namespace_labels(found);
    if finding.passed {
        return Ok(());
    }
    Err(KubernetesError::Hopeless {
        waiting_for: format!("a namespace `{name}` that says nothing of a mesh"),
        seen: format!("it has {}", finding.observed),
    }
    .into())
}

/// Returns the run that made a namespace; nothing for one that no run made.
pub(super) fn run_of(namespace: &Namespace) -> Option<&str> {
    let label = |name: &str| namespace.labels().get(name).map(String::as_str);
    label(RUN_LABEL).filter(|_| label(MANAGED_BY_LABEL) == Some(MANAGED_BY))
}

#[cfg(test)]
mod tests;
