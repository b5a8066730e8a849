//! What is installed, at which version, in which order: the versions as data.

use std::fmt;

/// One thing that is installed as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Component {
    /// Its name, on the command line and in the ledger.
    pub id: ComponentId,
    /// What it is for.
    pub purpose: &'static str,
    /// How it gets into the cluster.
    pub source: Source,
    /// Labels, any of which tells its workloads apart from others, whoever installed them.
    pub labels: &'static [(&'static str, &'static str)],
    /// The API groups of the custom resources that it defines.
    pub groups: &'static [&'static str],
}

/// Names a component.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentId {
    /// Prometheus, its operator and Grafana.
    KubePrometheusStack,
    /// Distributed load.
    K6Operator,
    /// The definitions of Gateway and `HTTPRoute`.
    GatewayApi,
    /// The definitions of Istio's own resources.
    IstioBase,
    /// Istio's control plane.
    Istiod,
    /// What redirects the traffic of ambient pods.
    IstioCni,
    /// The L4 proxy of each node.
    Ztunnel,
    /// What makes Prometheus scrape the proxies.
    MeshMonitors,
    /// CPU and memory of pods by the metrics API.
    MetricsServer,
    /// The picture of the mesh.
    Kiali,
}

/// How a component gets into the cluster.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// By helm.
    Chart(Chart),
    /// By server-side apply of the manifests of this project.
    Manifests(&'static Manifests),
}

/// A helm chart and the release that is made of it.
#[derive(Debug, Clone, Copy)]
pub struct Chart {
    /// Name of the release.
    pub release: &'static str,
    /// Namespace of the release.
    pub namespace: &'static str,
    /// Name of the chart in its repository.
    pub name: &'static str,
    /// Address of the repository.
    pub repository: &'static str,
    /// Version of the chart.
    pub version: &'static str,
    /// The values, as YAML.
    pub values: &'static str,
    /// More values, only on kind, as arguments of `--set`.
    pub kind_values: &'static [&'static str],
    /// Whether uninstalling deletes the custom resource definitions, and with them every such resource of everybody.
    pub takes_definitions: bool,
    /// More values, only where somebody else's definitions are there: helm would refuse to make them its own.
    pub without_definitions: &'static [&'static str],
}

/// Manifests of this project.
#[derive(Debug)]
pub struct Manifests {
    /// What version of it they are; `None` where it is this project's own.
    pub version: Option<&'static str>,
    /// File name and text of each.
    pub files: &'static [(&'static str, &'static str)],
}

/// The namespace of Prometheus and Grafana.
pub(super) const MONITORING: &str = "monitoring";
/// The namespace of Istio.
pub(super) const ISTIO_SYSTEM: &str = "istio-system";
const K6_OPERATOR_SYSTEM: &str = "k6-operator-system";
const KUBE_SYSTEM: &str = "kube-system";

/// The version of Istio.
pub const ISTIO_VERSION: &str = "1.30.3";
const ISTIO_REPOSITORY: &str = "https://istio-release.storage.googleapis.com/charts";

/// The image of the nodes of a kind cluster: a Kubernetes version in the window of this Istio.
pub const KIND_NODE_IMAGE: &str =
    "kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed";

