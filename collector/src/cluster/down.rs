//! `cluster down`: removes exactly what the ledger says was made.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::api::DeleteParams;
use kube::{Api, ResourceExt};

use super::component::{ComponentId, Source};
use super::definitions::{Ours, delete_definitions, foreign_resources, foreign_text};
use super::error::ClusterError;
use super::event::{Event, Tell};
use super::helm::Helm;
use super::inspection::{component, definitions_of, list_definitions, list_revisions};
use super::kind_cluster::{KindCluster, Need};
use super::ledger::{Entry, InstalledComponent, Item, Ledger};
use super::ledger_store::{LedgerStore, SYSTEM_NAMESPACE};
use super::manifests;
use super::namespace_contents::foreign_contents;
use super::program::find_helm;
use super::release::Release;
use super::target::Target;
use super::up::bound;
use super::workload::list_workloads;
use crate::kubernetes::{Cluster, Poll, wait_for};

/// What removing comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// There is nothing of this program.
    Nothing,
    /// The whole kind cluster.
    KindCluster(String),
    /// These things, in this order.
    Items(Vec<String>),
}

/// What was not removed, and why.
#[derive(Debug, Default)]
pub struct Kept(pub Vec<String>);

const NAMESPACE_DEADLINE: Duration = Duration::from_mins(3);

/// Tells what `down` would remove.
pub async fn examine_removal(target: &Target) -> Result<Removal, ClusterError> {
    if let Target::Kind(name) = target {
        return Ok(match KindCluster::find(name).await?.need().await? {
            Need::Make => Removal::Nothing,
            Need::MakeAgain | Need::Use => Removal::KindCluster(name.as_str().to_owned()),
        });
    }
    let reached = target.reach().await?;
    let store = LedgerStore::open(&reached.cluster).await?;
    if !store.exists() {
        return Ok(Removal::Nothing);
    }
    let items = announced(store.ledger(), &reached.releases(&store).await);
    Ok(if items.is_empty() {
        Removal::Nothing
    } else {
        Removal::Items(items)
    })
}

/// Names what is removed, in this order: not what has somebody else's release in its place, nor what such a release needs.
fn announced(ledger: &Ledger, releases: &[Release]) -> Vec<String> {
    let components = ledger.entries.iter().filter_map(|entry| match &entry.item {
        Item::Component(installed) => Some(installed),
        Item::Namespace(_) => None,
    });
    let replaced: Vec<ComponentId> = components
        .filter(|installed| installed.is_replaced(releases))
        .map(|installed| installed.id)
        .collect();
    let has_foreign_istio = replaced.iter().any(|id| id.is_istio());
    let goes = |item: &&Item| match item {
        Item::Namespace(name) => {
            let mut releases = releases.iter();
            !releases.any(|release| !release.is_ours && release.namespace == *name)
        }
        Item::Component(installed) => {
            let is_needed = has_foreign_istio && is_base_of_istio(installed.id);
            !is_needed && !replaced.contains(&installed.id)
        }
    };
    let items = ledger.entries.iter().rev().map(|entry| &entry.item);
    let going: Vec<_> = items.filter(goes).map(Item::title).collect();
    // The ledger stays as long as anything in it does.
    let with_ledger = (going.len() == ledger.entries.len())
        .then(|| format!("namespace {SYSTEM_NAMESPACE} with the ledger"));
    going.into_iter().chain(with_ledger).collect()
}

/// Tells whether a component is definitions that every part of Istio needs.
fn is_base_of_istio(id: ComponentId) -> bool {
    matches!(id, ComponentId::IstioBase | ComponentId::GatewayApi)
}

/// Removes it. Called again, it goes on where it was stopped, and has nothing to do in the end.
pub async fn down(
    target: &Target,
    timeout: Duration,
    tell: Tell<'_>,
) -> Result<Kept, ClusterError> {
    match target {
        Target::Kind(name) => {
            let kind = KindCluster::find(name).await?;
            let need = kind.need().await?;
            let _lock = kind.state.lock()?;
            if need != Need::Make {
                tell(Event::Step {
                    what: format!("delete the kind cluster `{}`", name.as_str()),
                    why: "with everything in it".to_owned(),
                });
                let call = kind.kind.delete(name, &kind.state.kubeconfig());
                call.run().await?;
            }
            kind.state.forget()?;
            Ok(Kept::default())
        }
        Target::Context(access) => {
            let cluster = Cluster::connect(access).await?;
            let access = bound(access, &cluster);
            let store = LedgerStore::open(&cluster).await?;
            if !store.exists() {
                return Ok(Kept::default());
            }
            // Before anything is removed: without helm it would stop halfway.
            let helm = if store.ledger().has_releases() {
                Some(Helm::new(find_helm().await?.path, access))
            } else {
                None
            };
            let releases = match &helm {
                Some(helm) => helm.list(store.uid()).await?,
                None => Vec::new(),
            };
            let mut remover = Remover {
                cluster: &cluster,
                helm,
                store,
                releases,
                foreign: Vec::new(),
                timeout,
                tell,
                kept: Kept::default(),
            };
            remover.remove_all().await?;
            Ok(remover.kept)
        }
    }
}

