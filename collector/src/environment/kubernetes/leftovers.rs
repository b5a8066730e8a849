//! What an earlier run left, because it was killed or told to keep it. Whoever has the Lease is the only run, so it is nobody's any more.

use std::collections::BTreeSet;
use std::time::Duration;

use kube::ResourceExt;
use kube::api::DynamicObject;

use super::load::TestRun;
use super::removal::namespace_kind;
use super::session::Session;
use super::test_run::test_run_kind;
use crate::kubernetes::{
    KindName, KubernetesError, MANAGED_BY, MANAGED_BY_LABEL, RUN_LABEL, Right, Scope,
};

/// How long what was left may take to go.
const DEADLINE: Duration = Duration::from_mins(3);

impl Session {
    /// Removes every load that was left: it would be added to that of this run, unseen in the baseline, which no proxy counts.
    pub(super) async fn remove_left_loads(&self) -> Result<(), KubernetesError> {
        for left in self.left_loads().await? {
            let load = TestRun {
                cluster: self.cluster.clone(),
                namespace: left.namespace().unwrap_or_default(),
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

    /// Lists the loads that were left, in all namespaces where that is allowed: the killed run may have had another one.
    async fn left_loads(&self) -> Result<Vec<DynamicObject>, KubernetesError> {
        let kind = test_run_kind();
        let ours = format!("{MANAGED_BY_LABEL}={MANAGED_BY},{RUN_LABEL}");
        let (group, resource) = self.cluster.resource(&kind).await?;
        let everywhere = Right::new("list", &group, &resource, None);
        if self.cluster.may(&everywhere).await? {
            return self.cluster.list_everywhere(&kind, &ours).await;
        }
        let namespace = Some(self.plan.load_namespace.clone());
        self.cluster.list(&Scope { kind, namespace }, &ours).await
    }

    /// Removes what another run left of the kinds that this one is going to make. Servers that were only changed would choose their nodes by pods
    /// that are about to go, and servers that nobody needs take what the measured ones could have.
    pub(super) async fn remove_left_objects(
        &self,
        objects: &[DynamicObject],
    ) -> Result<(), KubernetesError> {
        let scopes: BTreeSet<Scope> = objects
            .iter()
            .filter_map(|object| {
                let kind = KindName::of(object).filter(|kind| *kind != namespace_kind())?;
                let namespace = object.namespace();
                Some(Scope { kind, namespace })
            })
            .collect();
        let scopes: Vec<Scope> = scopes.into_iter().collect();
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
