//! Deletes what carries a label, and nothing else.

use std::time::Duration;

use kube::ResourceExt;
use kube::api::{DeleteParams, DynamicObject, ListParams, Preconditions};

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

/// What a request to delete an object came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It goes, or is gone already.
    Going,
    /// It was changed or made anew since it was read, and stays: whoever wants it gone looks again whether it may go.
    Changed,
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

    /// Lists the objects of a kind in all namespaces.
    pub async fn list_everywhere(
        &self,
        kind: &KindName,
        selector: &str,
    ) -> Result<Vec<DynamicObject>, KubernetesError> {
        let objects = self.objects_everywhere(kind).await?;
        let found = objects.list(&ListParams::default().labels(selector)).await;
        let found = found.map_err(|error| self.failed(format!("list {kind} ({selector})"), &error));
        Ok(found?.items)
    }

    /// Deletes one object with what it owns, as it was read: what another one made of it since is not deleted.
    pub async fn delete(&self, object: &DynamicObject) -> Result<Deletion, KubernetesError> {
        let Some(kind) = KindName::of(object) else {
            return Ok(Deletion::Going);
        };
        let objects = self.objects(&kind, object.namespace().as_deref()).await?;
        let deleted = objects.delete(&object.name_any(), &only_this(object)).await;
        match deleted {
            Ok(_) => Ok(Deletion::Going),
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(Deletion::Going),
            Err(kube::Error::Api(status)) if status.is_conflict() => Ok(Deletion::Changed),
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
                        // One that changed is looked at again in the next round: it may not have the label any more.
                        let deletion = self.delete(&object).await?;
                        if deletion == Deletion::Going && !deleted.contains(&name) {
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

fn only_this(object: &DynamicObject) -> DeleteParams {
    let mut parameters = DeleteParams::foreground();
    parameters.preconditions = Some(Preconditions {
        uid: object.metadata.uid.clone(),
        resource_version: object.metadata.resource_version.clone(),
    });
    parameters
}