struct Remover<'a> {
    cluster: &'a Cluster,
    /// Absent when the ledger has no release.
    helm: Option<Helm>,
    store: LedgerStore,
    /// All releases, as they were in the beginning.
    releases: Vec<Release>,
    /// Components under whose name there is a release of others now.
    foreign: Vec<ComponentId>,
    timeout: Duration,
    tell: Tell<'a>,
    kept: Kept,
}

impl Remover<'_> {
    async fn remove_all(&mut self) -> Result<(), ClusterError> {
        let entries = self.store.ledger().entries.clone();
        // The youngest first: what is needed by others was made before them.
        for entry in entries.iter().rev() {
            let is_gone = match &entry.item {
                Item::Namespace(name) => self.remove_namespace(name).await?,
                Item::Component(installed) => self.remove_component(installed, entry).await?,
            };
            if is_gone {
                self.store
                    .change(|ledger| ledger.remove(&entry.item))
                    .await?;
            }
        }
        if self.store.ledger().entries.is_empty() {
            self.remove_ledger().await?;
        }
        Ok(())
    }

    fn keep(&mut self, what: &str, why: &str) -> bool {
        self.kept.0.push(format!("{what}: {why}"));
        false
    }

    /// Tells whether the component is gone now.
    async fn remove_component(
        &mut self,
        installed: &InstalledComponent,
        entry: &Entry,
    ) -> Result<bool, ClusterError> {
        let component = component(installed.id);
        let release = self.helm.clone().zip(installed.release.as_ref());
        if let Some((helm, name)) = &release {
            let found = helm
                .release(&name.name, &name.namespace, self.store.uid())
                .await?;
            if let Some(foreign) = found.filter(|found| !found.is_ours) {
                self.foreign.push(installed.id);
                let why = format!("meshdelta did not install {}", foreign.title());
                return Ok(self.keep(installed.id.as_str(), &why));
            }
        }
        let has_foreign_istiod = self.has_foreign_istiod().await?;
        if let Some(why) = self.needed_by(installed.id, has_foreign_istiod) {
            return Ok(self.keep(installed.id.as_str(), &why));
        }
        let listed = list_definitions(self.cluster).await?;
        let names: Vec<_> = listed.iter().map(ResourceExt::name_any).collect();
        let own = installed.own_definitions(&definitions_of(component, &names), entry.complete);
        let ours = Ours {
            releases: &self.releases,
            has_foreign_istiod,
        };
        let foreign = foreign_resources(self.cluster, &own, ours).await?;
        let in_use = format!(
            "resources that others made are of its kinds: {}",
            foreign_text(&foreign)
        );
        if !foreign.is_empty()
            && component
                .chart()
                .is_some_and(|chart| chart.takes_definitions)
        {
            // Uninstalling would delete them too.
            return Ok(self.keep(installed.id.as_str(), &in_use));
        }
        (self.tell)(Event::Step {
            what: format!("remove {}", entry.item.title()),
            why: "helm waits until its objects are gone".to_owned(),
        });
        if let Some((helm, name)) = &release {
            helm.uninstall(&name.name, &name.namespace, self.timeout)
                .run()
                .await?;
        }
        if let Source::Manifests(all) = &component.source {
            manifests::remove(self.cluster, all).await?;
        }
        if foreign.is_empty() {
            delete_definitions(self.cluster, &own).await?;
            return Ok(true);
        }
        Ok(self.keep(&format!("the definitions of {}", installed.id), &in_use))
    }

    /// Tells whether there is an istiod that is not ours: it may have been installed after ours, under the same name or another one.
    async fn has_foreign_istiod(&self) -> Result<bool, ClusterError> {
        let istiod = component(ComponentId::Istiod);
        if self.has_own(ComponentId::Istiod) {
            return Ok(false);
        }
        let workloads = list_workloads(self.cluster).await?;
        let runs = workloads.iter().any(|one| one.belongs_to(istiod));
        // One that runs outside the cluster has only its webhooks here.
        Ok(runs || !list_revisions(self.cluster).await?.is_empty())
    }

    /// Tells whether the component is still installed, by us.
    fn has_own(&self, id: ComponentId) -> bool {
        let installed = self.store.ledger().component(id);
        let name = installed.and_then(|(installed, _)| installed.release.as_ref());
        name.is_some_and(|name| {
            let mut releases = self.releases.iter();
            releases.any(|release| {
                release.is_ours && release.name == name.name && release.namespace == name.namespace
            })
        })
    }

    /// Says why a component must stay for the sake of what others installed: without its definitions, a mesh of others stops working.
    fn needed_by(&self, id: ComponentId, has_foreign_istiod: bool) -> Option<String> {
        if !is_base_of_istio(id) {
            return None;
        }
        if let Some(foreign) = self.foreign.iter().find(|foreign| foreign.is_istio()) {
            return Some(format!(
                "{foreign}, which meshdelta did not install, needs it"
            ));
        }
        has_foreign_istiod.then(|| "an istiod that meshdelta did not install needs it".to_owned())
    }

    /// Tells whether the namespace is gone now.
    async fn remove_namespace(&mut self, name: &str) -> Result<bool, ClusterError> {
        let cluster = self.cluster;
        let api: Api<Namespace> = Api::all(cluster.client().clone());
        let failed = |verb: &str| {
            let action = format!("{verb} Namespace `{name}`");
            move |error: kube::Error| cluster.failed(action, &error)
        };
        let Some(found) = api.get_opt(name).await.map_err(failed("get"))? else {
            return Ok(true);
        };
        let what = format!("namespace {name}");
        if !manifests::is_ours(&found) {
            return Ok(self.keep(
                &what,
                "it has not the label of meshdelta, so it is not ours any more",
            ));
        }
        let foreign = foreign_contents(self.cluster, name).await?;
        if !foreign.is_empty() {
            let why = format!("others have something in it: {}", foreign_text(&foreign));
            return Ok(self.keep(&what, &why));
        }
        (self.tell)(Event::Step {
            what: format!("remove {what}"),
            why: "it is empty".to_owned(),
        });
        match api.delete(name, &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(true),
            deleted => deleted.map_err(failed("delete"))?,
        };
        let waiting_for = format!("that namespace {name} is gone");
        wait_for(&waiting_for, NAMESPACE_DEADLINE, async || {
            let found = api.get_opt(name).await.map_err(failed("get"))?;
            Ok(match found {
                None => Poll::Ready(()),
                Some(namespace) => {
                    Poll::Waiting(serde_json::to_string(&namespace.status).unwrap_or_default())
                }
            })
        })
        .await?;
        Ok(true)
    }

    async fn remove_ledger(&mut self) -> Result<(), ClusterError> {
        let api: Api<Namespace> = Api::all(self.cluster.client().clone());
        let found = api.get_opt(SYSTEM_NAMESPACE).await.map_err(|error| {
            let action = format!("get Namespace `{SYSTEM_NAMESPACE}`");
            self.cluster.failed(action, &error)
        })?;
        // Without the ledger, nobody would come back for a namespace of ours in which others have something now.
        if found.is_some_and(|found| manifests::is_ours(&found)) {
            let foreign = foreign_contents(self.cluster, SYSTEM_NAMESPACE).await?;
            if !foreign.is_empty() {
                let what = format!("namespace {SYSTEM_NAMESPACE} with the ledger");
                let why = format!("others have something in it: {}", foreign_text(&foreign));
                self.keep(&what, &why);
                return Ok(());
            }
        }
        self.store.delete().await?;
        self.remove_namespace(SYSTEM_NAMESPACE).await?;
        Ok(())
    }
}

impl Item {
    /// Says what it is.
    pub(super) fn title(&self) -> String {
        match self {
            Self::Namespace(name) => format!("namespace {name}"),
            Self::Component(installed) => match &installed.release {
                Some(release) => format!(
                    "{} {} (release {} in namespace {})",
                    installed.id, installed.version, release.name, release.namespace
                ),
                None => format!("{} {}", installed.id, installed.version)
                    .trim_end()
                    .to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests;
