//! The five built-in phases as Services, Deployments and labels.

use std::collections::BTreeMap;

use meshdelta_run::PhaseId;
use meshdelta_run::plan::KubernetesPlan;

/// The port of every Service.
pub(super) const SERVICE_PORT: u16 = 8000;
/// The waypoint of the namespace of the servers.
pub(super) const WAYPOINT: &str = "waypoint";
/// The container of a sidecar, and of ztunnel and waypoints too.
pub(super) const PROXY_CONTAINER: &str = "istio-proxy";
/// The container of the servers.
pub(super) const SERVER_CONTAINER: &str = "server";

/// How requests of a built-in phase go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DataPath {
    /// From client to server, and nothing between.
    Direct,
    /// Through the sidecars of client and server.
    Sidecar,
    /// The same, and the client's sidecar applies an `HTTPRoute`.
    SidecarL7,
    /// Through the ztunnels of the two nodes.
    Ambient,
    /// Through ztunnel, a waypoint that applies an `HTTPRoute`, and ztunnel.
    AmbientL7,
}

/// Pods that serve. Two Services may share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Workload {
    NotInMesh,
    InMesh,
    InAmbient,
}

impl DataPath {
    /// Every data path.
    pub(super) const ALL: [Self; 5] = [
        Self::Direct,
        Self::Sidecar,
        Self::SidecarL7,
        Self::Ambient,
        Self::AmbientL7,
    ];

    /// Returns the data path of a built-in phase.
    pub(super) fn of(phase: &PhaseId) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|path| path.phase() == phase.as_str())
    }

    /// Returns the id of the phase, which is also what the load script expects to see.
    pub(super) fn phase(self) -> &'static str {
        match self {
            Self::Direct => meshdelta_run::phase::BASELINE,
            Self::Sidecar => "sidecar",
            Self::SidecarL7 => "sidecar-l7",
            Self::Ambient => "ambient",
            Self::AmbientL7 => "ambient-l7",
        }
    }

    /// Returns the Service that the phase loads.
    pub(super) fn service(self) -> &'static str {
        match self {
            Self::Direct => "not-in-mesh",
            Self::Sidecar => "in-mesh",
            Self::SidecarL7 => "in-mesh-l7",
            Self::Ambient => "in-ambient",
            Self::AmbientL7 => "in-ambient-l7",
        }
    }

    /// Returns the Deployment behind it.
    pub(super) fn workload(self) -> Workload {
        match self {
            Self::Direct => Workload::NotInMesh,
            Self::Sidecar | Self::SidecarL7 => Workload::InMesh,
            Self::Ambient | Self::AmbientL7 => Workload::InAmbient,
        }
    }

    /// Tells whether an `HTTPRoute` is attached to the Service.
    pub(super) fn has_route(self) -> bool {
        matches!(self, Self::SidecarL7 | Self::AmbientL7)
    }

    /// Returns the address that k6 loads.
    pub(super) fn target(self, plan: &KubernetesPlan) -> String {
        format!(
            "http://{}.{}.svc.cluster.local:{SERVICE_PORT}",
            self.service(),
            plan.namespace
        )
    }
}

impl Workload {
    /// Returns the name of the Deployment, which is also the label `app` of its pods.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NotInMesh => "not-in-mesh",
            Self::InMesh => "in-mesh",
            Self::InAmbient => "in-ambient",
        }
    }

    /// Tells whether the pods, and those of the runners, have a sidecar.
    pub(super) fn has_sidecar(self) -> bool {
        self == Self::InMesh
    }

    /// Tells whether the pods, and those of the runners, are captured by ztunnel.
    pub(super) fn is_ambient(self) -> bool {
        self == Self::InAmbient
    }

    /// Returns the labels by which a pod says whether it belongs to the mesh. Namespaces say nothing.
    pub(super) fn mesh_labels(self, plan: &KubernetesPlan) -> BTreeMap<String, String> {
        let inject = self.has_sidecar().to_string();
        let mode = if self.is_ambient() { "ambient" } else { "none" };
        let mut labels = BTreeMap::from([
            ("sidecar.istio.io/inject".to_owned(), inject),
            ("istio.io/dataplane-mode".to_owned(), mode.to_owned()),
        ]);
        if let Some(revision) = plan.istio_revision.as_ref().filter(|_| self.has_sidecar()) {
            labels.insert("istio.io/rev".to_owned(), revision.clone());
        }
        labels
    }

    /// Returns the annotations of a pod's sidecar: a native one, whose resources are those of the waypoint too.
    pub(super) fn mesh_annotations(self, plan: &KubernetesPlan) -> BTreeMap<String, String> {
        if !self.has_sidecar() {
            return BTreeMap::new();
        }
        let (requests, limits) = (&plan.resources.proxy_requests, &plan.resources.proxy_limits);
        [
            ("nativeSidecar", "true"),
            ("proxyCPU", &requests.cpu),
            ("proxyMemory", &requests.memory),
            ("proxyCPULimit", &limits.cpu),
            ("proxyMemoryLimit", &limits.memory),
        ]
        .map(|(name, value)| (format!("sidecar.istio.io/{name}"), value.to_owned()))
        .into()
    }
}

#[cfg(test)]
mod tests {
    use meshdelta_run::Phase;

    use super::*;

    #[test]
    fn every_built_in_phase_has_a_data_path_and_a_service_of_its_own() {
        let phases = Phase::built_in();
        let mut services: Vec<&str> = phases
            .iter()
            .map(|phase| DataPath::of(&phase.id).unwrap().service())
            .collect();
        services.sort_unstable();
        services.dedup();
        assert_eq!(services.len(), phases.len());
    }

    #[test]
    fn a_pod_is_in_one_mesh_at_the_most_and_says_so_itself() {
        let plan = KubernetesPlan {
            istio_revision: Some("canary".to_owned()),
            ..KubernetesPlan::default()
        };
        let labels = |workload: Workload| {
            let labels = workload.mesh_labels(&plan);
            (
                labels["sidecar.istio.io/inject"].clone(),
                labels["istio.io/dataplane-mode"].clone(),
                labels.contains_key("istio.io/rev"),
            )
        };
        let expected =
            |inject: &str, mode: &str, revision| (inject.to_owned(), mode.to_owned(), revision);
        assert_eq!(
            labels(Workload::NotInMesh),
            expected("false", "none", false)
        );
        assert_eq!(labels(Workload::InMesh), expected("true", "none", true));
        assert_eq!(
            labels(Workload::InAmbient),
            expected("false", "ambient", false)
        );
        assert!(Workload::InAmbient.mesh_annotations(&plan).is_empty());
        assert_eq!(
            Workload::InMesh.mesh_annotations(&plan)["sidecar.istio.io/proxyCPULimit"],
            "2"
        );
    }
}
