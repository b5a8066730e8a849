//! Judges the growth of a counter against what k6 counted.

use meshdelta_run::manifest::Proof;

use super::growth::Growth;
use super::paths::Movement;
use super::{Sent, proof};

/// How far a proxy's count may be from k6's: counters are scraped, and the last scrape may miss what is in flight.
const TOLERANCE: f64 = 0.02;
/// The fewest bytes that a request can have on the wire.
const MINIMUM_REQUEST_BYTES: f64 = 40.0;

/// Judges a counter by how much it grew.
pub(in super::super) fn judge(
    subject: &str,
    movement: Movement,
    grown: &Growth,
    sent: Sent,
) -> Proof {
    let (least, most, expected) = match movement {
        Movement::ByRequests => {
            let least = sent.succeeded as f64 * (1.0 - TOLERANCE);
            let most = sent.all as f64 * (1.0 + TOLERANCE);
            let expected = if sent.succeeded == sent.all {
                format!("{} within {} %", sent.all, TOLERANCE * 100.0)
            } else {
                format!(
                    "{} to {} within {} %",
                    sent.succeeded,
                    sent.all,
                    TOLERANCE * 100.0
                )
            };
            (least.max(1.0), most, expected)
        }
        Movement::ByBytes => {
            let least = (sent.succeeded as f64 * MINIMUM_REQUEST_BYTES).max(1.0);
            (least, f64::INFINITY, format!("{least} or more"))
        }
        Movement::None => (0.0, 0.0, "0".to_owned()),
    };
    judged(subject, expected, grown, |total| {
        total >= least && total <= most
    })
}

/// Judges the growth by any rule. One that was counted by somebody who started anew is never believed.
pub(super) fn judged(
    subject: &str,
    expected: String,
    grown: &Growth,
    holds: impl Fn(f64) -> bool,
) -> Proof {
    let observed = match grown.total {
        None => "0 (no such series)".to_owned(),
        Some(total) => total.to_string(),
    };
    if !grown.broken.is_empty() {
        let observed = format!("{observed}, but {}", grown.broken.join(", "));
        return proof(subject, expected, observed, false);
    }
    proof(
        subject,
        expected,
        observed,
        holds(grown.total.unwrap_or(0.0)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::data_path::DataPath;
    use super::super::paths::{Counter, counters};
    use super::*;

    const SENT: Sent = Sent {
        succeeded: 1000,
        all: 1000,
    };

    fn grown(total: f64) -> Growth {
        Growth {
            total: Some(total),
            broken: Vec::new(),
        }
    }

    /// What each counter says after 1,000 requests that took a path.
    fn taken(path: DataPath, counter: Counter) -> Growth {
        match (path, counter) {
            (DataPath::Sidecar | DataPath::SidecarL7, Counter::ServerSidecarRequests) => {
                grown(1000.0)
            }
            (DataPath::AmbientL7, Counter::WaypointRequests | Counter::AnyWaypointRequests) => {
                grown(998.0)
            }
            (DataPath::Ambient | DataPath::AmbientL7, Counter::ZtunnelBytesToInAmbient) => {
                grown(120_000.0)
            }
            (DataPath::Direct, _) => Growth::default(),
            _ => grown(0.0),
        }
    }

    #[test]
    fn each_phase_is_proved_by_its_own_path_and_by_no_other() {
        for wanted in DataPath::ALL {
            for path in DataPath::ALL {
                let all_hold = counters(wanted).into_iter().all(|(counter, movement)| {
                    judge("it", movement, &taken(path, counter), SENT).passed
                });
                // Whether a sidecar applies the route, no counter tells: that is what the header in the runners' own proof is for.
                let sidecars = [DataPath::Sidecar, DataPath::SidecarL7];
                let is_same =
                    wanted == path || (sidecars.contains(&wanted) && sidecars.contains(&path));
                assert_eq!(all_hold, is_same, "{wanted:?} by {path:?}");
            }
        }
    }

    #[test]
    fn an_ambient_phase_must_be_wholly_by_mutual_tls() {
        for path in [DataPath::Ambient, DataPath::AmbientL7] {
            let failed = |counter: Counter, movement| {
                let grown = match counter {
                    Counter::ZtunnelPlainBytesToInAmbient => grown(120.0),
                    counter => taken(path, counter),
                };
                !judge(counter.subject(), movement, &grown, SENT).passed
            };
            let judged = counters(path).into_iter();
            let failed: Vec<_> = judged
                .filter(|(counter, movement)| failed(*counter, *movement))
                .collect();
            let expected = (Counter::ZtunnelPlainBytesToInAmbient, Movement::None);
            assert_eq!(failed, [expected]);
        }
    }

    #[test]
    fn requests_count_within_two_percent() {
        let passes = |total: f64| judge("it", Movement::ByRequests, &grown(total), SENT).passed;
        assert!(passes(980.0) && passes(1020.0));
        assert!(!passes(979.0) && !passes(1021.0));
        let failing = Sent {
            succeeded: 0,
            all: 1000,
        };
        assert!(!judge("it", Movement::ByRequests, &grown(0.0), failing).passed);
    }

    #[test]
    fn a_proxy_that_started_anew_proves_nothing() {
        let broken = Growth {
            total: Some(1000.0),
            broken: vec!["the counter of a ended".to_owned()],
        };
        let proof = judge("it", Movement::ByRequests, &broken, SENT);
        assert!(!proof.passed);
        assert_eq!(proof.observed, "1000, but the counter of a ended");
    }
}
