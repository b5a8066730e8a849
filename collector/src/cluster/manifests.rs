//! The manifests of this project: applied, and removed again.

use std::collections::BTreeMap;
use std::time::Duration;

use kube::ResourceExt;
use kube::api::DynamicObject;
use serde_json::Value;

use super::component::Manifests;
use super::error::ClusterError;
use super::event::{Event, Tell};
use crate::kubernetes::{
    Cluster, Deletion, KindName, MANAGED_BY, MANAGED_BY_LABEL, Poll, parse_manifests, wait_for,
};

const DEFINITION: &str = "CustomResourceDefinition";
const DEADLINE: Duration = Duration::from_mins(1);

/// Returns the objects, in the order of the files.
pub(super) fn objects(manifests: &Manifests) -> Result<Vec<DynamicObject>, ClusterError> {
    let mut objects = Vec::new();
    for (name, text) in manifests.files {
        objects.extend(parse_manifests(name, text)?);
    }
    Ok(objects)
}

/// Returns kind and name, with the namespace where there is one.
pub(super) fn title(object: &DynamicObject) -> String {
    let kind = object.types.as_ref().map_or("object", |types| &types.kind);
    match object.namespace() {
        Some(namespace) => format!("{kind} {namespace}/{}", object.name_any()),
        None => format!("{kind} {}", object.name_any()),
    }
}

/// Applies the objects. One that somebody else made is left as it is.
pub(super) async fn apply(
    cluster: &Cluster,
    manifests: &Manifests,
    tell: Tell<'_>,
) -> Result<(), ClusterError> {
    let labels = BTreeMap::from([(MANAGED_BY_LABEL.to_owned(), MANAGED_BY.to_owned())]);
    let mut definitions = Vec::new();
    for object in objects(manifests)? {
        if is_foreign(cluster, &object).await? {
            tell(Event::Warning(format!(
                "{} is there already, and meshdelta did not make it: it stays as it is",
                title(&object)
            )));
            continue;
        }
        cluster.apply(&object, &labels).await?;
        if object
            .types
            .as_ref()
            .is_some_and(|types| types.kind == DEFINITION)
        {
            definitions.push(object);
        }
    }
    for definition in definitions {
        wait_until_served(cluster, &definition).await?;
    }
    Ok(())
}

/// Removes the objects that this program made, but for custom resource definitions, which may hold what others made.
pub(super) async fn remove(cluster: &Cluster, manifests: &Manifests) -> Result<(), ClusterError> {
    for object in objects(manifests)?.iter().rev() {
        let is_definition = object
            .types
            .as_ref()
            .is_some_and(|types| types.kind == DEFINITION);
        if !is_definition {
            delete_ours(cluster, object).await?;
        }
    }
    Ok(())
}

/// Deletes the object of this name, unless it is somebody else's; what changes in between is looked at again.
async fn delete_ours(cluster: &Cluster, object: &DynamicObject) -> Result<(), ClusterError> {
    let Some(kind) = KindName::of(object) else {
        return Ok(());
    };
    let (name, namespace) = (object.name_any(), object.namespace());
    let waiting_for = format!("the deletion of {}", title(object));
    let deleted = wait_for(&waiting_for, DEADLINE, async || {
        let found = cluster.get(&kind, namespace.as_deref(), &name).await?;
        let Some(found) = found.filter(is_ours) else {
            return Ok(Poll::Ready(()));
        };
        Ok(match cluster.delete(&found).await? {
            Deletion::Going => Poll::Ready(()),
            Deletion::Changed => Poll::Waiting("it changed meanwhile".to_owned()),
        })
    });
    match deleted.await {
        Err(error) if error.is_not_found() => Ok(()),
        deleted => Ok(deleted?),
    }
}

/// Tells whether an object of the name is there without the label of this program.
async fn is_foreign(cluster: &Cluster, object: &DynamicObject) -> Result<bool, ClusterError> {
    let Some(kind) = KindName::of(object) else {
        return Ok(false);
    };
    let found = cluster
        .get(&kind, object.namespace().as_deref(), &object.name_any())
        .await;
    match found {
        Ok(found) => Ok(found.is_some_and(|found| !is_ours(&found))),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn is_ours(object: &impl ResourceExt) -> bool {
    object
        .labels()
        .get(MANAGED_BY_LABEL)
        .is_some_and(|by| by == MANAGED_BY)
}

async fn wait_until_served(
    cluster: &Cluster,
    definition: &DynamicObject,
) -> Result<(), ClusterError> {
    let Some(kind) = KindName::of(definition) else {
        return Ok(());
    };
    let name = definition.name_any();
    let waiting_for = format!("that the API server serves {name}");
    wait_for(&waiting_for, DEADLINE, async || {
        let found = cluster.get(&kind, None, &name).await?;
        let conditions = found.map(|found| found.data["status"]["conditions"].clone());
        Ok(if conditions.as_ref().is_some_and(is_established) {
            Poll::Ready(())
        } else {
            Poll::Waiting(conditions.unwrap_or_default().to_string())
        })
    })
    .await?;
    Ok(())
}

fn is_established(conditions: &Value) -> bool {
    conditions.as_array().is_some_and(|conditions| {
        conditions
            .iter()
            .any(|condition| condition["type"] == "Established" && condition["status"] == "True")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::component::{COMPONENTS, Source};

    #[test]
    fn every_manifest_is_objects_with_names() {
        for component in COMPONENTS {
            if let Source::Manifests(manifests) = component.source {
                assert!(
                    objects(manifests).unwrap().len() >= manifests.files.len(),
                    "{}",
                    component.id
                );
            }
        }
    }

    #[test]
    fn the_gateway_api_has_the_definitions_that_the_phases_need() {
        let found = objects(&super::super::gateway_api::MANIFESTS).unwrap();
        let titles: Vec<_> = found.iter().map(title).collect();
        for name in ["gateways", "gatewayclasses", "httproutes"] {
            let wanted = format!("{DEFINITION} {name}.gateway.networking.k8s.io");
            assert!(titles.contains(&wanted), "{titles:?}");
        }
    }
}
