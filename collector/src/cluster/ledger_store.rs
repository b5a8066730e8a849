//! Keeps the ledger as a `ConfigMap` in the cluster.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::Api;
use kube::api::{DeleteParams, ObjectMeta, PostParams, Preconditions};

use super::error::ClusterError;
use super::ledger::Ledger;
use crate::kubernetes::{Cluster, MANAGED_BY, MANAGED_BY_LABEL};

/// The namespace of what this program keeps in a cluster beyond a run.
pub const SYSTEM_NAMESPACE: &str = "meshdelta-system";
/// Name of the `ConfigMap`.
pub(super) const NAME: &str = "meshdelta-ledger";
const KEY: &str = "ledger.json";

/// The ledger of a cluster. Each change is written at once; one that another process changed meanwhile is refused by the API server.
#[derive(Debug)]
pub(super) struct LedgerStore {
    api: Api<ConfigMap>,
    cluster: Cluster,
    stored: Option<ConfigMap>,
    ledger: Ledger,
}

impl LedgerStore {
    /// Reads the ledger; an empty one where there is none.
    pub(super) async fn open(cluster: &Cluster) -> Result<Self, ClusterError> {
        let api: Api<ConfigMap> = Api::namespaced(cluster.client().clone(), SYSTEM_NAMESPACE);
        let stored = api
            .get_opt(NAME)
            .await
            .map_err(|error| cluster.failed(format!("get ConfigMap `{}`", place()), &error))?;
        let text = stored.as_ref().map(|map| {
            map.data
                .as_ref()
                .and_then(|data| data.get(KEY))
                .map_or("", String::as_str)
        });
        let ledger = match text {
            None => Ledger::new(None),
            Some(text) => Ledger::parse(text).map_err(|error| ClusterError::LedgerInvalid {
                place: place(),
                reason: error.to_string(),
            })?,
        };
        Ok(Self {
            api,
            cluster: cluster.clone(),
            stored,
            ledger,
        })
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Returns the id that releases of this ledger have as a label; `None` before it was first written.
    pub(super) fn uid(&self) -> Option<&str> {
        self.stored.as_ref()?.metadata.uid.as_deref()
    }

    /// Tells whether there is a ledger in the cluster.
    pub(super) fn exists(&self) -> bool {
        self.stored.is_some()
    }

    /// Changes the ledger, and writes it.
    pub(super) async fn change(
        &mut self,
        change: impl FnOnce(&mut Ledger),
    ) -> Result<(), ClusterError> {
        let mut ledger = self.ledger.clone();
        change(&mut ledger);
        env!("CARGO_PKG_VERSION").clone_into(&mut ledger.meshdelta);
        let mut map = self.stored.clone().unwrap_or_else(empty_map);
        let text =
            serde_json::to_string_pretty(&ledger).map_err(|error| ClusterError::LedgerInvalid {
                place: place(),
                reason: error.to_string(),
            })?;
        map.data = Some(BTreeMap::from([(KEY.to_owned(), text)]));
        let parameters = PostParams::default();
        let written = if self.stored.is_some() {
            self.api.replace(NAME, &parameters, &map).await
        } else {
            self.make_namespace().await?;
            self.api.create(&parameters, &map).await
        };
        self.stored = Some(written.map_err(|error| {
            match &error {
                kube::Error::Api(status) if status.code == 409 => {
                    ClusterError::LedgerChanged { place: place() }
                }
                _ => self
                    .cluster
                    .failed(format!("write ConfigMap `{}`", place()), &error)
                    .into(),
            }
        })?);
        self.ledger = ledger;
        Ok(())
    }

    /// Deletes the ledger as it was read: one that another process changed meanwhile says what that process made.
    pub(super) async fn delete(&self) -> Result<(), ClusterError> {
        let Some(stored) = &self.stored else {
            return Ok(());
        };
        let only_this = DeleteParams {
            preconditions: Some(Preconditions {
                uid: stored.metadata.uid.clone(),
                resource_version: stored.metadata.resource_version.clone(),
            }),
            ..DeleteParams::default()
        };
        match self.api.delete(NAME, &only_this).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 => {
                Err(ClusterError::LedgerChanged { place: place() })
            }
            Err(error) => Err(self.cluster.failed("delete the ledger", &error).into()),
        }
    }

    async fn make_namespace(&self) -> Result<(), ClusterError> {
        make_namespace(&self.cluster, SYSTEM_NAMESPACE, false).await?;
        Ok(())
    }
}

/// Makes a namespace with the label of this program; tells whether it was not there before.
pub(super) async fn make_namespace(
    cluster: &Cluster,
    name: &str,
    is_privileged: bool,
) -> Result<bool, ClusterError> {
    let api: Api<Namespace> = Api::all(cluster.client().clone());
    let made = api
        .create(&PostParams::default(), &namespace(name, is_privileged))
        .await;
    match made {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(cluster
            .failed(format!("create Namespace `{name}`"), &error)
            .into()),
    }
}

/// Returns a namespace as it is made.
pub(super) fn namespace(name: &str, is_privileged: bool) -> Namespace {
    let mut labels = BTreeMap::from([(MANAGED_BY_LABEL.to_owned(), MANAGED_BY.to_owned())]);
    if is_privileged {
        // The agents on the nodes need the network and files of the host; a cluster may enforce less by default.
        labels.insert(
            "pod-security.kubernetes.io/enforce".to_owned(),
            "privileged".to_owned(),
        );
    }
    Namespace {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(labels),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    }
}

fn empty_map() -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(NAME.to_owned()),
            namespace: Some(SYSTEM_NAMESPACE.to_owned()),
            labels: Some(BTreeMap::from([(
                MANAGED_BY_LABEL.to_owned(),
                MANAGED_BY.to_owned(),
            )])),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    }
}

pub(super) fn place() -> String {
    format!("{SYSTEM_NAMESPACE}/{NAME}")
}
