//! `cluster up --dry-run`: every call and every object, and nothing changed. The calls are those that `up` would run.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::command::Call;
use super::component::{COMPONENTS, Chart, Component, Source};
use super::decision::{Decision, namespace_of};
use super::error::ClusterError;
use super::exported::Exported;
use super::helm::Helm;
use super::inspection::Inspection;
use super::install::place_of;
use super::kind::{Kind, KindClusterName, LOAD_ROLE, ROLE_LABEL};
use super::kind_cluster::{KindCluster, Need};
use super::ledger::Ledger;
use super::ledger_store::{LedgerStore, SYSTEM_NAMESPACE};
use super::manifests;
use super::preflight::{Finding, examine_cluster, examine_host, examine_kind_host, examine_rights};
use super::program::{HELM, KIND, find_helm, find_kind};
use super::state::KindState;
use super::target::Target;
use super::up::{Outlook, UpOptions, bound, check_files, decide_all, look, note};
use crate::kubernetes::{Access, Cluster, MANAGED_BY, MANAGED_BY_LABEL};

/// What `up` would do.
#[derive(Debug)]
pub struct DryRun {
    /// Every call and object, as it can be read and pasted.
    pub text: String,
    /// Everything that was looked at beforehand.
    pub findings: Vec<Finding>,
}

/// Tells what `up` would do.
pub async fn dry_run(target: &Target, options: &UpOptions) -> Result<DryRun, ClusterError> {
    check_files(options)?;
    match target {
        Target::Kind(name) => on_kind(name, options).await,
        Target::Context(access) => on_context(access, options).await,
    }
}

async fn on_kind(name: &KindClusterName, options: &UpOptions) -> Result<DryRun, ClusterError> {
    let mut findings = examine_kind_host(options.limits).await;
    // Where a program is missing, that is a finding; what it would be asked is shown all the same.
    let found = find_kind().await;
    let has_kind = found.is_ok();
    let kind = KindCluster {
        kind: Kind::new(found.map_or_else(|_| PathBuf::from(KIND.name), |program| program.path)),
        name: name.clone(),
        state: KindState::of(name)?,
    };
    let need = if has_kind {
        kind.need().await?
    } else {
        Need::Make
    };
    let mut text = String::new();
    heading(&mut text, &format!("the kind cluster `{}`", name.as_str()));
    for call in kind.calls(need, options.node_image.as_deref()) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{call}");
    }
    heading(
        &mut text,
        &format!(
            "each node with the label {ROLE_LABEL}={LOAD_ROLE} gets the taint {ROLE_LABEL}={LOAD_ROLE}:NoSchedule"
        ),
    );
    let helm = helm(kind.access()).await;
    if need == Need::Use {
        let cluster = Exported::of(&kind.kind, name).await?.connect(name).await?;
        let store = LedgerStore::open(&cluster).await?;
        let outlook = look(&cluster, Some(&helm), &store, true, options).await?;
        findings.extend(examine_cluster(&outlook.inspection, &outlook.decisions));
        components(&mut text, &outlook, &of_store(&store), &helm, true, options)?;
    } else {
        let ledger = Known {
            ledger: &Ledger::new(None),
            uid: NO_LEDGER,
        };
        let inspection = Inspection::default();
        let decisions = decide_all(&inspection, ledger.ledger, true, options)?;
        let outlook = Outlook {
            inspection,
            decisions,
        };
        components(&mut text, &outlook, &ledger, &helm, true, options)?;
    }
    Ok(DryRun { text, findings })
}

async fn on_context(access: &Access, options: &UpOptions) -> Result<DryRun, ClusterError> {
    let mut findings = examine_host().await;
    let has_helm = find_helm().await.is_ok();
    let cluster = Cluster::connect(access).await?;
    findings.push(examine_rights(&cluster).await?);
    if findings.last().is_some_and(Finding::is_problem) {
        return Ok(DryRun {
            text: String::new(),
            findings,
        });
    }
    let helm = helm(bound(access, &cluster)).await;
    let store = LedgerStore::open(&cluster).await?;
    let outlook = look(&cluster, has_helm.then_some(&helm), &store, false, options).await?;
    findings.extend(examine_cluster(&outlook.inspection, &outlook.decisions));
    let mut text = String::new();
    components(
        &mut text,
        &outlook,
        &of_store(&store),
        &helm,
        false,
        options,
    )?;
    Ok(DryRun { text, findings })
}

