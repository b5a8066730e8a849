//! Deletes what carries a label, and nothing else.

use std::time::Duration;

use kube::ResourceExt;
use kube::api::{DeleteParams, DynamicObject, ListParams};

use super::apply::named;
use super::connect::Cluster;
use super::error::KubernetesError;
use super::kind::KindName;
use super::wait::{Poll, wait_for};

/// Objects of one kind in one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// The kind.
    pub kind: KindName,
    /// The namespace, for kinds that have one.
    pub namespace: Option<String>,
}

impl Cluster {
    /// Lists the objects of a scope that match a label selector. A kind that the cluster does not know has none.
    pub async fn list(
        &self,
        scope: &Scope,
        selector: &str,
    ) -> Result<Vec<DynamicObject>, KubernetesError> {
        let objects = match self.objects(&scope.kind, scope.namespace.as_deref()).await {
            Err(KubernetesError::KindUnknown { .. }) => return Ok(Vec::new()),
            objects => objects?,
        };
        let found = objects.list(&ListParams::default().labels(selector)).await;
        let found = found
            .map_err(|error| self.failed(format!("list {} ({selector})", scope.kind), &error))?;
        Ok(found
            .items
            .into_iter()
            .map(|mut object| {
                // Lists leave the kind out of their items.
                object.types.get_or_insert_with(|| kube::api::TypeMeta {
                    api_version: scope.kind.api_version.clone(),
                    kind: scope.kind.kind.clone(),
                });
                object
            })
            .collect())
    }

    /// Deletes one object with what it owns. One that is gone already is as good.
    pub async fn delete(&self, object: &DynamicObject) -> Result<(), KubernetesError> {
        let Some(kind) = KindName::of(object) else {
            return Ok(());
        };
        let objects = self.objects(&kind, object.namespace().as_deref()).await?;
        match objects
            .delete(&object.name_any(), &DeleteParams::foreground())
            .await
        {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            Err(error) => Err(self.failed(format!("delete {}", named(object)), &error)),
        }
    }

    /// Deletes every object of the scopes that matches the selector, in the order of the scopes, and waits until all are gone. Returns what
    /// was deleted.
    pub async fn delete_labelled(
        &self,
        scopes: &[Scope],
        selector: &str,
        deadline: Duration,
    ) -> Result<Vec<String>, KubernetesError> {
        let mut deleted = Vec::new();
        let waiting_for = format!("the deletion of what has the label {selector}");
        wait_for(&waiting_for, deadline, async || {
            let mut left = Vec::new();
            for scope in scopes {
                for object in self.list(scope, selector).await? {
                    let name = named(&object);
                    if object.metadata.deletion_timestamp.is_none() {
                        self.delete(&object).await?;
                        if !deleted.contains(&name) {
                            deleted.push(name.clone());
                        }
                    }
                    left.push(name);
                }
            }
            Ok(if left.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Waiting(format!("still there: {}", left.join(", ")))
            })
        })
        .await?;
        Ok(deleted)
    }
}
