//! Installs one component: the ledger first, then what it takes, then the ledger again.

use std::pin::pin;
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, ResourceExt};

use super::component::{Chart, Component, Manifests, Source};
use super::decision::{Decision, namespace_of};
use super::error::ClusterError;
use super::event::{Event, Tell};
use super::helm::{ChartOptions, Helm, Place, fingerprint};
use super::inspection::{Inspection, definitions_of, list_definitions};
use super::ledger::{InstalledComponent, Item, Ledger, ReleaseName};
use super::ledger_store::{LedgerStore, make_namespace, place as ledger_place};
use super::manifests;
use super::pods::waiting_pods;
use super::release::mending;
use crate::kubernetes::Cluster;

/// How often the pods are looked at while helm waits for them.
const LOOK_INTERVAL: Duration = Duration::from_secs(3);

/// What installing takes.
pub(super) struct Installer<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) helm: &'a Helm,
    pub(super) store: LedgerStore,
    pub(super) options: &'a ChartOptions,
    pub(super) on_kind: bool,
    pub(super) tell: Tell<'a>,
}

/// Returns a digest of what would be made of a component now.
pub(super) fn fingerprint_of(
    component: &Component,
    place: Place,
    options: &ChartOptions,
) -> Result<String, ClusterError> {
    match &component.source {
        Source::Chart(chart) => fingerprint(component.id, chart, place, options),
        Source::Manifests(manifests) => Ok(super::helm::digest(&format!("{:?}", manifests.files))),
    }
}

/// Tells where a component would be installed.
pub(super) fn place_of(
    component: &Component,
    inspection: &Inspection,
    ledger: &Ledger,
    on_kind: bool,
) -> Place {
    let present = inspection.definitions_of(component);
    let has_foreign_definitions = match ledger.component(component.id) {
        Some((installed, _)) => !installed.definitions_before.is_empty(),
        None => !present.is_empty(),
    };
    Place {
        on_kind,
        has_foreign_definitions,
    }
}

