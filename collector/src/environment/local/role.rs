//! The roles of the local data paths: one Envoy process each.

use meshdelta_run::PhaseId;

/// A role in a data path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Application,
    ServerSidecar,
    ServerZtunnel,
    Waypoint,
    ClientSidecar,
    ClientZtunnel,
}

impl Role {
    /// All roles, each after those that it sends to.
    pub(super) const IN_ORDER_OF_START: [Self; 6] = [
        Self::Application,
        Self::ServerSidecar,
        Self::ServerZtunnel,
        Self::Waypoint,
        Self::ClientSidecar,
        Self::ClientZtunnel,
    ];

    /// Returns the name, as in the file names of `manifests/local/` and in the stored series.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::ServerSidecar => "server-sidecar",
            Self::ServerZtunnel => "server-ztunnel",
            Self::Waypoint => "waypoint",
            Self::ClientSidecar => "client-sidecar",
            Self::ClientZtunnel => "client-ztunnel",
        }
    }

    /// Returns the template of the Envoy configuration.
    pub(super) fn template(self) -> &'static str {
        match self {
            Self::Application => include_str!("../../../../manifests/local/application.yaml"),
            Self::ServerSidecar => include_str!("../../../../manifests/local/server-sidecar.yaml"),
            Self::ServerZtunnel => include_str!("../../../../manifests/local/server-ztunnel.yaml"),
            Self::Waypoint => include_str!("../../../../manifests/local/waypoint.yaml"),
            Self::ClientSidecar => include_str!("../../../../manifests/local/client-sidecar.yaml"),
            Self::ClientZtunnel => include_str!("../../../../manifests/local/client-ztunnel.yaml"),
        }
    }
}

/// How requests of a phase go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DataPath {
    /// The listener that the client sends to: the role and the name of its listener.
    pub(super) entry: (Role, &'static str),
    /// The hops that read HTTP, with the statistics prefix of the listener that must count every request.
    pub(super) request_hops: &'static [(Role, &'static str)],
    /// The hops that carry bytes, with the statistics prefix of the listener that must count them.
    pub(super) byte_hops: &'static [(Role, &'static str)],
    /// Clusters and listeners that must have made a mutual-TLS handshake, as the prefix of their `ssl.handshake`.
    pub(super) handshakes: &'static [(Role, &'static str)],
    /// What the server must see in the header that the L7 route adds.
    pub(super) route_header: Option<&'static str>,
    /// What the server must see of the client's certificate; absent where no hop in front of it reads HTTP over TLS.
    pub(super) client_certificate: Option<&'static str>,
}

const APPLICATION_HOP: (Role, &str) = (Role::Application, "inbound");

impl DataPath {
    /// Returns the path of a built-in phase.
    pub(super) fn of(phase: &PhaseId) -> Option<Self> {
        let sidecars: [&'static [(Role, &'static str)]; 2] = [
            &[
                (Role::ClientSidecar, "outbound"),
                (Role::ServerSidecar, "inbound"),
                APPLICATION_HOP,
            ],
            &[
                (Role::ClientSidecar, "outbound-l7"),
                (Role::ServerSidecar, "inbound"),
                APPLICATION_HOP,
            ],
        ];
        let sidecar = Self {
            entry: (Role::ClientSidecar, "outbound"),
            request_hops: sidecars[0],
            byte_hops: &[],
            handshakes: &[
                (Role::ClientSidecar, "cluster.server-sidecar"),
                (Role::ServerSidecar, "listener"),
            ],
            route_header: None,
            client_certificate: Some("URI=spiffe://meshdelta.local/client-sidecar"),
        };
        Some(match phase.as_str() {
            "baseline" => Self {
                entry: APPLICATION_HOP,
                request_hops: &[APPLICATION_HOP],
                byte_hops: &[],
                handshakes: &[],
                route_header: None,
                client_certificate: None,
            },
            "sidecar" => sidecar,
            "sidecar-l7" => Self {
                entry: (Role::ClientSidecar, "outbound-l7"),
                request_hops: sidecars[1],
                route_header: Some("client-sidecar"),
                ..sidecar
            },
            "ambient" => Self {
                entry: (Role::ClientZtunnel, "outbound"),
                request_hops: &[APPLICATION_HOP],
                byte_hops: &[
                    (Role::ClientZtunnel, "tcp.outbound"),
                    (Role::ServerZtunnel, "http.inbound"),
                ],
                handshakes: &[
                    (Role::ClientZtunnel, "cluster.server-ztunnel"),
                    (Role::ServerZtunnel, "listener"),
                ],
                route_header: None,
                client_certificate: None,
            },
            "ambient-l7" => Self {
                entry: (Role::ClientZtunnel, "outbound-waypoint"),
                request_hops: &[(Role::Waypoint, "route"), APPLICATION_HOP],
                byte_hops: &[
                    (Role::ClientZtunnel, "tcp.outbound-waypoint"),
                    (Role::ServerZtunnel, "http.inbound"),
                ],
                handshakes: &[
                    (Role::ClientZtunnel, "cluster.waypoint"),
                    (Role::Waypoint, "listener"),
                    (Role::Waypoint, "cluster.server-ztunnel"),
                    (Role::ServerZtunnel, "listener"),
                ],
                route_header: Some("waypoint"),
                client_certificate: None,
            },
            _ => return None,
        })
    }

    /// Tells whether requests go through a role.
    pub(super) fn contains(&self, role: Role) -> bool {
        self.request_hops
            .iter()
            .chain(self.byte_hops)
            .any(|(hop, _)| *hop == role)
    }

    /// Tells whether an L7 proxy answers the client, which shows in the response's headers.
    pub(super) fn is_proxied_as_http(&self) -> bool {
        self.request_hops.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use meshdelta_run::Phase;
    use meshdelta_run::plan::FaultHop;

    use super::*;

    #[test]
    fn the_plan_knows_through_which_hops_a_phase_goes() {
        for phase in Phase::built_in() {
            let path = DataPath::of(&phase.id).unwrap();
            for hop in FaultHop::ALL {
                let reads_http = |(role, _): &(Role, &str)| role.name() == hop.as_str();
                assert_eq!(
                    path.request_hops.iter().any(reads_http),
                    hop.is_in(&phase.id),
                    "{} {hop:?}",
                    phase.id
                );
            }
        }
    }

    #[test]
    fn every_built_in_phase_has_a_path_that_ends_at_the_application() {
        for phase in Phase::built_in() {
            let path = DataPath::of(&phase.id).unwrap();
            assert!(path.contains(Role::Application), "{}", phase.id);
            assert!(path.contains(path.entry.0), "{}", phase.id);
        }
        assert_eq!(DataPath::of(&PhaseId::try_new("other").unwrap()), None);
    }
}
