//! Names of kinds, and what the API server says about them.

use std::fmt;

use kube::Api;
use kube::api::{DynamicObject, TypeMeta};
use kube::core::GroupVersionKind;
use kube::discovery;

use super::connect::{Cluster, Served};
use super::error::KubernetesError;

/// The name of a kind, such as `apps/v1` `Deployment`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindName {
    /// Group and version; `v1` for the core group.
    pub api_version: String,
    /// The kind in the singular, as manifests spell it.
    pub kind: String,
}

impl KindName {
    /// Makes a name.
    pub fn new(api_version: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            api_version: api_version.into(),
            kind: kind.into(),
        }
    }

    /// Returns the kind of an object, when it says so.
    pub fn of(object: &DynamicObject) -> Option<Self> {
        let types = object.types.as_ref()?;
        Some(Self::new(&types.api_version, &types.kind))
    }

    fn group_version_kind(&self) -> Option<GroupVersionKind> {
        let types = TypeMeta {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
        };
        GroupVersionKind::try_from(&types).ok()
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.api_version, self.kind)
    }
}

impl Cluster {
    /// Returns how the API server serves a kind.
    pub(super) async fn served(&self, kind: &KindName) -> Result<Served, KubernetesError> {
        let known = |cluster: &Self| {
            let served = cluster.served.lock().ok()?;
            served.get(kind).cloned()
        };
        if let Some(served) = known(self) {
            return Ok(served);
        }
        let unknown = || KubernetesError::KindUnknown {
            context: self.context().to_owned(),
            kind: kind.to_string(),
        };
        let name = kind.group_version_kind().ok_or_else(unknown)?;
        let found = discovery::pinned_kind(self.client(), &name).await;
        let (resource, capabilities) = found.map_err(|error| match error {
            kube::Error::Api(status) if status.is_not_found() => unknown(),
            kube::Error::Discovery(_) => unknown(),
            error => self.failed(format!("ask how {kind} is served"), &error),
        })?;
        let served = (
            resource,
            matches!(capabilities.scope, discovery::Scope::Namespaced),
        );
        if let Ok(mut all) = self.served.lock() {
            all.insert(kind.clone(), served.clone());
        }
        Ok(served)
    }

    /// Returns the group and the plural by which rights name a kind.
    pub async fn resource(&self, kind: &KindName) -> Result<(String, String), KubernetesError> {
        let (resource, _) = self.served(kind).await?;
        Ok((resource.group, resource.plural))
    }

    /// Returns the objects of a kind as an API: of one namespace where the kind has namespaces, and the default one when none is given.
    pub async fn objects(
        &self,
        kind: &KindName,
        namespace: Option<&str>,
    ) -> Result<Api<DynamicObject>, KubernetesError> {
        let (resource, is_namespaced) = self.served(kind).await?;
        let client = self.client().clone();
        Ok(match (is_namespaced, namespace) {
            (false, _) => Api::all_with(client, &resource),
            (true, Some(namespace)) => Api::namespaced_with(client, namespace, &resource),
            (true, None) => Api::default_namespaced_with(client, &resource),
        })
    }
    /// Returns the objects of a kind as an API, of all namespaces.
    pub async fn objects_everywhere(
        &self,
        kind: &KindName,
    ) -> Result<Api<DynamicObject>, KubernetesError> {
        let (resource, _) = self.served(kind).await?;
        Ok(Api::all_with(self.client().clone(), &resource))
    }
}
