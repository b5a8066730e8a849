//! What to do about each component, decided from what is there. Nothing here asks or changes anything.

use super::component::{Component, ComponentId, Source};
use super::gateway_api::OLDEST_BUNDLE;
use super::inspection::Inspection;
use super::ledger::Ledger;
use crate::environment::local::Version;

/// The oldest version of k6-operator that the load was run with.
const OLDEST_K6_OPERATOR: Version = Version(1, 5, 0);
/// The first version of Istio with ambient for general use.
const OLDEST_ISTIO: Version = Version(1, 24, 0);

/// What to do about a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is not there: install it.
    Install,
    /// An earlier installation of this program did not come to its end: go on with it.
    GoOn,
    /// This program installed it otherwise than it would now: upgrade it.
    Upgrade {
        /// The version that is there.
        from: String,
    },
    /// This program installed it, and nothing has changed.
    Done,
    /// Somebody else installed it: it is used, and never touched.
    Keep {
        /// What is there.
        seen: String,
    },
    /// It is neither there nor installed.
    Leave {
        /// Why.
        reason: String,
    },
    /// Somebody else installed it, and it does not serve.
    Unfit {
        /// What is there.
        seen: String,
        /// What to do.
        advice: String,
    },
}

impl Decision {
    /// Tells whether something has to be done.
    pub(super) fn is_work(&self) -> bool {
        matches!(self, Self::Install | Self::GoOn | Self::Upgrade { .. })
    }
}

/// Decides about a component. `fingerprint` is the digest of what would be made now.
pub(super) fn decide(
    component: &Component,
    inspection: &Inspection,
    ledger: &Ledger,
    fingerprint: &str,
    with_kiali: bool,
) -> Decision {
    if let Some((installed, complete)) = ledger.component(component.id) {
        if let Some(keep) = foreign_release(component, inspection) {
            return keep;
        }
        if !complete {
            return Decision::GoOn;
        }
        if component.id == ComponentId::GatewayApi
            && is_newer(&installed.version, component.version())
        {
            // A newer meshdelta was here. These definitions are never downgraded: stored objects may use what the older ones lack.
            return Decision::Done;
        }
        return if installed.fingerprint == fingerprint {
            Decision::Done
        } else {
            Decision::Upgrade {
                from: installed.version.clone(),
            }
        };
    }
    if component.id == ComponentId::Kiali && !with_kiali {
        return Decision::Leave {
            reason: "--no-kiali".to_owned(),
        };
    }
    foreign(component, inspection, ledger)
        .or_else(|| foreign_release(component, inspection))
        .unwrap_or(Decision::Install)
}

/// A release of our name that we did not make; one that the ledger knows may have been replaced by somebody's.
fn foreign_release(component: &Component, inspection: &Inspection) -> Option<Decision> {
    let release = inspection.release_of(component);
    let release = release.filter(|release| !release.is_ours)?;
    Some(Decision::Keep {
        seen: format!("{}, which meshdelta did not install", release.title()),
    })
}

fn is_newer(installed: &str, offered: &str) -> bool {
    use crate::environment::local::programs::parse_version;
    parse_version(installed) > parse_version(offered)
}

/// Decides about what somebody else installed; `None` when there is nothing of it.
fn foreign(component: &Component, inspection: &Inspection, ledger: &Ledger) -> Option<Decision> {
    match component.id {
        ComponentId::GatewayApi => foreign_gateway_api(inspection),
        ComponentId::MeshMonitors => monitors(inspection, ledger),
        ComponentId::MetricsServer => inspection.has_metrics_api.then(|| Decision::Keep {
            seen: workloads_text(component, inspection)
                .unwrap_or_else(|| "the metrics API is served already".to_owned()),
        }),
        id if id.is_istio() => foreign_istio(component, inspection, ledger),
        ComponentId::K6Operator => foreign_k6_operator(component, inspection),
        _ => keep(component, inspection),
    }
}

fn keep(component: &Component, inspection: &Inspection) -> Option<Decision> {
    workloads_text(component, inspection).map(|seen| Decision::Keep { seen })
}

/// Says what of a component runs; `None` when nothing does.
fn workloads_text(component: &Component, inspection: &Inspection) -> Option<String> {
    let workloads = inspection.workloads_of(component);
    let first = workloads.first()?;
    let version = first
        .version()
        .map_or_else(String::new, |version| format!("version {version} "));
    Some(format!(
        "{version}in namespace {} ({} {})",
        first.namespace, first.kind, first.name
    ))
}

