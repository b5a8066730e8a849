//! The Lease that keeps two runs off one cluster: each would be load on the other's servers.
//!
//! It is taken and held as client-go's leader election does: clocks of two machines are never compared. A run takes over a Lease only after it
//! has itself seen it unchanged for the Lease's duration; a holder counts it as lost when no renewal succeeded for that long.

mod renewal;
mod watch;

#[cfg(test)]
mod tests;

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::{DeleteParams, PostParams, Preconditions};
use tokio::sync::watch::Receiver;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::kubernetes::{Cluster, KubernetesError, MANAGED_BY, MANAGED_BY_LABEL, RUN_LABEL};
use renewal::{Standing, keep_renewing, renew_once};
use watch::{Sight, Watch};

/// The namespace of the Lease: one that is in every cluster, so that runs with other namespaces of their own meet here too.
pub(super) const LEASE_NAMESPACE: &str = "default";
/// The name of the Lease.
pub(super) const LEASE_NAME: &str = "meshdelta-run";
/// A Lease that was not renewed for so long has no holder any more: its process was killed.
const DURATION: Duration = Duration::from_mins(1);
/// How often a Lease that somebody else holds is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// How long giving the Lease back, or asking whether it is still held, may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// Why a run may not begin.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Somebody else holds the cluster.
    Held {
        holder: String,
        since: String,
    },
    Error(KubernetesError),
}

/// What the API server says of a Lease that was taken.
#[derive(Debug)]
pub(super) enum Hold {
    /// This run has it.
    Held,
    /// Another run has it, or it is gone.
    Taken,
    /// Nobody knows: the API server did not say.
    Unknown(KubernetesError),
}

/// The held Lease; it is renewed until this is dropped.
#[derive(Debug)]
pub(super) struct HeldLease {
    cluster: Cluster,
    holder: String,
    standing: Receiver<Standing>,
    renewing: JoinHandle<()>,
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

impl HeldLease {
    /// Takes the Lease, or says who has it. One that another run left is taken over once it was seen unchanged for its duration.
    pub(super) async fn acquire(cluster: &Cluster, run_id: &str) -> Result<Self, Refusal> {
        let holder = holder(run_id);
        let leases = leases(cluster);
        let failed = |error: kube::Error| {
            Refusal::Error(cluster.failed("take the Lease of the cluster", &error))
        };
        let mut watch = Watch::default();
        loop {
            let asked = Instant::now();
            let mut mine = lease(&holder, run_id);
            match leases.create(&PostParams::default(), &mine).await {
                Ok(_) => return Ok(Self::held(cluster, holder, asked)),
                Err(kube::Error::Api(status)) if status.is_already_exists() => {}
                Err(error) => return Err(failed(error)),
            }
            let Some(found) = leases.get_opt(LEASE_NAME).await.map_err(failed)? else {
                sleep(LOOK_INTERVAL).await;
                continue;
            };
            match watch.look(&found, &holder, Instant::now()) {
                Sight::Renewed { holder, since } => return Err(Refusal::Held { holder, since }),
                Sight::Unknown { is_first } => {
                    if is_first {
                        tell_waiting(&found);
                    }
                }
                Sight::Free => {
                    // Of two that take over at once, the resource version lets only one; the other sees it as renewed then.
                    mine.metadata.resource_version = found.metadata.resource_version;
                    match leases
                        .replace(LEASE_NAME, &PostParams::default(), &mine)
                        .await
                    {
                        Ok(_) => return Ok(Self::held(cluster, holder, asked)),
                        Err(kube::Error::Api(status))
                            if status.is_conflict() || status.is_not_found() => {}
                        Err(error) => return Err(failed(error)),
                    }
                }
            }
            // After every look, so that no answer, however strange, makes this a storm of requests.
            sleep(LOOK_INTERVAL).await;
        }
    }

    /// Keeps the Lease, which was taken by a request that was sent then.
    pub(super) fn held(cluster: &Cluster, holder: String, sent: Instant) -> Self {
        let (sender, standing) = tokio::sync::watch::channel(Standing::Renewed(sent));
        let renewing = tokio::spawn(keep_renewing(leases(cluster), holder.clone(), sender));
        Self {
            cluster: cluster.clone(),
            holder,
            standing,
            renewing,
        }
    }

