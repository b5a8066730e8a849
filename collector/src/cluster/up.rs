//! `cluster up`: makes the cluster, when it is a kind one, and installs what is missing.

use super::component::{COMPONENTS, ComponentId};
use super::decision::{Decision, decide};
use super::error::ClusterError;
use super::event::{Event, Tell};
use super::helm::{ChartOptions, Helm};
use super::inspection::Inspection;
use super::install::{Installer, fingerprint_of, place_of};
use super::kind_cluster::{KindCluster, taint_load_nodes};
use super::ledger::Ledger;
use super::ledger_store::LedgerStore;
use super::preflight::{
    Finding, Limits, Verdict, examine_cluster, examine_host, examine_kind_host, examine_rights,
};
use super::program::find_helm;
use super::target::Target;
use crate::kubernetes::{Access, Cluster};

/// What the user chose.
#[derive(Debug, Clone, Default)]
pub struct UpOptions {
    /// Whether Kiali is installed.
    pub with_kiali: bool,
    /// Whether a kind cluster is made on a machine that is too small.
    pub limits: Limits,
    /// Another image for the nodes of a kind cluster.
    pub node_image: Option<String>,
    /// How charts are installed.
    pub charts: ChartOptions,
}

/// What there is, and what to do about it.
pub(super) struct Outlook {
    pub(super) inspection: Inspection,
    pub(super) decisions: Vec<(ComponentId, Decision)>,
}

/// Makes the cluster ready. Whatever fails, the same call goes on from there.
pub async fn up(
    target: &Target,
    options: &UpOptions,
    tell: Tell<'_>,
) -> Result<Cluster, ClusterError> {
    check_files(options)?;
    match target {
        Target::Kind(name) => {
            refuse(examine_kind_host(options.limits).await, tell)?;
            let kind = KindCluster::find(name).await?;
            let _lock = kind.state.lock()?;
            let need = kind.need().await?;
            kind.ensure(need, options.node_image.as_deref(), tell)
                .await?;
            let access = kind.access();
            let cluster = Cluster::connect(&access).await?;
            taint_load_nodes(&cluster).await?;
            let name = Some(name.as_str().to_owned());
            install_all(&cluster, access, name, Vec::new(), options, tell).await?;
            Ok(cluster)
        }
        Target::Context(access) => {
            let findings = examine_host().await;
            let cluster = Cluster::connect(access).await?;
            let access = bound(access, &cluster);
            install_all(&cluster, access, None, findings, options, tell).await?;
            Ok(cluster)
        }
    }
}

/// Names the context in every call of helm, also where the user left it to the kubeconfig: that may change meanwhile.
pub(super) fn bound(access: &Access, cluster: &Cluster) -> Access {
    Access {
        kubeconfig: access.kubeconfig.clone(),
        context: Some(cluster.context().to_owned()),
    }
}

async fn install_all(
    cluster: &Cluster,
    access: Access,
    kind_cluster: Option<String>,
    mut findings: Vec<Finding>,
    options: &UpOptions,
    tell: Tell<'_>,
) -> Result<(), ClusterError> {
    let on_kind = kind_cluster.is_some();
    // Without rights, nothing else can be looked at.
    findings.push(examine_rights(cluster).await?);
    if findings.last().is_some_and(Finding::is_problem) {
        return Err(ClusterError::NotReady { findings });
    }
    let mut store = LedgerStore::open(cluster).await?;
    let helm = find_helm()
        .await
        .map(|program| Helm::new(program.path, access));
    let outlook = look(cluster, helm.as_ref().ok(), &store, on_kind, options).await?;
    findings.extend(examine_cluster(&outlook.inspection, &outlook.decisions));
    refuse(findings, tell)?;
    let helm = helm?;
    if on_kind && store.ledger().kind_cluster.is_none() {
        store
            .change(|ledger| ledger.kind_cluster = kind_cluster)
            .await?;
    }
    let mut installer = Installer {
        cluster,
        helm: &helm,
        store,
        options: &options.charts,
        on_kind,
        tell,
    };
    for (component, (_, decision)) in COMPONENTS.iter().zip(&outlook.decisions) {
        if decision.is_work() {
            installer
                .install(component, decision, &outlook.inspection)
                .await?;
        } else {
            tell(Event::Note(note(
                component.id,
                component.version(),
                decision,
            )));
        }
    }
    Ok(())
}

/// Looks at the cluster and decides about every component.
pub(super) async fn look(
    cluster: &Cluster,
    helm: Option<&Helm>,
    store: &LedgerStore,
    on_kind: bool,
    options: &UpOptions,
) -> Result<Outlook, ClusterError> {
    let releases = match helm {
        Some(helm) => helm.list(store.uid()).await?,
        None => Vec::new(),
    };
    let inspection = Inspection::of(cluster, releases).await?;
    let decisions = decide_all(&inspection, store.ledger(), on_kind, options)?;
    Ok(Outlook {
        inspection,
        decisions,
    })
}

/// Decides about every component, in the order of installing.
pub(super) fn decide_all(
    inspection: &Inspection,
    ledger: &Ledger,
    on_kind: bool,
    options: &UpOptions,
) -> Result<Vec<(ComponentId, Decision)>, ClusterError> {
    let mut decisions = Vec::new();
    for component in &COMPONENTS {
        let place = place_of(component, inspection, ledger, on_kind);
        let fingerprint = fingerprint_of(component, place, &options.charts)?;
        let mut decision = decide(
            component,
            inspection,
            ledger,
            &fingerprint,
            options.with_kiali,
        );
        let is_gone = decision == Decision::Done
            && component.chart().is_some()
            && inspection
                .release_of(component)
                .is_none_or(|release| release.status != "deployed");
        if is_gone {
            // Somebody removed it, or an upgrade by hand failed.
            decision = Decision::GoOn;
        }
        decisions.push((component.id, decision));
    }
    Ok(decisions)
}

/// Says why nothing is done about a component.
pub(super) fn note(id: ComponentId, version: &str, decision: &Decision) -> String {
    let name = format!("{id} {version}");
    let name = name.trim_end();
    match decision {
        Decision::Done => format!("{name} is installed already"),
        Decision::Keep { seen } => format!("{id} is there already and stays as it is: {seen}"),
        Decision::Leave { reason } => format!("{id} is left out: {reason}"),
        Decision::Unfit { seen, .. } => format!("{id} does not serve: {seen}"),
        Decision::Install | Decision::GoOn | Decision::Upgrade { .. } => {
            format!("{name} is installed")
        }
    }
}

/// Fails when anything is in the way; else tells the warnings.
fn refuse(findings: Vec<Finding>, tell: Tell<'_>) -> Result<(), ClusterError> {
    if findings.iter().any(Finding::is_problem) {
        return Err(ClusterError::NotReady { findings });
    }
    for finding in findings {
        if matches!(finding.verdict, Verdict::Warning(_)) {
            tell(Event::Warning(finding.to_string()));
        }
    }
    Ok(())
}

/// Fails before anything is done when a file of the user cannot be read.
pub(super) fn check_files(options: &UpOptions) -> Result<(), ClusterError> {
    for (_, file) in &options.charts.values {
        fs_err::metadata(file)?;
    }
    if let Some(folder) = &options.charts.folder {
        fs_err::read_dir(folder)?;
    }
    Ok(())
}
