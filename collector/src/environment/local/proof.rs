//! The proofs of a local phase: by headers before the load, by Envoy's own counters after it.

use std::collections::BTreeMap;
use std::time::Duration;

use meshdelta_run::manifest::{Proof, ProofStage};
use meshdelta_run::plan::Fault;
use serde::Deserialize;

use super::envoy::Counters;
use super::role::{DataPath, Role};
use crate::error::CollectorError;

/// The fewest bytes that a request or its answer can have on the wire, to bound what tunnels must have carried.
const MINIMUM_MESSAGE_BYTES: u64 = 40;

/// How long a probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// What the server says it saw, in answer to `/meshdelta/proof`.
#[derive(Debug, Deserialize)]
struct ServerSaw {
    client_certificate: Option<String>,
    route: Option<String>,
}

/// What one request through the path showed.
#[derive(Debug)]
pub(super) struct Probe {
    status: u16,
    proxied_as_http: bool,
    server_saw: ServerSaw,
}

/// Sends one request through the path and keeps what both ends saw.
pub(super) async fn probe(
    client: &reqwest::Client,
    entry_url: &str,
) -> Result<Probe, CollectorError> {
    let url = format!("{entry_url}/meshdelta/proof");
    let failed = |error: reqwest::Error| CollectorError::Process {
        program: "the data path".to_owned(),
        what: format!("does not answer at {url}: {}", error.without_url()),
        log: String::new(),
    };
    let response = client
        .get(&url)
        .timeout(PROBE_TIMEOUT)
        .send()
        .await
        .map_err(failed)?;
    let status = response.status().as_u16();
    // Routers of Envoy add this header to each answer that they forward as HTTP.
    let proxied_as_http = response
        .headers()
        .contains_key("x-envoy-upstream-service-time");
    let text = response.text().await.map_err(failed)?;
    let server_saw = serde_json::from_str(&text).unwrap_or(ServerSaw {
        client_certificate: None,
        route: None,
    });
    Ok(Probe {
        status,
        proxied_as_http,
        server_saw,
    })
}

/// Compares a probe with what the path must show.
pub(super) fn before_load(path: &DataPath, probe: &Probe) -> Vec<Proof> {
    let text = |value: Option<&str>| value.unwrap_or("nothing").to_owned();
    let saw = &probe.server_saw;
    let l7 = |is_l7: bool| (if is_l7 { "an L7 proxy" } else { "no L7 proxy" }).to_owned();
    let certificate_matches = match path.client_certificate {
        Some(identity) => saw
            .client_certificate
            .as_deref()
            .is_some_and(|seen| seen.contains(identity)),
        None => saw.client_certificate.is_none(),
    };
    let proof = |subject: &str, expected: String, observed: String, passed: bool| Proof {
        stage: ProofStage::Before,
        subject: subject.to_owned(),
        expected,
        observed,
        passed,
    };
    vec![
        proof(
            "status of a probe",
            "200".to_owned(),
            probe.status.to_string(),
            probe.status == 200,
        ),
        proof(
            "response headers seen by the client",
            l7(path.is_proxied_as_http()),
            l7(probe.proxied_as_http),
            probe.proxied_as_http == path.is_proxied_as_http(),
        ),
        proof(
            "client certificate seen by the server",
            text(path.client_certificate),
            text(saw.client_certificate.as_deref()),
            certificate_matches,
        ),
        proof(
            "route header seen by the server",
            text(path.route_header),
            text(saw.route.as_deref()),
            saw.route.as_deref() == path.route_header,
        ),
    ]
}

/// What k6 counted, warm-up included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    /// Requests that were answered as expected.
    pub(super) succeeded: u64,
    /// All requests. Those that failed may not have reached every hop.
    pub(super) all: u64,
}

/// Compares the counters of every role, before and after the load, with what k6 sent.
pub(super) fn after_load(
    path: &DataPath,
    before: &BTreeMap<Role, Counters>,
    after: &BTreeMap<Role, Counters>,
    sent: Sent,
) -> Vec<Proof> {
    let grown = Growth { before, after };
    let mut proofs = Vec::new();
    for (role, prefix) in path.request_hops {
        let observed = grown.of(*role, &format!("http.{prefix}.downstream_rq_completed"));
        proofs.push(every_request(
            format!("requests through {}", role.name()),
            observed,
            sent,
        ));
    }
    for (role, prefix) in path.byte_hops {
        for (direction, least) in [("rx", sent.succeeded), ("tx", sent.succeeded)] {
            let least = (least * MINIMUM_MESSAGE_BYTES).max(1);
            let observed = grown.of(
                *role,
                &format!("{prefix}.downstream_cx_{direction}_bytes_total"),
            );
            let subject = format!(
                "bytes {} by {}",
                if direction == "rx" {
                    "received"
                } else {
                    "sent"
                },
                role.name()
            );
            proofs.push(counted(
                subject,
                format!("{least} or more"),
                observed,
                observed >= least,
            ));
        }
    }
    for (role, prefix) in path.handshakes {
        // Handshakes may be older than the load (the probe made the first), so the counter itself is looked at.
        let made = total(after.get(role), prefix, ".ssl.handshake");
        let subject = format!("mutual-TLS handshakes of {} ({prefix})", role.name());
        proofs.push(found(subject, "1 or more", made, |made| made >= 1));
        let failed = total(after.get(role), prefix, ".ssl.fail_verify_");
        let subject = format!("peers that {} could not verify ({prefix})", role.name());
        proofs.push(found(subject, "0", failed, |failed| failed == 0));
    }
    for role in Role::IN_ORDER_OF_START
        .into_iter()
        .filter(|role| !path.contains(*role))
    {
        let connections = grown.downstream_connections(role);
        let subject = format!("connections to {}", role.name());
        proofs.push(found(subject, "0", connections, |connections| {
            connections == 0
        }));
    }
    proofs
}

