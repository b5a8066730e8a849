//! Which counters of Istio tell about which hop, and how each phase must move them.

use super::super::data_path::{DataPath, Workload};

/// A counter of the mesh, summed over all proxies that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Counter {
    /// Requests that the servers' sidecars took in by mutual TLS.
    ServerSidecarRequests,
    /// Bytes that ztunnel carried to the servers of the sidecar phases.
    ZtunnelBytesToInMesh,
    /// Bytes that ztunnel carried to the servers of the ambient phases by mutual TLS.
    ZtunnelBytesToInAmbient,
    /// Bytes that ztunnel carried to the same servers in any other way.
    ZtunnelPlainBytesToInAmbient,
    /// Requests that waypoints served for the L7 Service.
    WaypointRequests,
    /// Requests that waypoints served for any Service of the namespace.
    AnyWaypointRequests,
    /// Requests that any proxy served for the servers without a mesh.
    RequestsToNotInMesh,
}

/// How a counter must move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Movement {
    /// By as much as k6 made requests, within 2 %.
    ByRequests,
    /// By at least the smallest size of what k6 sent.
    ByBytes,
    /// Not at all.
    None,
}

/// How many scrapes back a value may be.
const SCRAPES: u32 = 3;

/// Every counter.
const ALL: [Counter; 7] = [
    Counter::ServerSidecarRequests,
    Counter::ZtunnelBytesToInMesh,
    Counter::ZtunnelBytesToInAmbient,
    Counter::ZtunnelPlainBytesToInAmbient,
    Counter::WaypointRequests,
    Counter::AnyWaypointRequests,
    Counter::RequestsToNotInMesh,
];

impl Counter {
    /// Returns what is counted, for people.
    pub(in super::super) fn subject(self) -> &'static str {
        match self {
            Self::ServerSidecarRequests => "requests into the server sidecars by mutual TLS",
            Self::ZtunnelBytesToInMesh => "bytes by ztunnel to the servers with sidecars",
            Self::ZtunnelBytesToInAmbient => {
                "bytes by ztunnel to the ambient servers by mutual TLS"
            }
            Self::ZtunnelPlainBytesToInAmbient => {
                "bytes by ztunnel to the ambient servers without mutual TLS"
            }
            Self::WaypointRequests => "requests through the waypoint to in-ambient-l7",
            Self::AnyWaypointRequests => "requests through any waypoint of the namespace",
            Self::RequestsToNotInMesh => "requests through any proxy to the servers without a mesh",
        }
    }

    /// Returns the selector of its series. The reporters are at the servers' end: a runner's own sidecar ends with its Job, and up to one
    /// scrape of its counters is lost.
    fn selector(self, namespace: &str) -> String {
        let matchers = match self {
            Self::ServerSidecarRequests => format!(
                r#"__name__="istio_requests_total",reporter="destination",destination_workload="{}",destination_workload_namespace="{namespace}",connection_security_policy="mutual_tls""#,
                Workload::InMesh.name()
            ),
            Self::ZtunnelBytesToInMesh => format!(
                r#"__name__="istio_tcp_received_bytes_total",reporter="destination",destination_workload="{}",destination_workload_namespace="{namespace}""#,
                Workload::InMesh.name()
            ),
            Self::ZtunnelBytesToInAmbient => format!(
                r#"__name__="istio_tcp_received_bytes_total",reporter="destination",destination_workload="{}",destination_workload_namespace="{namespace}",connection_security_policy="mutual_tls""#,
                Workload::InAmbient.name()
            ),
            // What did not come by HBONE is of the policy `unknown` (ztunnel, `src/proxy/inbound_passthrough.rs`).
            Self::ZtunnelPlainBytesToInAmbient => format!(
                r#"__name__="istio_tcp_received_bytes_total",reporter="destination",destination_workload="{}",destination_workload_namespace="{namespace}",connection_security_policy!="mutual_tls""#,
                Workload::InAmbient.name()
            ),
            Self::WaypointRequests => format!(
                r#"__name__="istio_requests_total",reporter="waypoint",destination_service_name="{}",destination_service_namespace="{namespace}""#,
                DataPath::AmbientL7.service()
            ),
            Self::AnyWaypointRequests => format!(
                r#"__name__="istio_requests_total",reporter="waypoint",destination_service_namespace="{namespace}""#
            ),
            Self::RequestsToNotInMesh => format!(
                r#"__name__="istio_requests_total",destination_workload="{}",destination_workload_namespace="{namespace}""#,
                Workload::NotInMesh.name()
            ),
        };
        format!("{{{matchers}}}")
    }

    /// Returns what asks for its newest values. One scrape may have failed, and Prometheus then says at once that the series are gone; those of
    /// pods that are really gone are for the caller to leave out.
    pub(in super::super) fn query(self, namespace: &str, scrape_interval_seconds: u32) -> String {
        let seconds = SCRAPES * scrape_interval_seconds;
        format!("last_over_time({}[{seconds}s])", self.selector(namespace))
    }
}

/// Returns every counter with how a phase must move it.
pub(in super::super) fn counters(path: DataPath) -> [(Counter, Movement); 7] {
    ALL.map(|counter| (counter, movement(path, counter)))
}

fn movement(path: DataPath, counter: Counter) -> Movement {
    match (path, counter) {
        (DataPath::Sidecar | DataPath::SidecarL7, Counter::ServerSidecarRequests)
        | (DataPath::AmbientL7, Counter::WaypointRequests | Counter::AnyWaypointRequests) => {
            Movement::ByRequests
        }
        (DataPath::Ambient | DataPath::AmbientL7, Counter::ZtunnelBytesToInAmbient) => {
            Movement::ByBytes
        }
        _ => Movement::None,
    }
}
