//! Renews the Lease, and knows when it no longer holds.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use tokio::sync::watch::Sender;
use tokio::time::{Instant, sleep, timeout};

use super::{DURATION, LEASE_NAME, holder_of};
use crate::kubernetes::FIELD_MANAGER;

const INTERVAL: Duration = Duration::from_secs(15);
/// Until the next try, after a renewal that failed.
const RETRY: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is known of the Lease.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing {
    /// It was renewed last by a request that was sent then.
    Renewed(Instant),
    /// Another run has it, or it is gone.
    Taken,
}

impl Standing {
    /// Tells whether another run may have the Lease. It counts from before the renewal was sent, so this is true before any other run that
    /// looks may take it over.
    pub(super) fn is_lost(self, now: Instant) -> bool {
        match self {
            Self::Renewed(sent) => now.duration_since(sent) >= DURATION,
            Self::Taken => true,
        }
    }
}

/// Renews the Lease until another run has it. A renewal that comes late, but before anybody took the Lease, makes it hold again.
pub(super) async fn keep_renewing(leases: Api<Lease>, holder: String, standing: Sender<Standing>) {
    let mut pause = INTERVAL;
    loop {
        sleep(pause).await;
        let sent = Instant::now();
        let next = match timeout(TIMEOUT, renew_once(&leases, &holder)).await {
            Ok(Ok(true)) => Some(Standing::Renewed(sent)),
            Ok(Ok(false)) => Some(Standing::Taken),
            Ok(Err(_)) | Err(_) => None,
        };
        pause = if next.is_some() { INTERVAL } else { RETRY };
        match next {
            None => tracing::warn!("the Lease of the cluster could not be renewed; trying again"),
            Some(next) => {
                standing.send_replace(next);
                if matches!(next, Standing::Taken) {
                    return;
                }
            }
        }
    }
}

/// Renews the Lease if this holder still has it, and tells whether it has.
pub(super) async fn renew_once(leases: &Api<Lease>, holder: &str) -> Result<bool, kube::Error> {
    let found = leases.get_opt(LEASE_NAME).await?;
    let Some(found) = found.filter(|found| holder_of(found) == Some(holder)) else {
        return Ok(false);
    };
    // With the version, a run that takes over between the look and this is never renewed for.
    let renewal = json!({
        "metadata": {"resourceVersion": found.metadata.resource_version},
        "spec": {"renewTime": MicroTime(Timestamp::now())}
    });
    let parameters = PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    leases
        .patch(LEASE_NAME, &parameters, &Patch::Merge(&renewal))
        .await?;
    Ok(true)
}