/// Compares the delays that the fault filter itself counted with what k6 sent; `None` when requests of this path do not go through it. That
/// nothing reaches it then is proved with all other roles.
pub(super) fn delays_injected(
    path: &DataPath,
    fault: Fault,
    before: &BTreeMap<Role, Counters>,
    after: &BTreeMap<Role, Counters>,
    sent: Sent,
) -> Option<Proof> {
    let is_hop = |(role, _): &&(Role, &str)| role.name() == fault.hop.as_str();
    let (role, prefix) = path.request_hops.iter().find(is_hop)?;
    let observed =
        Growth { before, after }.of(*role, &format!("http.{prefix}.fault.delays_injected"));
    let subject = format!(
        "delays of {} ms injected by {}",
        fault.delay_ms,
        role.name()
    );
    Some(every_request(subject, observed, sent))
}

/// A counter that must have grown by every request, where only those that failed may be missing.
fn every_request(subject: String, observed: u64, sent: Sent) -> Proof {
    let expected = if sent.succeeded == sent.all {
        sent.all.to_string()
    } else {
        format!("{} to {}", sent.succeeded, sent.all)
    };
    let passed = observed >= sent.succeeded && observed <= sent.all && sent.all > 0;
    counted(subject, expected, observed, passed)
}

fn counted(subject: String, expected: String, observed: u64, passed: bool) -> Proof {
    Proof {
        stage: ProofStage::After,
        subject,
        expected,
        observed: observed.to_string(),
        passed,
    }
}

/// A proof by counters that must be there: one that another Envoy calls otherwise would read as zero for ever.
fn found(
    subject: String,
    expected: &str,
    observed: Option<u64>,
    passes: impl Fn(u64) -> bool,
) -> Proof {
    match observed {
        Some(observed) => counted(subject, expected.to_owned(), observed, passes(observed)),
        None => Proof {
            observed: "no such counter".to_owned(),
            ..counted(subject, expected.to_owned(), 0, false)
        },
    }
}

/// Adds the counters with that prefix and part; `None` when there is none.
fn total(counters: Option<&Counters>, prefix: &str, part: &str) -> Option<u64> {
    sum_where(counters, |name| {
        name.starts_with(prefix) && name.contains(part)
    })
}

fn sum_where(counters: Option<&Counters>, matches: impl Fn(&str) -> bool) -> Option<u64> {
    let matching = counters?.iter().filter(|(name, _)| matches(name));
    matching
        .map(|(_, value)| *value)
        .reduce(|sum, value| sum + value)
}

/// How much counters grew during the load.
struct Growth<'a> {
    before: &'a BTreeMap<Role, Counters>,
    after: &'a BTreeMap<Role, Counters>,
}

