//! Manifests: YAML documents, and server-side apply.

use std::collections::BTreeMap;

use kube::ResourceExt;
use kube::api::{DynamicObject, Patch, PatchParams};

use super::connect::Cluster;
use super::error::KubernetesError;
use super::kind::KindName;

/// The field manager of everything that this project applies.
pub const FIELD_MANAGER: &str = "meshdelta";

/// Parses every document of a YAML text. `name` is only for the messages. Empty documents are skipped.
pub fn parse_manifests(name: &str, text: &str) -> Result<Vec<DynamicObject>, KubernetesError> {
    let invalid = |reason: String| KubernetesError::ManifestInvalid {
        name: name.to_owned(),
        reason,
    };
    // The text is a file of this project or of the user, so the guard against hostile input (nodes, scalars) would only refuse large CRDs.
    let options = serde_saphyr::options! { budget: None };
    let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| invalid(error.to_string()))?;
    let mut objects = Vec::new();
    for (index, document) in documents.into_iter().enumerate() {
        if document.is_null() {
            continue;
        }
        let place = |reason: &str| invalid(format!("document {}: {reason}", index + 1));
        let object: DynamicObject =
            serde_json::from_value(document).map_err(|error| place(&error.to_string()))?;
        if object.types.is_none() {
            return Err(place("it has no apiVersion and kind"));
        }
        if object.metadata.name.is_none() {
            return Err(place("it has no metadata.name"));
        }
        objects.push(object);
    }
    Ok(objects)
}

impl Cluster {
    /// Applies one object server-side with these labels added, and returns it as stored. Fields that the API server does not know are an
    /// error.
    pub async fn apply(
        &self,
        object: &DynamicObject,
        labels: &BTreeMap<String, String>,
    ) -> Result<DynamicObject, KubernetesError> {
        let parameters = PatchParams::apply(FIELD_MANAGER)
            .force()
            .validation_strict();
        self.apply_with(object, labels, &parameters).await
    }

    /// Asks the API server whether it would take an object, and changes nothing.
    pub async fn check(&self, object: &DynamicObject) -> Result<DynamicObject, KubernetesError> {
        let parameters = PatchParams::apply(FIELD_MANAGER)
            .force()
            .validation_strict();
        self.apply_with(object, &BTreeMap::new(), &parameters.dry_run())
            .await
    }

    async fn apply_with(
        &self,
        object: &DynamicObject,
        labels: &BTreeMap<String, String>,
        parameters: &PatchParams,
    ) -> Result<DynamicObject, KubernetesError> {
        let mut object = object.clone();
        object.labels_mut().extend(labels.clone());
        // The API server owns these, and refuses them in an apply.
        object.metadata.managed_fields = None;
        let invalid = |reason: &str| KubernetesError::ManifestInvalid {
            name: object.name_any(),
            reason: reason.to_owned(),
        };
        let kind = KindName::of(&object).ok_or_else(|| invalid("it has no apiVersion and kind"))?;
        let objects = self.objects(&kind, object.namespace().as_deref()).await?;
        let name = object.name_any();
        objects
            .patch(&name, parameters, &Patch::Apply(&object))
            .await
            .map_err(|error| self.failed(format!("apply {}", named(&object)), &error))
    }

    /// Applies several objects in their order.
    pub async fn apply_all(
        &self,
        objects: &[DynamicObject],
        labels: &BTreeMap<String, String>,
    ) -> Result<(), KubernetesError> {
        for object in objects {
            self.apply(object, labels).await?;
        }
        Ok(())
    }

    /// Reads an object; `None` when it is not there.
    pub async fn get(
        &self,
        kind: &KindName,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<DynamicObject>, KubernetesError> {
        let objects = self.objects(kind, namespace).await?;
        objects.get_opt(name).await.map_err(|error| {
            let place = namespace.map_or_else(String::new, |namespace| format!("{namespace}/"));
            self.failed(format!("get {} `{place}{name}`", kind.kind), &error)
        })
    }
}

/// Returns the kind and name of an object as messages show it, for example ``Pod `load/k6-1` ``.
pub(super) fn named(object: &DynamicObject) -> String {
    let kind = object.types.as_ref().map_or("object", |types| &types.kind);
    match object.namespace() {
        Some(namespace) => format!("{kind} `{namespace}/{}`", object.name_any()),
        None => format!("{kind} `{}`", object.name_any()),
    }
}
