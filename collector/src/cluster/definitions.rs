//! Custom resource definitions on removal: deleting one deletes every resource of its kind, so what others made is looked for first.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{DeleteParams, DynamicObject, ListParams};
use kube::discovery::ApiResource;
use kube::{Api, ResourceExt};

use super::error::ClusterError;
use super::manifests::{is_ours, title};
use super::release::Release;
use crate::kubernetes::Cluster;

/// How many of the resources of others are named.
const NAMED: usize = 3;

/// The classes that istiod makes by itself, and that no uninstalling removes.
const CLASSES: [&str; 3] = ["istio", "istio-remote", "istio-waypoint"];

/// What tells our resources from those of others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ours<'a> {
    /// The releases with the label of the ledger: a name alone says nothing, because another release may have it now.
    pub(super) releases: &'a [Release],
    /// Whether there is an istiod of others, which makes classes as ours does.
    pub(super) has_foreign_istiod: bool,
}

impl Ours<'_> {
    fn made(self, object: &DynamicObject) -> bool {
        is_ours(object)
            || is_of_release(object, self.releases)
            || (!self.has_foreign_istiod && is_class_of_istiod(object))
    }
}

/// Returns the resources of these definitions that neither this program made nor a release of it.
pub(super) async fn foreign_resources(
    cluster: &Cluster,
    definitions: &[String],
    ours: Ours<'_>,
) -> Result<Vec<String>, ClusterError> {
    let mut foreign = Vec::new();
    for name in definitions {
        let all = resources(cluster, name).await?;
        foreign.extend(all.iter().filter(|object| !ours.made(object)).map(title));
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

fn is_of_release(object: &DynamicObject, releases: &[Release]) -> bool {
    let note = |name: &str| object.annotations().get(name);
    let (Some(name), Some(namespace)) = (
        note("meta.helm.sh/release-name"),
        note("meta.helm.sh/release-namespace"),
    ) else {
        return false;
    };
    let mut releases = releases.iter();
    releases
        .any(|release| release.is_ours && release.name == *name && release.namespace == *namespace)
}

fn is_class_of_istiod(object: &DynamicObject) -> bool {
    let is_class = object
        .types
        .as_ref()
        .is_some_and(|types| types.kind == "GatewayClass");
    let controller = object.data["spec"]["controllerName"]
        .as_str()
        .unwrap_or_default();
    is_class && controller.starts_with("istio.io/") && CLASSES.contains(&object.name_any().as_str())
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

    fn object(json: serde_json::Value) -> DynamicObject {
        serde_json::from_value(json).unwrap()
    }

    fn release(name: &str, is_ours: bool) -> Release {
        Release {
            name: name.to_owned(),
            namespace: "istio-system".to_owned(),
            status: "deployed".to_owned(),
            chart: format!("{name}-1.30.3"),
            is_ours,
        }
    }

    #[test]
    fn what_a_foreign_release_of_our_name_made_is_not_ours() {
        let filter = object(serde_json::json!({
            "apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter",
            "metadata": {"name": "stats", "namespace": "istio-system", "annotations": {
                "meta.helm.sh/release-name": "istiod", "meta.helm.sh/release-namespace": "istio-system"
            }}
        }));
        let made = |is_ours| {
            let releases = [release("istio-base", true), release("istiod", is_ours)];
            let ours = Ours {
                releases: &releases,
                has_foreign_istiod: !is_ours,
            };
            ours.made(&filter)
        };
        assert!(made(true));
        assert!(!made(false));
    }

    #[test]
    fn a_class_is_left_over_only_where_no_istiod_of_others_is() {
        let class = |name: &str, controller: &str| {
            object(serde_json::json!({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
                "metadata": {"name": name}, "spec": {"controllerName": controller}
            }))
        };
        let made = |class: &DynamicObject, has_foreign_istiod| {
            let ours = Ours {
                releases: &[],
                has_foreign_istiod,
            };
            ours.made(class)
        };
        let waypoint = class("istio-waypoint", "istio.io/mesh-controller");
        assert!(made(&waypoint, false));
        assert!(!made(&waypoint, true));
        assert!(!made(&class("mine", "istio.io/gateway-controller"), false));
        assert!(!made(&class("istio", "example.io/controller"), false));
    }
}