fn foreign_gateway_api(inspection: &Inspection) -> Option<Decision> {
    let bundle = inspection.gateway_api.as_ref()?;
    let channel = match bundle.channel.as_str() {
        "" => "unknown",
        channel => channel,
    };
    let Some(version) = bundle.version else {
        return Some(Decision::Keep {
            seen: format!("version unknown, channel {channel}"),
        });
    };
    let seen = format!("version {version}, channel {channel}");
    let (major, minor, patch) = OLDEST_BUNDLE;
    Some(if version < Version(major, minor, patch) {
        Decision::Unfit {
            seen,
            advice: format!(
                "the waypoint of a run needs {major}.{minor}.{patch} or newer: upgrade the definitions (they may belong to another product, so meshdelta does not)"
            ),
        }
    } else {
        Decision::Keep { seen }
    })
}

fn foreign_k6_operator(component: &Component, inspection: &Inspection) -> Option<Decision> {
    let seen = workloads_text(component, inspection)?;
    let workloads = inspection.workloads_of(component);
    let version = workloads.iter().find_map(|workload| workload.version());
    Some(match version {
        Some(version) if version < OLDEST_K6_OPERATOR => Decision::Unfit {
            seen,
            advice: format!(
                "the load needs {OLDEST_K6_OPERATOR} or newer: upgrade it, or remove it and let meshdelta install its own"
            ),
        },
        _ => Decision::Keep { seen },
    })
}

/// The parts of Istio belong together: where somebody else's istiod is, all of Istio is theirs. A missing CNI or ztunnel is not added, because
/// an istiod that was not installed for ambient would not configure it.
fn foreign_istio(
    component: &Component,
    inspection: &Inspection,
    ledger: &Ledger,
) -> Option<Decision> {
    let istiod = super::inspection::component(ComponentId::Istiod);
    if ledger.component(ComponentId::Istiod).is_some() {
        return None;
    }
    let running = inspection.workloads_of(istiod);
    if component.id == ComponentId::IstioBase {
        // Without an istiod they are a rest of an earlier one, or come before one; helm would not take them over.
        let count = inspection.definitions_of(component).len();
        return (count > 0).then(|| Decision::Keep {
            seen: format!("{count} definitions"),
        });
    }
    if running.is_empty() {
        return keep(component, inspection);
    }
    if component.id == ComponentId::Istiod {
        return Some(foreign_istiod(inspection));
    }
    Some(keep(component, inspection).unwrap_or_else(|| Decision::Leave {
        reason: "the Istio that is there was installed without ambient: measure by `--phases baseline,sidecar,sidecar-l7`, or install Istio with `profile: ambient`"
            .to_owned(),
    }))
}

fn foreign_istiod(inspection: &Inspection) -> Decision {
    let istiod = super::inspection::component(ComponentId::Istiod);
    let workloads = inspection.workloads_of(istiod);
    let each: Vec<_> = workloads
        .iter()
        .map(|workload| {
            let version = workload.version().map_or_else(
                || "of unknown version".to_owned(),
                |version| version.to_string(),
            );
            let revision = workload
                .labels
                .get("istio.io/rev")
                .map_or("default", String::as_str);
            format!(
                "{version} in namespace {}, revision {revision}",
                workload.namespace
            )
        })
        .collect();
    let seen = each.join("; ");
    let oldest = workloads
        .iter()
        .filter_map(|workload| workload.version())
        .min();
    if oldest.is_some_and(|version| version < OLDEST_ISTIO) {
        return Decision::Unfit {
            seen,
            advice: format!(
                "Istio {OLDEST_ISTIO} or newer is needed: upgrade it, or use another cluster"
            ),
        };
    }
    Decision::Keep { seen }
}

/// The monitors need the operator of Prometheus, ours or another.
fn monitors(inspection: &Inspection, ledger: &Ledger) -> Option<Decision> {
    let operator = super::inspection::component(ComponentId::KubePrometheusStack);
    let is_ours = ledger.component(operator.id).is_some();
    let comes = is_ours || inspection.workloads_of(operator).is_empty();
    let has_definitions = !inspection.definitions_of(operator).is_empty();
    (!comes && !has_definitions).then(|| Decision::Leave {
        reason: "the Prometheus that is there has no operator: let it scrape the pods with the annotation `prometheus.io/scrape`".to_owned(),
    })
}

/// Returns the namespace that a component is installed into, when it is one that this program may have to make.
pub(super) fn namespace_of(component: &Component) -> Option<&'static str> {
    let namespace = match &component.source {
        Source::Chart(chart) => chart.namespace,
        Source::Manifests(_) if component.id == ComponentId::MeshMonitors => {
            super::component::MONITORING
        }
        Source::Manifests(_) => return None,
    };
    (namespace != "kube-system").then_some(namespace)
}

#[cfg(test)]
mod tests;
