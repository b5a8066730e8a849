//! The programs that make clusters and install: helm, kind, docker or podman.

use std::path::PathBuf;

use crate::environment::local::process::find_on_path;
use crate::environment::local::{Program, Requirement, Version};
use crate::error::CollectorError;

/// Names another helm.
pub const HELM_VARIABLE: &str = "MESHDELTA_HELM";
/// Names another kind.
pub const KIND_VARIABLE: &str = "MESHDELTA_KIND";
/// Makes kind use podman; it is kind's own variable.
const KIND_PROVIDER_VARIABLE: &str = "KIND_EXPERIMENTAL_PROVIDER";

/// How to get helm.
pub const GET_HELM: &str =
    "get helm from https://helm.sh/docs/intro/install, or name it by MESHDELTA_HELM";
/// How to get kind.
pub const GET_KIND: &str = "get kind from https://kind.sigs.k8s.io (or `go install sigs.k8s.io/kind@v0.33.0`), or name it by MESHDELTA_KIND";

/// helm: installs the charts.
pub(super) const HELM: Requirement = Requirement {
    name: "helm",
    version_argument: "version",
    minimum: Version(3, 14, 0),
    reason: "installing Istio, Prometheus and the rest",
};
/// kind: makes the cluster.
pub(super) const KIND: Requirement = Requirement {
    name: "kind",
    version_argument: "version",
    minimum: Version(0, 32, 0),
    reason: "making a cluster on this machine",
};

/// Finds helm.
pub(super) async fn find_helm() -> Result<Program, CollectorError> {
    find(&HELM, HELM_VARIABLE).await
}

/// Finds kind.
pub(super) async fn find_kind() -> Result<Program, CollectorError> {
    find(&KIND, KIND_VARIABLE).await
}

async fn find(requirement: &Requirement, variable: &str) -> Result<Program, CollectorError> {
    match std::env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => requirement.check(PathBuf::from(path)).await,
        None => requirement.find().await,
    }
}

/// The container engine that kind uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContainerEngine {
    /// Docker, kind's first choice.
    Docker,
    /// Podman.
    Podman,
}

impl ContainerEngine {
    /// Chooses as kind does: what its variable says, else docker where it is there, else podman.
    pub(super) fn choose() -> Self {
        let provider = std::env::var(KIND_PROVIDER_VARIABLE).unwrap_or_default();
        match provider.as_str() {
            "podman" => Self::Podman,
            "" if find_on_path("docker").is_none() && find_on_path("podman").is_some() => {
                Self::Podman
            }
            _ => Self::Docker,
        }
    }

    /// Returns the name of its program.
    pub(super) fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }

    /// Returns the template that makes its `info` print cores and bytes of memory.
    pub(super) fn capacity_format(self) -> &'static str {
        match self {
            Self::Docker => "{{.NCPU}} {{.MemTotal}}",
            Self::Podman => "{{.Host.CPUs}} {{.Host.MemTotal}}",
        }
    }
}
