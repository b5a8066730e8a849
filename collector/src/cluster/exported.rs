//! The kubeconfig of a kind cluster as kind tells it now: what this machine remembers may be of an earlier cluster of the same name.

use std::path::PathBuf;

use tempfile::TempDir;

use super::error::ClusterError;
use super::kind::{Kind, KindClusterName};
use crate::kubernetes::Cluster;

/// A kubeconfig in a folder that is removed with this.
#[derive(Debug)]
pub(super) struct Exported {
    folder: TempDir,
}

impl Exported {
    /// Asks kind for it.
    pub(super) async fn of(kind: &Kind, name: &KindClusterName) -> Result<Self, ClusterError> {
        let folder = tempfile::Builder::new().prefix("meshdelta-").tempdir()?;
        let exported = Self { folder };
        kind.export(name, &exported.kubeconfig()).run().await?;
        Ok(exported)
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// Connects to the cluster. The file is not needed any more then.
    pub(super) async fn connect(&self, name: &KindClusterName) -> Result<Cluster, ClusterError> {
        Ok(Cluster::connect(&name.access(&self.kubeconfig())).await?)
    }
}
