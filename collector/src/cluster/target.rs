//! Which cluster a command is about.

use super::error::ClusterError;
use super::exported::Exported;
use super::kind::KindClusterName;
use super::kind_cluster::KindCluster;
use crate::kubernetes::{Access, Cluster};

/// A cluster that is meant.
#[derive(Debug, Clone)]
pub enum Target {
    /// A kind cluster on this machine.
    Kind(KindClusterName),
    /// Any cluster that a kubeconfig has a context for.
    Context(Access),
}

impl Target {
    /// Returns the options by which the command line names it.
    pub fn flag(&self) -> String {
        match self {
            Self::Kind(name) => format!("--name {}", name.as_str()),
            Self::Context(access) => {
                let context = access.context.as_deref().unwrap_or_default();
                match &access.kubeconfig {
                    Some(file) => format!("--context {context} --kubeconfig {}", file.display()),
                    None => format!("--context {context}"),
                }
            }
        }
    }

    /// Connects to the cluster, which has to be there.
    pub async fn connect(&self) -> Result<Cluster, ClusterError> {
        let name = match self {
            Self::Context(access) => return Ok(Cluster::connect(access).await?),
            Self::Kind(name) => name,
        };
        let kind = KindCluster::find(name).await?;
        if !kind.kind.has(name).await? {
            return Err(ClusterError::NoKindCluster {
                name: name.as_str().to_owned(),
            });
        }
        Exported::of(&kind.kind, name).await?.connect(name).await
    }
}
