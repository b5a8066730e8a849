//! What others have in a namespace that this program made: deleting the namespace would delete it too.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::ClusterError;
use crate::kubernetes::{Cluster, MANAGED_BY, MANAGED_BY_LABEL, Present};

/// What the controllers of our releases make by themselves, and no uninstalling removes: namespace, kind and name. The locks and the CA of
/// istiod are named in its `pilot/pkg/leaderelection` and `security/pkg/pki/ca`, those of the revision `default` with it.
const LEFT_BEHIND: [(&str, &str, &str); 17] = [
    ("istio-system", "Secret", "istio-ca-secret"),
    ("istio-system", "ConfigMap", "istio-analyze-leader"),
    (
        "istio-system",
        "ConfigMap",
        "istio-clustertrustbundle-controller-election",
    ),
    ("istio-system", "ConfigMap", "istio-gateway-inferencepool"),
    ("istio-system", "ConfigMap", "istio-gateway-status-leader"),
    ("istio-system", "ConfigMap", "istio-ip-autoallocate"),
    ("istio-system", "ConfigMap", "istio-leader"),
    (
        "istio-system",
        "ConfigMap",
        "istio-namespace-controller-election",
    ),
    ("istio-system", "ConfigMap", "istio-node-untaint"),
    (
        "istio-system",
        "ConfigMap",
        "istio-serviceexport-controller-election",
    ),
    ("istio-system", "ConfigMap", "istio-status-leader"),
    ("istio-system", "Lease", "istio-gateway-deployment-default"),
    (
        "istio-system",
        "Lease",
        "istio-gateway-inferencepool-default",
    ),
    (
        "istio-system",
        "Lease",
        "istio-gateway-status-leader-default",
    ),
    ("istio-system", "Lease", "istio-status-leader"),
    // Of the job that makes the certificate of the operator's webhook.
    ("monitoring", "Secret", "kps-admission"),
    // The lock of the operator (`main.go`).
    ("k6-operator-system", "Lease", "fcdfce80.io"),
];

/// How long what belonged to something deleted may take to go: Kubernetes collects it in the background.
const SETTLING: Duration = Duration::from_mins(1);
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// Returns what others have in a namespace, and what may be theirs because it cannot be seen.
pub(super) async fn foreign_contents(
    cluster: &Cluster,
    namespace: &str,
) -> Result<Vec<String>, ClusterError> {
    let end = Instant::now() + SETTLING;
    loop {
        let mut contents = cluster.contents(namespace).await?;
        contents
            .objects
            .retain(|object| !is_known(namespace, object));
        let is_settling = contents.objects.iter().any(has_owner) && Instant::now() < end;
        if !is_settling {
            let foreign = contents.objects.iter().map(ToString::to_string);
            let unseen = contents.unknown.iter();
            return Ok(foreign
                .chain(unseen.map(|kind| format!("perhaps some {kind}")))
                .collect());
        }
        sleep(LOOK_INTERVAL).await;
    }
}

/// Tells whether an object belongs to another one, which may be gone already with its definition.
fn has_owner(object: &Present) -> bool {
    let owners = object.metadata.owner_references.as_ref();
    owners.is_some_and(|owners| !owners.is_empty())
}

/// Tells whether an object is of this program, or of its releases.
fn is_known(namespace: &str, object: &Present) -> bool {
    let place = (namespace, object.kind.kind.as_str(), object.name());
    object.has_label(MANAGED_BY_LABEL, MANAGED_BY) || LEFT_BEHIND.contains(&place)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kube::api::ObjectMeta;

    use super::*;
    use crate::kubernetes::KindName;

    fn present(kind: &str, name: &str, labels: &[(&str, &str)]) -> Present {
        let labels = labels.iter().copied();
        let labels: BTreeMap<_, _> = labels
            .map(|(label, value)| (label.to_owned(), value.to_owned()))
            .collect();
        Present {
            kind: KindName::new("v1", kind),
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                labels: Some(labels),
                ..ObjectMeta::default()
            },
        }
    }

    #[test]
    fn only_what_is_known_by_its_whole_name_is_passed_over() {
        let known = |namespace, kind, name| is_known(namespace, &present(kind, name, &[]));
        assert!(known("istio-system", "Secret", "istio-ca-secret"));
        assert!(known("monitoring", "Secret", "kps-admission"));
        assert!(!known("istio-system", "Secret", "istio-ca-secret-backup"));
        assert!(!known("monitoring", "Secret", "istio-ca-secret"));
        assert!(!known("istio-system", "ConfigMap", "istio-ca-secret"));
        // Our own releases are uninstalled before: this is one of somebody else.
        assert!(!known(
            "istio-system",
            "Secret",
            "sh.helm.release.v1.theirs.v1"
        ));
        assert!(!known("istio-system", "PeerAuthentication", "default"));
    }

    #[test]
    fn what_has_our_label_is_ours() {
        let labelled = present("PodMonitor", "envoy", &[(MANAGED_BY_LABEL, MANAGED_BY)]);
        assert!(is_known("monitoring", &labelled));
        let helms = present("PodMonitor", "envoy", &[(MANAGED_BY_LABEL, "Helm")]);
        assert!(!is_known("monitoring", &helms));
    }
}
