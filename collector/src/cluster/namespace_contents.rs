//! What is in a namespace that this program made, beside what its releases leave there: deleting the namespace would delete it too.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Service};
use kube::api::ListParams;
use kube::core::NamespaceResourceScope;
use kube::{Api, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use super::error::ClusterError;
use super::manifests::is_ours;
use crate::kubernetes::Cluster;

/// Beginnings of the names of `ConfigMap`s and Secrets that the controllers of our releases make by themselves, and that no uninstalling removes.
const LEFT_BEHIND: [&str; 8] = [
    "istio",
    "k6-operator",
    "kiali",
    "kps",
    "kube-root-ca.crt",
    "meshdelta",
    "prometheus-kps",
    "sh.helm.release.",
];

/// Returns what others have in a namespace.
pub(super) async fn contents(
    cluster: &Cluster,
    namespace: &str,
) -> Result<Vec<String>, ClusterError> {
    let mut found = Vec::new();
    found.extend(list::<Deployment>(cluster, namespace).await?);
    found.extend(list::<DaemonSet>(cluster, namespace).await?);
    found.extend(list::<StatefulSet>(cluster, namespace).await?);
    found.extend(list::<Job>(cluster, namespace).await?);
    found.extend(list::<CronJob>(cluster, namespace).await?);
    found.extend(list::<Pod>(cluster, namespace).await?);
    found.extend(list::<Service>(cluster, namespace).await?);
    found.extend(list::<PersistentVolumeClaim>(cluster, namespace).await?);
    found.extend(list::<ConfigMap>(cluster, namespace).await?);
    found.extend(list::<Secret>(cluster, namespace).await?);
    Ok(found)
}

async fn list<Kind>(cluster: &Cluster, namespace: &str) -> Result<Vec<String>, ClusterError>
where
    Kind: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug,
{
    let kind = Kind::kind(&());
    let api: Api<Kind> = Api::namespaced(cluster.client().clone(), namespace);
    let listed = api.list_metadata(&ListParams::default()).await;
    let listed =
        listed.map_err(|error| cluster.failed(format!("list {kind} of `{namespace}`"), &error))?;
    let is_foreign = |object: &&kube::api::PartialObjectMeta<Kind>| {
        object.metadata.deletion_timestamp.is_none()
            && !is_ours(*object)
            && !is_left_behind(&kind, &object.name_any())
    };
    let title =
        |object: &kube::api::PartialObjectMeta<Kind>| format!("{kind} {}", object.name_any());
    Ok(listed.items.iter().filter(is_foreign).map(title).collect())
}

fn is_left_behind(kind: &str, name: &str) -> bool {
    matches!(kind, "ConfigMap" | "Secret")
        && LEFT_BEHIND
            .iter()
            .any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_configuration_of_known_controllers_is_passed_over() {
        assert!(is_left_behind("ConfigMap", "kube-root-ca.crt"));
        assert!(is_left_behind("Secret", "istio-ca-secret"));
        assert!(!is_left_behind("Secret", "customers"));
        assert!(!is_left_behind("Deployment", "istio-something"));
    }
}
