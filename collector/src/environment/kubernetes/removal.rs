//! The end of a run: removes what it made, and nothing that became another's meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use super::lease::HeldLease;
use super::session::Session;
use crate::error::{CollectorError, first_of};
use crate::kubernetes::{KindName, MANAGED_BY, MANAGED_BY_LABEL, Present, RUN_LABEL, Scope};

/// How long everything that the run made may take to go.
const REMOVE_DEADLINE: Duration = Duration::from_mins(3);
/// How many of the objects of others are named.
const NAMED: usize = 5;

/// What became of the namespaces that the run made.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Gone,
    /// It stays, for this reason.
    Stays(String),
}

pub(super) fn namespace_kind() -> KindName {
    KindName::new("v1", "Namespace")
}

impl Session {
    /// Removes what the run made, unless it is to be kept, and gives the cluster free.
    pub(super) async fn remove(mut self) -> Result<(), CollectorError> {
        let lease = self.lease.take();
        let removed = if self.plan.keep {
            Ok(())
        } else {
            self.delete_made(lease.as_ref()).await
        };
        let released = match lease {
            Some(lease) => lease.release().await.map_err(CollectorError::from),
            None => Ok(()),
        };
        first_of(removed, released).map_err(|error| CollectorError::LeftInCluster {
            selector: self.selector(),
            namespaces: self.namespaces(),
            reason: error.to_string(),
        })
    }

    fn selector(&self) -> String {
        format!("{RUN_LABEL}={}", self.run_id)
    }

    /// Deletes what has the label of the run, as long as this run has the Lease: without it, another run may stand on the same objects. Namespaces go
    /// only when nothing of others is in them.
    async fn delete_made(&self, lease: Option<&HeldLease>) -> Result<(), CollectorError> {
        // Without a Lease nothing was made.
        let Some(lease) = lease else {
            return Ok(());
        };
        if self.made.is_empty() {
            return Ok(());
        }
        self.ask_lease(lease).await?;
        let kind = namespace_kind();
        // The newest first, so that nothing loses what it stands on; test runs are gone already.
        let scopes = self.made.iter().rev().cloned();
        let (namespaces, scopes): (Vec<Scope>, Vec<Scope>) =
            scopes.partition(|scope| scope.kind == kind);
        if !scopes.is_empty() {
            self.cluster
                .delete_labelled(&scopes, &self.selector(), REMOVE_DEADLINE)
                .await?;
        }
        for scope in &namespaces {
            for namespace in self.cluster.list(scope, &self.selector()).await? {
                let name = namespace.metadata.name.clone().unwrap_or_default();
                if let Fate::Stays(reason) = self.remove_namespace(&name, lease).await? {
                    tracing::warn!("namespace `{name}` stays: {reason}");
                }
            }
        }
        Ok(())
    }

    async fn remove_namespace(
        &self,
        name: &str,
        lease: &HeldLease,
    ) -> Result<Fate, CollectorError> {
        let mut contents = self.cluster.contents(name).await?;
        // Whoever has the Lease is the only run: what another one left here, killed or told to keep it, is nobody's any more.
        contents
            .objects
            .retain(|object| !object.has_label(MANAGED_BY_LABEL, MANAGED_BY));
        if let Some(reason) = obstacle(&contents.objects, &contents.unknown) {
            return Ok(Fate::Stays(reason));
        }
        // What was deleted before took its time; another run may use the namespace by now.
        self.ask_lease(lease).await?;
        let is_this = format!("{},kubernetes.io/metadata.name={name}", self.selector());
        let scope = Scope {
            kind: namespace_kind(),
            namespace: None,
        };
        self.cluster
            .delete_labelled(&[scope], &is_this, REMOVE_DEADLINE)
            .await?;
        Ok(Fate::Gone)
    }

    fn namespaces(&self) -> String {
        let names: BTreeSet<&str> = self
            .made
            .iter()
            .filter_map(|scope| scope.namespace.as_deref())
            .collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// Returns why a namespace must stay. Nothing of this run is in it any more when it is looked at.
fn obstacle(objects: &[Present], unknown: &[String]) -> Option<String> {
    if !objects.is_empty() {
        let named: Vec<_> = objects
            .iter()
            .take(NAMED)
            .map(ToString::to_string)
            .collect();
        let more = objects.len().saturating_sub(NAMED);
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        return Some(format!("others have {}{more} in it", named.join(", ")));
    }
    if !unknown.is_empty() {
        return Some(format!(
            "whether others have something in it cannot be seen: {}",
            unknown.join("; ")
        ));
    }
    None
}

#[cfg(test)]
mod tests;