impl Installer<'_> {
    /// Installs a component, goes on with it, or upgrades it.
    pub(super) async fn install(
        &mut self,
        component: &Component,
        decision: &Decision,
        inspection: &Inspection,
    ) -> Result<(), ClusterError> {
        self.announce(component, decision);
        let place = place_of(component, inspection, self.store.ledger(), self.on_kind);
        if let Some(namespace) = namespace_of(component) {
            self.ensure_namespace(namespace).await?;
        }
        let item = Item::Component(InstalledComponent {
            id: component.id,
            release: component.chart().map(|chart| ReleaseName {
                name: chart.release.to_owned(),
                namespace: chart.namespace.to_owned(),
            }),
            version: component.version().to_owned(),
            fingerprint: fingerprint_of(component, place, self.options)?,
            definitions_before: inspection.definitions_of(component),
            definitions: Vec::new(),
        });
        self.store
            .change(|ledger| ledger.begin(item.clone()))
            .await?;
        match &component.source {
            Source::Chart(chart) => self.install_chart(component, chart, place).await?,
            Source::Manifests(manifests) => self.apply(component, manifests).await?,
        }
        let definitions = self.own_definitions(component).await?;
        self.store
            .change(|ledger| ledger.complete(&item, definitions))
            .await
    }

    fn announce(&self, component: &Component, decision: &Decision) {
        let verb = match decision {
            Decision::GoOn => "go on installing".to_owned(),
            Decision::Upgrade { from } if from != component.version() => {
                format!("upgrade from {from}:")
            }
            Decision::Upgrade { .. } => "bring to the present values:".to_owned(),
            _ => "install".to_owned(),
        };
        let why = match component.source {
            Source::Chart(_) => format!(
                "{}; helm waits up to {} minutes until it is ready",
                component.purpose,
                self.options.timeout.as_secs().div_ceil(60)
            ),
            Source::Manifests(_) => component.purpose.to_owned(),
        };
        (self.tell)(Event::Step {
            what: format!("{verb} {} {}", component.id, component.version())
                .trim_end()
                .to_owned(),
            why,
        });
    }

    /// Makes a namespace that is not there. One that is there already is not ours, unless an earlier call was killed just after making it.
    async fn ensure_namespace(&mut self, name: &str) -> Result<(), ClusterError> {
        let api: Api<Namespace> = Api::all(self.cluster.client().clone());
        let found = api.get_opt(name).await;
        let found = found.map_err(|error| {
            self.cluster
                .failed(format!("get Namespace `{name}`"), &error)
        })?;
        if let Some(found) = &found {
            if found.metadata.deletion_timestamp.is_some() {
                (self.tell)(Event::Waiting(format!(
                    "Namespace {} is being deleted",
                    found.name_any()
                )));
            }
            return Ok(());
        }
        let item = Item::Namespace(name.to_owned());
        self.store
            .change(|ledger| ledger.begin(item.clone()))
            .await?;
        make_namespace(self.cluster, name, true).await?;
        self.store
            .change(|ledger| ledger.complete(&item, Vec::new()))
            .await
    }

    async fn install_chart(
        &self,
        component: &Component,
        chart: &Chart,
        place: Place,
    ) -> Result<(), ClusterError> {
        let ledger = self.store.uid();
        let ledger = ledger.ok_or_else(|| ClusterError::LedgerInvalid {
            place: ledger_place(),
            reason: "the API server gave it no uid".to_owned(),
        })?;
        let found = self
            .helm
            .release(chart.release, chart.namespace, Some(ledger))
            .await?;
        if let Some(found) = found.as_ref().filter(|found| !found.is_ours) {
            return Err(ClusterError::ForeignRelease {
                release: found.title(),
            });
        }
        let status = found.map(|found| found.status).unwrap_or_default();
        if let Some(mending) = mending(&status) {
            (self.tell)(Event::Note(format!(
                "release {} is {status}: an earlier installation was stopped; it is cleared first",
                chart.release
            )));
            self.helm
                .mend(chart, mending, self.options.timeout)
                .run()
                .await?;
        }
        let call = self
            .helm
            .install(component.id, chart, place, self.options, ledger);
        match self.watching(chart.namespace, call.run()).await {
            Ok(_) => Ok(()),
            Err(cause) => Err(ClusterError::InstallFailed {
                component: component.id,
                cause: Box::new(cause),
                // The first error is the one to show, whatever this look brings.
                pods: waiting_pods(self.cluster, chart.namespace)
                    .await
                    .unwrap_or_default(),
            }),
        }
    }

    /// Tells what the pods wait for, whenever that changes, while some work goes on.
    async fn watching<Output>(
        &self,
        namespace: &str,
        work: impl Future<Output = Output>,
    ) -> Output {
        let mut work = pin!(work);
        let mut last = Vec::new();
        loop {
            tokio::select! {
                output = &mut work => return output,
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
            }
            // A look that fails is one look less; helm has the say.
            let pods = waiting_pods(self.cluster, namespace)
                .await
                .unwrap_or_default();
            if pods != last {
                if !pods.is_empty() {
                    (self.tell)(Event::Waiting(pods.join("; ")));
                }
                last = pods;
            }
        }
    }

    async fn apply(
        &self,
        component: &Component,
        manifests: &Manifests,
    ) -> Result<(), ClusterError> {
        let applied = manifests::apply(self.cluster, manifests, self.tell).await;
        applied.map_err(|cause| ClusterError::InstallFailed {
            component: component.id,
            cause: Box::new(cause),
            pods: Vec::new(),
        })
    }

    async fn own_definitions(&self, component: &Component) -> Result<Vec<String>, ClusterError> {
        if component.groups.is_empty() {
            return Ok(Vec::new());
        }
        let listed = list_definitions(self.cluster).await?;
        let names: Vec<_> = listed.iter().map(ResourceExt::name_any).collect();
        let present = definitions_of(component, &names);
        let installed = self.store.ledger().component(component.id);
        Ok(installed.map_or(Vec::new(), |(installed, _)| {
            installed.own_definitions(&present, false)
        }))
    }
}
