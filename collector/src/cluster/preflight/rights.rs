//! What the user must be allowed to do. Asked before anything is changed, so that an installation does not stop half-way.

use super::Finding;
use crate::cluster::error::ClusterError;
use crate::kubernetes::{Cluster, KubernetesError, Right};

/// What the charts make; helm also reads and deletes it.
const RESOURCES: [(&str, &str); 19] = [
    ("", "namespaces"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
    (
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
    ),
    (
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
    ),
    (
        "admissionregistration.k8s.io",
        "validatingadmissionpolicies",
    ),
    (
        "admissionregistration.k8s.io",
        "validatingadmissionpolicybindings",
    ),
    ("apiregistration.k8s.io", "apiservices"),
    ("", "configmaps"),
    ("", "secrets"),
    ("", "serviceaccounts"),
    ("", "services"),
    ("apps", "daemonsets"),
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("batch", "jobs"),
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "rolebindings"),
];
const VERBS: [&str; 5] = ["create", "delete", "get", "list", "patch"];
/// What is read to find out what is there.
const READ: [(&str, &str); 2] = [("", "nodes"), ("", "pods")];
/// Roles that hold more than the user does can be made only with this verb (or with those rights).
const ESCALATE: &str = "escalate";

fn rights_to_install() -> Vec<Right> {
    let make = RESOURCES
        .iter()
        .flat_map(|(group, resource)| VERBS.map(|verb| Right::new(verb, group, resource, None)));
    let read = READ.map(|(group, resource)| Right::new("list", group, resource, None));
    let escalate = Right::new(ESCALATE, "rbac.authorization.k8s.io", "clusterroles", None);
    make.chain(read).chain([escalate]).collect()
}

/// Asks for every right that installing needs.
pub(in crate::cluster) async fn examine_rights(cluster: &Cluster) -> Result<Finding, ClusterError> {
    let rights = rights_to_install();
    // An administrator has all of them, by one answer instead of a hundred.
    if cluster.may(&Right::new("*", "*", "*", None)).await? {
        return Ok(Finding::good("rights", "all"));
    }
    match cluster.check_rights(&rights).await {
        Ok(()) => Ok(Finding::good(
            "rights",
            format!("all {} that are needed", rights.len()),
        )),
        Err(KubernetesError::RightsMissing { missing, .. }) => {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            Ok(Finding::problem(
                "rights",
                format!("you may not\n      {}", missing.join("\n      ")),
                "installing Istio and the operators needs a cluster administrator: ask one to run `meshdelta cluster up`, or for these rights",
            ))
        }
        Err(error) => Err(error.into()),
    }
}
