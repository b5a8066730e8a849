//! Brings a kind cluster to be there, whatever an earlier call left.

use k8s_openapi::api::core::v1::Node;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use super::command::Call;
use super::error::ClusterError;
use super::event::{Event, Tell};
use super::exported::Exported;
use super::kind::{Kind, KindClusterName, LOAD_ROLE, ROLE_LABEL};
use super::ledger_store::LedgerStore;
use super::program::find_kind;
use super::state::{KindState, Making};
use crate::kubernetes::{Access, Cluster};

/// What has to be done for a kind cluster to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It is not there.
    Make,
    /// An earlier call was killed while it made it: what there is cannot be trusted.
    MakeAgain,
    /// It is there, and ours.
    Use,
}

/// A kind cluster with the means to make it.
#[derive(Debug)]
pub(super) struct KindCluster {
    pub(super) kind: Kind,
    pub(super) name: KindClusterName,
    pub(super) state: KindState,
}

impl KindCluster {
    /// Finds kind, and what is remembered of a cluster.
    pub(super) async fn find(name: &KindClusterName) -> Result<Self, ClusterError> {
        Ok(Self {
            kind: Kind::new(find_kind().await?.path),
            name: name.clone(),
            state: KindState::of(name)?,
        })
    }

    /// Finds out what has to be done. One that this program did not make is an error.
    pub(super) async fn need(&self) -> Result<Need, ClusterError> {
        if !self.kind.has(&self.name).await? {
            return Ok(Need::Make);
        }
        let exported = Exported::of(&self.kind, &self.name).await;
        let making = self.state.making();
        if making == Making::Begun {
            return if self.is_half_made(exported).await {
                Ok(Need::MakeAgain)
            } else {
                Err(self.foreign())
            };
        }
        let exported = exported?;
        if making == Making::Made && self.state.is_of_made(&exported.kubeconfig()) {
            return Ok(Need::Use);
        }
        // Made by another user or on another machine, or made by hand after ours was deleted.
        let cluster = exported.connect(&self.name).await?;
        let store = LedgerStore::open(&cluster).await?;
        if store.ledger().kind_cluster.as_deref() == Some(self.name.as_str()) {
            Ok(Need::Use)
        } else {
            Err(self.foreign())
        }
    }

    /// Tells whether what is there can be what a killed call left: nothing that answers, or nodes with our label. Whoever tidied up by hand
    /// and made a cluster of the same name keeps it.
    async fn is_half_made(&self, exported: Result<Exported, ClusterError>) -> bool {
        let looking = async {
            let cluster = exported?.connect(&self.name).await?;
            list_nodes(&cluster, &ListParams::default()).await
        };
        match looking.await {
            Err(_) => true,
            Ok(nodes) => {
                nodes.is_empty()
                    || nodes
                        .iter()
                        .any(|node| node.labels().contains_key(ROLE_LABEL))
            }
        }
    }

    fn foreign(&self) -> ClusterError {
        ClusterError::ForeignKindCluster {
            name: self.name.as_str().to_owned(),
        }
    }

    /// Returns the calls that it takes.
    pub(super) fn calls(&self, need: Need, image: Option<&str>) -> Vec<Call> {
        let kubeconfig = self.state.kubeconfig();
        let create = || self.kind.create(&self.name, image, &kubeconfig);
        match need {
            Need::Make => vec![create()],
            Need::MakeAgain => vec![self.kind.delete(&self.name, &kubeconfig), create()],
            Need::Use => vec![self.kind.export(&self.name, &kubeconfig)],
        }
    }

    /// Returns how to reach the cluster.
    pub(super) fn access(&self) -> Access {
        self.name.access(&self.state.kubeconfig())
    }

    /// Does what has to be done.
    pub(super) async fn ensure(
        &self,
        need: Need,
        image: Option<&str>,
        tell: Tell<'_>,
    ) -> Result<(), ClusterError> {
        if need != Need::Use {
            self.state.begin()?;
        }
        let (what, why) = match need {
            Need::Make => (
                "make the kind cluster",
                "it pulls the image of the nodes (about 400 MB), and waits up to 3 minutes for the control plane",
            ),
            Need::MakeAgain => (
                "make the kind cluster again",
                "an earlier call was stopped while it made it, so what there is cannot be trusted",
            ),
            Need::Use => (
                "use the kind cluster",
                "it was made before; its kubeconfig is written anew",
            ),
        };
        tell(Event::Step {
            what: format!("{what} `{}`", self.name.as_str()),
            why: why.to_owned(),
        });
        for call in self.calls(need, image) {
            call.run_and_tell(&mut |line| tell(Event::Waiting(line.trim().to_owned())))
                .await?;
        }
        self.state.complete()
    }
}

/// Keeps everything but the load off the nodes for the load, found by their label.
pub(super) async fn taint_load_nodes(cluster: &Cluster) -> Result<(), ClusterError> {
    let api: Api<Node> = Api::all(cluster.client().clone());
    let of_load = ListParams::default().labels(&format!("{ROLE_LABEL}={LOAD_ROLE}"));
    // Merged by key: other taints stay.
    let taint = json!({"spec": {"taints": [{"key": ROLE_LABEL, "value": LOAD_ROLE, "effect": "NoSchedule"}]}});
    for node in list_nodes(cluster, &of_load).await? {
        let name = node.name_any();
        let patched = api
            .patch(&name, &PatchParams::default(), &Patch::Strategic(&taint))
            .await;
        patched.map_err(|error| cluster.failed(format!("taint Node `{name}`"), &error))?;
    }
    Ok(())
}

async fn list_nodes(cluster: &Cluster, which: &ListParams) -> Result<Vec<Node>, ClusterError> {
    let api: Api<Node> = Api::all(cluster.client().clone());
    let listed = api.list(which).await;
    Ok(listed
        .map_err(|error| cluster.failed("list nodes", &error))?
        .items)
}