    /// Tells whether another run took the Lease, or may have, because this one could not renew it in time.
    pub(super) fn is_lost(&self) -> bool {
        self.standing.borrow().is_lost(Instant::now())
    }

    /// Asks the API server whether the Lease is still held, and renews it.
    pub(super) async fn ask(&self) -> Hold {
        if matches!(*self.standing.borrow(), Standing::Taken) {
            return Hold::Taken;
        }
        let leases = leases(&self.cluster);
        let mut seen = "nothing".to_owned();
        let asking = async {
            loop {
                match renew_once(&leases, &self.holder).await {
                    Ok(true) => return Hold::Held,
                    Ok(false) => return Hold::Taken,
                    // The renewal that goes on beside this one may have come between.
                    Err(error) => seen = self.cluster.failed("renew it", &error).to_string(),
                }
                sleep(LOOK_INTERVAL).await;
            }
        };
        let asked = timeout(REQUEST_TIMEOUT, asking).await;
        asked.unwrap_or_else(|_| {
            Hold::Unknown(KubernetesError::TimedOut {
                waiting_for: "an answer on whether this run still has the Lease of the cluster"
                    .to_owned(),
                seconds: REQUEST_TIMEOUT.as_secs(),
                seen,
            })
        })
    }

    /// Gives the Lease back. Where the API server does not answer, it ends by itself after its duration.
    pub(super) async fn release(self) -> Result<(), KubernetesError> {
        self.renewing.abort();
        let releasing = timeout(REQUEST_TIMEOUT, self.delete()).await;
        releasing.unwrap_or_else(|_| {
            Err(KubernetesError::TimedOut {
                waiting_for: "giving the Lease of the cluster back".to_owned(),
                seconds: REQUEST_TIMEOUT.as_secs(),
                seen: "no answer; it ends by itself a minute after its last renewal".to_owned(),
            })
        })
    }

    async fn delete(&self) -> Result<(), KubernetesError> {
        let leases = leases(&self.cluster);
        let failed = |error: kube::Error| {
            self.cluster
                .failed("give the Lease of the cluster back", &error)
        };
        loop {
            let found = leases.get_opt(LEASE_NAME).await.map_err(failed)?;
            let Some(found) = found.filter(|found| holder_of(found) == Some(&self.holder)) else {
                return Ok(());
            };
            // A run that takes over between the look and this changes the version; a last renewal of this one does too.
            let only_this = DeleteParams {
                preconditions: Some(Preconditions {
                    uid: found.metadata.uid,
                    resource_version: found.metadata.resource_version,
                }),
                ..DeleteParams::default()
            };
            match leases.delete(LEASE_NAME, &only_this).await {
                Ok(_) => return Ok(()),
                Err(kube::Error::Api(status)) if status.is_not_found() => return Ok(()),
                Err(kube::Error::Api(status)) if status.is_conflict() => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }
}

fn tell_waiting(found: &Lease) {
    tracing::warn!(
        "the cluster is held by {}; looking for up to {} s whether that run still renews its Lease",
        holder_of(found).unwrap_or("an unknown run"),
        watch::duration_of(found).as_secs()
    );
}

fn leases(cluster: &Cluster) -> Api<Lease> {
    Api::namespaced(cluster.client().clone(), LEASE_NAMESPACE)
}

/// Returns who this is, for whoever is refused: the run, the user and the machine.
fn holder(run_id: &str) -> String {
    let user = std::env::var("USER").unwrap_or_else(|_| "unknown".to_owned());
    let host = fs_err::read_to_string("/proc/sys/kernel/hostname");
    let host = host.map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned());
    format!("{run_id} of {user}@{host} (process {})", std::process::id())
}

fn lease(holder: &str, run_id: &str) -> Lease {
    let now = MicroTime(Timestamp::now());
    Lease {
        metadata: ObjectMeta {
            name: Some(LEASE_NAME.to_owned()),
            labels: Some(
                [(MANAGED_BY_LABEL, MANAGED_BY), (RUN_LABEL, run_id)]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
            ),
            ..ObjectMeta::default()
        },
        spec: Some(LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: Some(now.clone()),
            renew_time: Some(now),
            ..LeaseSpec::default()
        }),
    }
}

fn holder_of(lease: &Lease) -> Option<&str> {
    lease.spec.as_ref()?.holder_identity.as_deref()
}