impl Growth<'_> {
    fn of(&self, role: Role, name: &str) -> u64 {
        let at = |moment: &BTreeMap<Role, Counters>| {
            moment
                .get(&role)
                .and_then(|counters| counters.get(name))
                .copied()
                .unwrap_or(0)
        };
        at(self.after).saturating_sub(at(self.before))
    }

    /// Connections that came in by any listener but the admin interface; `None` when no such counter is there.
    fn downstream_connections(&self, role: Role) -> Option<u64> {
        let at = |moment: &BTreeMap<Role, Counters>| {
            sum_where(moment.get(&role), |name| {
                name.starts_with("listener.")
                    && !name.starts_with("listener.admin.")
                    && name.ends_with(".downstream_cx_total")
                    && !name.contains(".worker_")
            })
        };
        Some(at(self.after)?.saturating_sub(at(self.before).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use meshdelta_run::PhaseId;
    use meshdelta_run::plan::FaultHop;

    use super::*;

    fn path(phase: &str) -> DataPath {
        DataPath::of(&PhaseId::try_new(phase).unwrap()).unwrap()
    }

    fn failed(proofs: &[Proof]) -> Vec<&str> {
        proofs
            .iter()
            .filter(|proof| !proof.passed)
            .map(|proof| proof.subject.as_str())
            .collect()
    }

    fn seen(
        status: u16,
        proxied_as_http: bool,
        certificate: Option<&str>,
        route: Option<&str>,
    ) -> Probe {
        let server_saw = ServerSaw {
            client_certificate: certificate.map(str::to_owned),
            route: route.map(str::to_owned),
        };
        Probe {
            status,
            proxied_as_http,
            server_saw,
        }
    }

    #[test]
    fn a_probe_of_one_path_does_not_prove_another() {
        let certificate = Some("URI=spiffe://meshdelta.local/client-sidecar");
        let probes = [
            ("baseline", seen(200, false, None, None)),
            ("sidecar", seen(200, true, certificate, None)),
            (
                "sidecar-l7",
                seen(200, true, certificate, Some("client-sidecar")),
            ),
            ("ambient-l7", seen(200, true, None, Some("waypoint"))),
        ];
        for (phase, probe) in &probes {
            for (other, _) in &probes {
                let wrong = before_load(&path(other), probe);
                assert_eq!(
                    failed(&wrong).is_empty(),
                    phase == other,
                    "{phase} as {other}: {wrong:?}"
                );
            }
        }
        assert_eq!(
            failed(&before_load(
                &path("ambient"),
                &seen(503, false, None, None)
            )),
            ["status of a probe"]
        );
    }

    fn counters(entries: &[(Role, &str, u64)]) -> BTreeMap<Role, Counters> {
        let mut all: BTreeMap<Role, Counters> = BTreeMap::new();
        for (role, name, value) in entries {
            all.entry(*role)
                .or_default()
                .insert((*name).to_owned(), *value);
        }
        all
    }

    /// The counters of connections of every role that the baseline does not use, at zero.
    fn silence() -> Vec<(Role, &'static str, u64)> {
        let others = Role::IN_ORDER_OF_START
            .into_iter()
            .filter(|role| *role != Role::Application);
        others
            .map(|role| (role, "listener.127.0.0.1_0.downstream_cx_total", 0))
            .collect()
    }

    #[test]
    fn counters_must_equal_what_was_sent_and_be_silent_elsewhere() {
        let requests = "http.inbound.downstream_rq_completed";
        let with =
            |extra: &[(Role, &'static str, u64)]| counters(&[silence(), extra.to_vec()].concat());
        let before = with(&[(Role::Application, requests, 1)]);
        let sent = Sent {
            succeeded: 100,
            all: 100,
        };
        let failures = |after: &BTreeMap<Role, Counters>, sent| {
            let proofs = after_load(&path("baseline"), &before, after, sent);
            failed(&proofs)
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        let exact = with(&[(Role::Application, requests, 101)]);
        assert!(failures(&exact, sent).is_empty());
        let short = with(&[(Role::Application, requests, 100)]);
        assert_eq!(failures(&short, sent), ["requests through application"]);
        let loud = with(&[
            (Role::Application, requests, 101),
            (
                Role::Waypoint,
                "listener.127.0.0.1_0.downstream_cx_total",
                1,
            ),
            (Role::Waypoint, "listener.admin.downstream_cx_total", 9),
        ]);
        assert_eq!(failures(&loud, sent), ["connections to waypoint"]);
        assert!(
            !failures(
                &before,
                Sent {
                    succeeded: 0,
                    all: 0
                }
            )
            .is_empty()
        );
    }

    #[test]
    fn a_delay_that_was_not_injected_into_every_request_is_found() {
        let fault = Fault {
            hop: FaultHop::ServerSidecar,
            delay_ms: 5,
        };
        let sent = Sent {
            succeeded: 100,
            all: 100,
        };
        let counter = "http.inbound.fault.delays_injected";
        let before = counters(&[(Role::ServerSidecar, counter, 1)]);
        let after = |value| counters(&[(Role::ServerSidecar, counter, value)]);
        let proof =
            |phase: &str, after| delays_injected(&path(phase), fault, &before, &after, sent);
        assert!(proof("sidecar", after(101)).unwrap().passed);
        assert!(!proof("sidecar-l7", after(100)).unwrap().passed);
        assert!(!proof("sidecar", counters(&[])).unwrap().passed);
        assert_eq!(proof("baseline", after(101)), None);
        assert_eq!(proof("ambient-l7", after(101)), None);
    }

    #[test]
    fn a_counter_that_is_not_there_proves_nothing() {
        let after = counters(&[(
            Role::Application,
            "http.inbound.downstream_rq_completed",
            100,
        )]);
        let proofs = after_load(
            &path("baseline"),
            &BTreeMap::new(),
            &after,
            Sent {
                succeeded: 100,
                all: 100,
            },
        );
        assert_eq!(failed(&proofs).len(), Role::IN_ORDER_OF_START.len() - 1);
        assert!(
            proofs
                .iter()
                .any(|proof| proof.observed == "no such counter")
        );
    }
}
