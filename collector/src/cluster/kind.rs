//! kind: a cluster of containers on this machine.

use std::path::{Path, PathBuf};

use super::command::Call;
use super::component::KIND_NODE_IMAGE;
use super::error::ClusterError;
use crate::kubernetes::Access;

const CONFIG: &str = include_str!("../../../manifests/kind/cluster.yaml");
/// What stands in the configuration for the image of the nodes.
const IMAGE_MARK: &str = "IMAGE";
/// kind names its containers after the cluster, and a host name has 63 characters.
const LONGEST_NAME: usize = 40;

/// The label by which nodes are told apart.
pub const ROLE_LABEL: &str = "meshdelta.io/role";
/// Its value on the node that only the load may use.
pub const LOAD_ROLE: &str = "load";

/// The name of a kind cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindClusterName(String);

impl KindClusterName {
    /// Checks a name.
    pub fn try_new(name: &str) -> Result<Self, ClusterError> {
        let is_fit = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '-')
        };
        let starts_well = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        if starts_well && name.len() <= LONGEST_NAME && name.chars().all(is_fit) {
            Ok(Self(name.to_owned()))
        } else {
            Err(ClusterError::NameInvalid {
                name: name.to_owned(),
            })
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns how to reach the cluster with a kubeconfig of kind.
    pub fn access(&self, kubeconfig: &Path) -> Access {
        Access {
            kubeconfig: Some(kubeconfig.to_owned()),
            context: Some(format!("kind-{}", self.0)),
        }
    }
}

/// The kind program.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    program: PathBuf,
}

impl Kind {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Tells whether a cluster is there, whole or not.
    pub(super) async fn has(&self, name: &KindClusterName) -> Result<bool, ClusterError> {
        // With none, kind says so on stderr.
        let names = Call::new(&self.program, ["get", "clusters"]).run().await?;
        Ok(names.lines().any(|line| line.trim() == name.as_str()))
    }

    /// Returns the call that makes a cluster, with a kubeconfig of its own: the user's stays as it is.
    pub(super) fn create(
        &self,
        name: &KindClusterName,
        image: Option<&str>,
        kubeconfig: &Path,
    ) -> Call {
        let mut call = self.call("create", "cluster", name, kubeconfig);
        call.arguments
            .extend(["--config", "-", "--wait", "180s"].map(str::to_owned));
        call.input = Some(CONFIG.replace(IMAGE_MARK, image.unwrap_or(KIND_NODE_IMAGE)));
        call
    }

    /// Returns the call that writes the kubeconfig of a cluster that is there.
    pub(super) fn export(&self, name: &KindClusterName, kubeconfig: &Path) -> Call {
        self.call("export", "kubeconfig", name, kubeconfig)
    }

    /// Returns the call that deletes a cluster.
    pub(super) fn delete(&self, name: &KindClusterName, kubeconfig: &Path) -> Call {
        self.call("delete", "cluster", name, kubeconfig)
    }

    fn call(&self, verb: &str, what: &str, name: &KindClusterName, kubeconfig: &Path) -> Call {
        let kubeconfig = kubeconfig.display().to_string();
        Call::new(
            &self.program,
            [
                verb,
                what,
                "--name",
                name.as_str(),
                "--kubeconfig",
                &kubeconfig,
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_kind_takes() {
        for name in ["meshdelta", "a", "1.2-b"] {
            assert_eq!(KindClusterName::try_new(name).unwrap().as_str(), name);
        }
        for name in [
            "",
            "Upper",
            "a/b",
            "../x",
            ".hidden",
            "-x",
            "a b",
            &"x".repeat(41),
        ] {
            assert!(KindClusterName::try_new(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_cluster_is_made_of_nodes_with_roles_and_a_private_kubeconfig() {
        let name = KindClusterName::try_new("meshdelta").unwrap();
        let call = Kind::new("kind".into()).create(&name, None, Path::new("/state/kubeconfig"));
        insta::assert_snapshot!(call, @r#"
        kind create cluster --name meshdelta --kubeconfig /state/kubeconfig --config - --wait 180s <<'END'
        # One control plane and one worker for each role. Every node is a container on the same host: the roles keep the load from being scheduled
        # beside what it measures, but all share the cores.
        kind: Cluster
        apiVersion: kind.x-k8s.io/v1alpha4
        nodes:
          - role: control-plane
            image: kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed
            # The load and the servers never run here; the label says whose cluster this is.
            labels: {meshdelta.io/role: control-plane}
          - role: worker
            image: kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed
            labels: {meshdelta.io/role: infra}
          - role: worker
            image: kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed
            labels: {meshdelta.io/role: backend}
          - role: worker
            image: kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed
            labels: {meshdelta.io/role: load}
        END
        "#);
    }

    #[test]
    fn another_image_is_on_every_node() {
        let name = KindClusterName::try_new("meshdelta").unwrap();
        let kind = Kind::new("kind".into());
        let call = kind.create(&name, Some("mirror/node:v1.35.0"), Path::new("k"));
        let config = call.input.unwrap();
        assert_eq!(config.matches("image: mirror/node:v1.35.0").count(), 4);
        assert!(!config.contains(IMAGE_MARK) && !config.contains("kindest"));
    }
}