/// Everything, in the order of installing: the definitions that something needs come before it.
pub const COMPONENTS: [Component; 10] = [
    Component {
        id: ComponentId::KubePrometheusStack,
        purpose: "Prometheus takes the histograms of k6 and scrapes the mesh; Grafana shows them",
        source: Source::Chart(Chart {
            release: "kps",
            namespace: MONITORING,
            name: "kube-prometheus-stack",
            repository: "https://prometheus-community.github.io/helm-charts",
            version: "88.5.3",
            values: include_str!("../../../manifests/helm/kube-prometheus-stack.yaml"),
            kind_values: &[],
            takes_definitions: false,
            without_definitions: &[],
        }),
        labels: &[
            ("app", "kube-prometheus-stack-operator"),
            ("app.kubernetes.io/name", "prometheus-operator"),
            ("app.kubernetes.io/name", "prometheus"),
        ],
        groups: &["monitoring.coreos.com"],
    },
    Component {
        id: ComponentId::K6Operator,
        purpose: "it starts the runners of the load",
        source: Source::Chart(Chart {
            release: "k6-operator",
            namespace: K6_OPERATOR_SYSTEM,
            name: "k6-operator",
            repository: "https://grafana.github.io/helm-charts",
            version: "4.6.0",
            values: include_str!("../../../manifests/helm/k6-operator.yaml"),
            kind_values: &[],
            takes_definitions: true,
            without_definitions: &["installCRDs=false"],
        }),
        labels: &[("app.kubernetes.io/name", "k6-operator")],
        groups: &["k6.io"],
    },
    Component {
        id: ComponentId::GatewayApi,
        purpose: "the definitions of Gateway (a waypoint is one) and HTTPRoute",
        source: Source::Manifests(&super::gateway_api::MANIFESTS),
        labels: &[],
        groups: &["gateway.networking.k8s.io"],
    },
    Component {
        id: ComponentId::IstioBase,
        purpose: "the definitions of Istio's own resources",
        source: Source::Chart(istio(
            "istio-base",
            "base",
            include_str!("../../../manifests/helm/istio-base.yaml"),
        )),
        labels: &[],
        groups: &[
            "extensions.istio.io",
            "networking.istio.io",
            "security.istio.io",
            "telemetry.istio.io",
        ],
    },
    Component {
        id: ComponentId::Istiod,
        purpose: "Istio's control plane injects sidecars and configures every proxy",
        source: Source::Chart(istio(
            "istiod",
            "istiod",
            include_str!("../../../manifests/helm/istiod.yaml"),
        )),
        labels: &[("app", "istiod")],
        groups: &[],
    },
    Component {
        id: ComponentId::IstioCni,
        purpose: "it redirects the traffic of ambient pods on each node",
        source: Source::Chart(istio(
            "istio-cni",
            "cni",
            include_str!("../../../manifests/helm/istio-cni.yaml"),
        )),
        labels: &[("k8s-app", "istio-cni-node")],
        groups: &[],
    },
    Component {
        id: ComponentId::Ztunnel,
        purpose: "the L4 proxy of ambient on each node",
        source: Source::Chart(istio(
            "ztunnel",
            "ztunnel",
            include_str!("../../../manifests/helm/ztunnel.yaml"),
        )),
        labels: &[("app.kubernetes.io/name", "ztunnel"), ("app", "ztunnel")],
        groups: &[],
    },
    Component {
        id: ComponentId::MeshMonitors,
        purpose: "they make Prometheus scrape sidecars, waypoints, ztunnels and istiod",
        source: Source::Manifests(&Manifests {
            version: None,
            files: &[(
                "manifests/monitoring/istio.yaml",
                include_str!("../../../manifests/monitoring/istio.yaml"),
            )],
        }),
        labels: &[],
        groups: &[],
    },
    Component {
        id: ComponentId::MetricsServer,
        purpose: "CPU and memory of pods by the metrics API, for `kubectl top`",
        source: Source::Chart(Chart {
            release: "metrics-server",
            namespace: KUBE_SYSTEM,
            name: "metrics-server",
            repository: "https://kubernetes-sigs.github.io/metrics-server/",
            version: "3.13.1",
            values: include_str!("../../../manifests/helm/metrics-server.yaml"),
            // The kubelets of kind have certificates that no authority signed.
            kind_values: &["args={--kubelet-insecure-tls}"],
            takes_definitions: false,
            without_definitions: &[],
        }),
        labels: &[
            ("k8s-app", "metrics-server"),
            ("app.kubernetes.io/name", "metrics-server"),
        ],
        groups: &[],
    },
    Component {
        id: ComponentId::Kiali,
        purpose: "the picture of the mesh",
        source: Source::Chart(Chart {
            release: "kiali-server",
            namespace: ISTIO_SYSTEM,
            name: "kiali-server",
            repository: "https://kiali.org/helm-charts",
            version: "2.31.0",
            values: include_str!("../../../manifests/helm/kiali-server.yaml"),
            kind_values: &[],
            takes_definitions: false,
            without_definitions: &[],
        }),
        labels: &[("app.kubernetes.io/name", "kiali"), ("app", "kiali")],
        groups: &["kiali.io"],
    },
];

const fn istio(release: &'static str, name: &'static str, values: &'static str) -> Chart {
    Chart {
        release,
        namespace: ISTIO_SYSTEM,
        name,
        repository: ISTIO_REPOSITORY,
        version: ISTIO_VERSION,
        values,
        kind_values: &[],
        takes_definitions: false,
        without_definitions: &[],
    }
}

impl Component {
    /// Returns the version that is installed; empty for manifests of this project.
    pub fn version(&self) -> &'static str {
        match &self.source {
            Source::Chart(chart) => chart.version,
            Source::Manifests(manifests) => manifests.version.unwrap_or_default(),
        }
    }

    /// Returns the chart, for a component that is one.
    pub fn chart(&self) -> Option<&Chart> {
        match &self.source {
            Source::Chart(chart) => Some(chart),
            Source::Manifests(_) => None,
        }
    }
}

impl ComponentId {
    /// Returns the name as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KubePrometheusStack => "kube-prometheus-stack",
            Self::K6Operator => "k6-operator",
            Self::GatewayApi => "gateway-api",
            Self::IstioBase => "istio-base",
            Self::Istiod => "istiod",
            Self::IstioCni => "istio-cni",
            Self::Ztunnel => "ztunnel",
            Self::MeshMonitors => "mesh-monitors",
            Self::MetricsServer => "metrics-server",
            Self::Kiali => "kiali",
        }
    }

    /// Tells whether it is a part of Istio that only works with the rest of the same installation.
    pub fn is_istio(self) -> bool {
        matches!(
            self,
            Self::IstioBase | Self::Istiod | Self::IstioCni | Self::Ztunnel
        )
    }
}

impl fmt::Display for ComponentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl std::str::FromStr for ComponentId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut ids = COMPONENTS.iter().map(|component| component.id);
        ids.find(|id| id.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = COMPONENTS.iter().map(|known| known.id.as_str()).collect();
            format!(
                "no component is called `{text}`; there are {}",
                known.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_written_the_same_everywhere() {
        for component in COMPONENTS {
            let name = component.id.as_str();
            assert_eq!(name.parse(), Ok(component.id));
            assert_eq!(serde_json::to_value(component.id).unwrap(), name);
        }
        assert!("istio".parse::<ComponentId>().is_err());
    }

    #[test]
    fn definitions_come_before_what_needs_them() {
        let place = |id| COMPONENTS.iter().position(|component| component.id == id);
        assert!(place(ComponentId::KubePrometheusStack) < place(ComponentId::MeshMonitors));
        assert!(place(ComponentId::GatewayApi) < place(ComponentId::Istiod));
        assert!(place(ComponentId::IstioBase) < place(ComponentId::Istiod));
        assert!(place(ComponentId::Istiod) < place(ComponentId::IstioCni));
        assert!(place(ComponentId::IstioCni) < place(ComponentId::Ztunnel));
        assert_eq!(place(ComponentId::Kiali), Some(COMPONENTS.len() - 1));
    }
}
