//! What is in a namespace: deleting the namespace would delete it too.

use std::collections::BTreeSet;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::{DynamicObject, ListParams};
use kube::core::GroupVersionKind;
use kube::core::discovery::v2::{APIGroupDiscovery, APIResourceDiscovery};
use kube::discovery::ApiResource;

use super::connect::Cluster;
use super::error::KubernetesError;
use super::kind::KindName;

/// An object that is in a namespace, by its kind and metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct Present {
    /// The kind.
    pub kind: KindName,
    /// Name, labels and owners.
    pub metadata: ObjectMeta,
}

impl Present {
    /// Returns its name.
    pub fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// Tells whether a label has a value.
    pub fn has_label(&self, label: &str, value: &str) -> bool {
        let labels = self.metadata.labels.as_ref();
        labels
            .and_then(|labels| labels.get(label))
            .map(String::as_str)
            == Some(value)
    }
}

impl fmt::Display for Present {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind.kind, self.name())
    }
}

/// Everything in a namespace that somebody made and nobody deletes yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// The objects, but for those that are there for another one of the same namespace, that the control plane makes in every namespace, and
    /// events.
    pub objects: Vec<Present>,
    /// Kinds whose objects cannot be listed, each with the reason: the namespace may have more than `objects`.
    pub unknown: Vec<String>,
}

/// The kinds that have objects in namespaces.
#[derive(Debug, Default)]
struct Kinds {
    resources: Vec<ApiResource>,
    unknown: Vec<String>,
}

impl Cluster {
    /// Lists what is in a namespace: objects of every kind that the API server serves.
    pub async fn contents(&self, namespace: &str) -> Result<Contents, KubernetesError> {
        let kinds = self.namespaced_kinds().await?;
        let names: BTreeSet<GroupKind> = kinds.resources.iter().map(group_kind).collect();
        let mut contents = Contents {
            unknown: kinds.unknown,
            ..Contents::default()
        };
        for resource in &kinds.resources {
            let objects: Api<DynamicObject> =
                Api::namespaced_with(self.client().clone(), namespace, resource);
            let kind = KindName::new(&resource.api_version, &resource.kind);
            match objects.list_metadata(&ListParams::default()).await {
                Ok(found) => contents.objects.extend(
                    found
                        .items
                        .into_iter()
                        .map(|object| Present {
                            kind: kind.clone(),
                            metadata: object.metadata,
                        })
                        .filter(|object| counts(object, &names)),
                ),
                // Its definition was deleted in the meantime, and its objects with it.
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                Err(error) => {
                    let reason = self.failed(format!("list {}", resource.plural), &error);
                    contents.unknown.push(format!("{kind} ({reason})"));
                }
            }
        }
        Ok(contents)
    }

    /// Asks the API server for all its kinds, in two requests.
    async fn namespaced_kinds(&self) -> Result<Kinds, KubernetesError> {
        let failed = |error| self.failed("ask which kinds are served", &error);
        let client = self.client();
        let core = client.list_core_api_versions_aggregated().await;
        let groups = client.list_api_groups_aggregated().await;
        let mut kinds = Kinds::default();
        let all = core.map_err(failed)?.items.into_iter();
        for group in all.chain(groups.map_err(failed)?.items) {
            kinds.add(group);
        }
        Ok(kinds)
    }
}

impl Kinds {
    /// Adds what a group has, each resource by its preferred version only.
    fn add(&mut self, group: APIGroupDiscovery) {
        let name = group.metadata.and_then(|metadata| metadata.name);
        let name = name.unwrap_or_default();
        let mut known = BTreeSet::new();
        for version in group.versions {
            let number = version.version.unwrap_or_default();
            if version.freshness.as_deref() == Some("Stale") {
                self.unknown.push(format!(
                    "all of {name}/{number} (its server does not answer)"
                ));
            }
            for resource in version.resources {
                if let Some(resource) = stored_in_namespaces(&name, &number, &resource)
                    && known.insert(resource.plural.clone())
                {
                    self.resources.push(resource);
                }
            }
        }
    }
}

/// Returns a resource if its objects are kept in namespaces. What cannot be deleted, such as the measurements of `metrics.k8s.io`, is no object.
fn stored_in_namespaces(
    group: &str,
    version: &str,
    resource: &APIResourceDiscovery,
) -> Option<ApiResource> {
    let can = |verb: &str| resource.verbs.iter().any(|one| one == verb);
    if resource.scope.as_deref() != Some("Namespaced") || !can("list") || !can("delete") {
        return None;
    }
    let kind = resource.response_kind.as_ref()?.kind.as_deref()?;
    let kind = GroupVersionKind::gvk(group, version, kind);
    Some(ApiResource::from_gvk_with_plural(
        &kind,
        resource.resource.as_deref()?,
    ))
}

/// A kind whatever its version.
type GroupKind = (String, String);

fn group_kind(resource: &ApiResource) -> GroupKind {
    (resource.group.clone(), resource.kind.clone())
}

fn counts(object: &Present, kinds: &BTreeSet<GroupKind>) -> bool {
    let owners = object.metadata.owner_references.iter().flatten();
    // An owner in the same namespace is looked at itself, or is gone and its rest goes too.
    let mut owners = owners.map(|owner| {
        let group = owner.api_version.split_once('/');
        let group = group.map_or("", |(group, _)| group);
        (group.to_owned(), owner.kind.clone())
    });
    object.metadata.deletion_timestamp.is_none()
        && !is_automatic(&object.kind.kind, object.name())
        && !owners.any(|owner| kinds.contains(&owner))
}

/// Tells whether Kubernetes, or Istio, makes an object of this name in every namespace, or beside another object.
fn is_automatic(kind: &str, name: &str) -> bool {
    match kind {
        // `Endpoints` have no owner, but are there for the Service of their name.
        "Event" | "Endpoints" => true,
        "ServiceAccount" => name == "default",
        "ConfigMap" => matches!(
            name,
            "kube-root-ca.crt" | "istio-ca-root-cert" | "istio-ca-crl"
        ),
        _ => false,
    }
}
