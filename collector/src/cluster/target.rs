//! Which cluster a command is about.

use super::error::ClusterError;
use super::exported::Exported;
use super::helm::Helm;
use super::kind::KindClusterName;
use super::kind_cluster::KindCluster;
use super::ledger_store::LedgerStore;
use super::program::find_helm;
use super::release::Release;
use super::up::bound;
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
        Ok(self.reach().await?.cluster)
    }

    /// Connects to the cluster, which has to be there, for helm too.
    pub(super) async fn reach(&self) -> Result<Reached, ClusterError> {
        let name = match self {
            Self::Context(access) => {
                let cluster = Cluster::connect(access).await?;
                return Ok(Reached {
                    access: bound(access, &cluster),
                    cluster,
                    _exported: None,
                });
            }
            Self::Kind(name) => name,
        };
        let kind = KindCluster::find(name).await?;
        if !kind.kind.has(name).await? {
            return Err(ClusterError::NoKindCluster {
                name: name.as_str().to_owned(),
            });
        }
        let exported = Exported::of(&kind.kind, name).await?;
        Ok(Reached {
            cluster: exported.connect(name).await?,
            access: name.access(&exported.kubeconfig()),
            _exported: Some(exported),
        })
    }
}

/// A cluster, and how helm gets to it.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) cluster: Cluster,
    access: Access,
    /// Keeps the kubeconfig that the access names.
    _exported: Option<Exported>,
}

impl Reached {
    /// Lists the releases of helm, for a look at what is ours of those in the ledger. A look needs no helm: where it is not there, or cannot say, the
    /// ledger is believed.
    pub(super) async fn releases(&self, store: &LedgerStore) -> Vec<Release> {
        if !store.ledger().has_releases() {
            return Vec::new();
        }
        let Ok(program) = find_helm().await else {
            return Vec::new();
        };
        let helm = Helm::new(program.path, self.access.clone());
        helm.list(store.uid()).await.unwrap_or_else(|error| {
            tracing::warn!(
                "whether the releases are still those of meshdelta is not known: {error}"
            );
            Vec::new()
        })
    }
}