/// Stands for the id that the API server gives to the ledger once it is made.
const NO_LEDGER: &str = "UID-OF-THE-LEDGER";

/// The ledger, and the id of what keeps it.
struct Known<'a> {
    ledger: &'a Ledger,
    uid: &'a str,
}

fn of_store(store: &LedgerStore) -> Known<'_> {
    Known {
        ledger: store.ledger(),
        uid: store.uid().unwrap_or(NO_LEDGER),
    }
}

async fn helm(access: Access) -> Helm {
    let program = find_helm()
        .await
        .map_or_else(|_| PathBuf::from(HELM.name), |program| program.path);
    Helm::new(program, access)
}

fn components(
    text: &mut String,
    outlook: &Outlook,
    known: &Known<'_>,
    helm: &Helm,
    on_kind: bool,
    options: &UpOptions,
) -> Result<(), ClusterError> {
    let ledger = known.ledger;
    let mut namespaces: Vec<&str> = Vec::new();
    if outlook
        .decisions
        .iter()
        .any(|(_, decision)| decision.is_work())
    {
        heading(
            text,
            &format!(
                "the ledger: ConfigMap {SYSTEM_NAMESPACE}/meshdelta-ledger, which says what was made"
            ),
        );
        namespace(text, SYSTEM_NAMESPACE, &mut namespaces);
    }
    for (component, (_, decision)) in COMPONENTS.iter().zip(&outlook.decisions) {
        if !decision.is_work() {
            heading(text, &note(component.id, component.version(), decision));
            continue;
        }
        let title = format!("{} {}", component.id, component.version());
        heading(
            text,
            &format!("{}: {}", title.trim_end(), component.purpose),
        );
        if let Some(name) = namespace_of(component) {
            namespace(text, name, &mut namespaces);
        }
        let place = place_of(component, &outlook.inspection, ledger, on_kind);
        let is_begun = *decision == Decision::GoOn && ledger.component(component.id).is_some();
        one(text, component, is_begun, &|chart| {
            helm.install(component.id, chart, place, &options.charts, known.uid)
        })?;
    }
    Ok(())
}

fn one(
    text: &mut String,
    component: &Component,
    is_begun: bool,
    install: &dyn Fn(&Chart) -> Call,
) -> Result<(), ClusterError> {
    match &component.source {
        Source::Chart(chart) => {
            if is_begun {
                text.push_str("# a pending release is cleared first, by `helm uninstall` or `helm rollback`\n");
            }
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", install(chart));
        }
        Source::Manifests(all) => {
            text.push_str("# by server-side apply, field manager meshdelta:\n");
            for (name, file) in all.files {
                // A definition of 400 kB is in the repository; here its name says enough.
                if all.version.is_some() {
                    let _ = writeln!(text, "# {name}");
                } else {
                    let _ = writeln!(text, "# {name}\n{}", file.trim_end());
                }
            }
            if all.version.is_some() {
                for object in manifests::objects(all)? {
                    let _ = writeln!(text, "#   {}", manifests::title(&object));
                }
            }
        }
    }
    Ok(())
}

fn heading(text: &mut String, title: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# --- {title}");
}

fn namespace<'a>(text: &mut String, name: &'a str, shown: &mut Vec<&'a str>) {
    if shown.contains(&name) {
        return;
    }
    shown.push(name);
    let privileged = if name == SYSTEM_NAMESPACE {
        ""
    } else {
        ", pod-security.kubernetes.io/enforce: privileged"
    };
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "# unless it is there:\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{MANAGED_BY_LABEL}: {MANAGED_BY}{privileged}}}}}"
    );
}
