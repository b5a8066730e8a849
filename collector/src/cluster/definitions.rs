//! Custom resource definitions on removal: deleting one deletes every resource of its kind, so what others made is looked for first.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{DeleteParams, DynamicObject, ListParams};
use kube::discovery::ApiResource;
use kube::{Api, ResourceExt};

use super::component::{COMPONENTS, Component};
use super::error::ClusterError;
use super::ledger::Ledger;
use super::manifests::{is_ours, title};
use crate::kubernetes::Cluster;

/// How many of the resources of others are named.
const NAMED: usize = 3;

/// Returns the resources of these definitions that neither this program made nor a release of it.
pub(super) async fn foreign_resources(
    cluster: &Cluster,
    definitions: &[String],
    ledger: &Ledger,
) -> Result<Vec<String>, ClusterError> {
    let mut foreign = Vec::new();
    for name in definitions {
        for object in resources(cluster, name).await? {
            if !is_ours(&object)
                && !is_of_our_release(&object, ledger)
                && !is_of_istiod(&object, ledger)
            {
                foreign.push(title(&object));
            }
        }
    }
    Ok(foreign)
}

/// Says what is in the way, with a few names.
pub(super) fn foreign_text(foreign: &[String]) -> String {
    let named = foreign
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match foreign.len() {
        count if count > NAMED => format!("{named} and {} more", count - NAMED),
        _ => named,
    }
}

/// Deletes definitions. One that is gone already is as good.
pub(super) async fn delete_definitions(
    cluster: &Cluster,
    definitions: &[String],
) -> Result<(), ClusterError> {
    let api: Api<CustomResourceDefinition> = Api::all(cluster.client().clone());
    for name in definitions {
        match api.delete(name, &DeleteParams::default()).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => {
                let action = format!("delete CustomResourceDefinition `{name}`");
                return Err(cluster.failed(action, &error).into());
            }
        }
    }
    Ok(())
}

async fn resources(
    cluster: &Cluster,
    definition: &str,
) -> Result<Vec<DynamicObject>, ClusterError> {
    let api: Api<CustomResourceDefinition> = Api::all(cluster.client().clone());
    let failed = |action: String| move |error: kube::Error| cluster.failed(action, &error);
    let found = api.get_opt(definition).await.map_err(failed(format!(
        "get CustomResourceDefinition `{definition}`"
    )))?;
    let Some(resource) = found.as_ref().and_then(api_resource) else {
        return Ok(Vec::new());
    };
    let all: Api<DynamicObject> = Api::all_with(cluster.client().clone(), &resource);
    let listed = match all.list(&ListParams::default()).await {
        // Being deleted, or not served yet: there is nothing of it.
        Err(kube::Error::Api(status)) if status.code == 404 => return Ok(Vec::new()),
        listed => listed.map_err(failed(format!("list {definition}")))?,
    };
    let types = kube::api::TypeMeta {
        api_version: resource.api_version.clone(),
        kind: resource.kind.clone(),
    };
    let with_kind = |mut object: DynamicObject| {
        // Lists leave the kind out of their items.
        object.types.get_or_insert_with(|| types.clone());
        object
    };
    Ok(listed.items.into_iter().map(with_kind).collect())
}

fn api_resource(definition: &CustomResourceDefinition) -> Option<ApiResource> {
    let spec = &definition.spec;
    let version = spec.versions.iter().find(|version| version.served)?;
    Some(ApiResource {
        group: spec.group.clone(),
        version: version.name.clone(),
        api_version: format!("{}/{}", spec.group, version.name),
        kind: spec.names.kind.clone(),
        plural: spec.names.plural.clone(),
    })
}

fn is_of_our_release(object: &DynamicObject, ledger: &Ledger) -> bool {
    let note = |name: &str| object.annotations().get(name);
    let (Some(name), Some(namespace)) = (
        note("meta.helm.sh/release-name"),
        note("meta.helm.sh/release-namespace"),
    ) else {
        return false;
    };
    let is_ours = |component: &Component| {
        ledger.component(component.id).is_some()
            && component
                .chart()
                .is_some_and(|chart| chart.release == name && chart.namespace == namespace)
    };
    COMPONENTS.iter().any(is_ours)
}

/// istiod makes the classes `istio` and `istio-waypoint` by itself.
fn is_of_istiod(object: &DynamicObject, ledger: &Ledger) -> bool {
    let is_class = object
        .types
        .as_ref()
        .is_some_and(|types| types.kind == "GatewayClass");
    let controller = object.data["spec"]["controllerName"]
        .as_str()
        .unwrap_or_default();
    is_class
        && controller.starts_with("istio.io/")
        && ledger.component(super::ComponentId::Istiod).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_of_many_are_named() {
        let many: Vec<_> = (0..5).map(|number| format!("Gateway a/{number}")).collect();
        assert_eq!(
            foreign_text(&many),
            "Gateway a/0, Gateway a/1, Gateway a/2 and 2 more"
        );
        assert_eq!(foreign_text(&many[..2]), "Gateway a/0, Gateway a/1");
    }
}
