//! What an earlier run left, because it was killed or told to keep it. Whoever has the Lease is the only run, so it is nobody's any more.

use std::time::Duration;

use kube::ResourceExt;

use super::load::TestRun;
use super::removal::namespace_kind;
use super::session::Session;
use super::test_run::test_run_kind;
use crate::kubernetes::{KubernetesError, MANAGED_BY, MANAGED_BY_LABEL, RUN_LABEL, Scope};

/// How long what was left may take to go.
const DEADLINE: Duration = Duration::from_mins(3);

impl Session {
    /// Removes every load that was left: it would be added to that of this run, unseen in the baseline, which no proxy counts.
    pub(super) async fn remove_left_loads(&self) -> Result<(), KubernetesError> {
        let scope = Scope {
            kind: test_run_kind(),
            namespace: Some(self.plan.load_namespace.clone()),
        };
        let ours = format!("{MANAGED_BY_LABEL}={MANAGED_BY},{RUN_LABEL}");
        for left in self.cluster.list(&scope, &ours).await? {
            let load = TestRun {
                cluster: self.cluster.clone(),
                namespace: self.plan.load_namespace.clone(),
                name: left.name_any(),
                runners: 0,
            };
            tracing::warn!(
                "TestRun `{}/{}` is left of a run that was killed, and is removed",
                load.namespace,
                load.name
            );
            load.delete(DEADLINE).await?;
        }
        Ok(())
    }

    /// Removes what another run left and this one does not make, of the kinds that this one makes: servers that nobody needs take what the
    /// measured ones could have.
    pub(super) async fn remove_left_objects(&self) -> Result<(), KubernetesError> {
        let scopes = self
            .made
            .iter()
            .filter(|scope| scope.kind != namespace_kind());
        let scopes: Vec<Scope> = scopes.cloned().collect();
        let others = format!(
            "{MANAGED_BY_LABEL}={MANAGED_BY},{RUN_LABEL},{RUN_LABEL}!={}",
            self.run_id
        );
        let removed = self.cluster.delete_labelled(&scopes, &others, DEADLINE);
        for name in removed.await? {
            tracing::warn!("{name} is left of another run, and is removed");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
