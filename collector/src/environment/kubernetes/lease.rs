//! The Lease that keeps two runs off one cluster: each would be load on the other's servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use crate::kubernetes::{
    Cluster, FIELD_MANAGER, KubernetesError, MANAGED_BY, MANAGED_BY_LABEL, RUN_LABEL,
};

/// The namespace of the Lease: one that is in every cluster, so that runs with other namespaces of their own meet here too.
pub(super) const LEASE_NAMESPACE: &str = "default";
/// The name of the Lease.
pub(super) const LEASE_NAME: &str = "meshdelta-run";
/// A Lease that was not renewed for so long has no holder any more: its process was killed.
const DURATION_SECONDS: i32 = 60;
const RENEWAL: Duration = Duration::from_secs(15);
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(10);

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

/// The held Lease; it is renewed until this is dropped.
#[derive(Debug)]
pub(super) struct HeldLease {
    cluster: Cluster,
    holder: String,
    is_lost: Arc<AtomicBool>,
    renewing: JoinHandle<()>,
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

impl HeldLease {
    /// Takes the Lease, or says who has it.
    pub(super) async fn acquire(cluster: &Cluster, run_id: &str) -> Result<Self, Refusal> {
        let leases = leases(cluster);
        let holder = holder(run_id);
        let mine = lease(&holder, run_id);
        let failed = |error: kube::Error| {
            Refusal::Error(cluster.failed("take the Lease of the cluster", &error))
        };
        match leases.create(&PostParams::default(), &mine).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.is_already_exists() => {
                let found = leases.get(LEASE_NAME).await.map_err(failed)?;
                if let Some(refusal) = refusal(&found, &holder, Timestamp::now()) {
                    return Err(refusal);
                }
                // Of two that take over at once, the resource version lets only one.
                let mut mine = mine;
                mine.metadata.resource_version = found.metadata.resource_version;
                leases
                    .replace(LEASE_NAME, &PostParams::default(), &mine)
                    .await
                    .map_err(failed)?;
            }
            Err(error) => return Err(failed(error)),
        }
        let is_lost = Arc::new(AtomicBool::new(false));
        let renewing = tokio::spawn(renew(leases, holder.clone(), is_lost.clone()));
        Ok(Self {
            cluster: cluster.clone(),
            holder,
            is_lost,
            renewing,
        })
    }

    /// Tells whether another run took the Lease, because this one could not renew it in time.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Gives the Lease back.
    pub(super) async fn release(self) -> Result<(), KubernetesError> {
        let leases = leases(&self.cluster);
        let failed = |error: kube::Error| {
            self.cluster
                .failed("give the Lease of the cluster back", &error)
        };
        let Some(found) = leases.get_opt(LEASE_NAME).await.map_err(failed)? else {
            return Ok(());
        };
        if holder_of(&found) != Some(self.holder.as_str()) {
            return Ok(());
        }
        let only_this = DeleteParams {
            preconditions: Some(Preconditions {
                uid: found.metadata.uid,
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        match leases.delete(LEASE_NAME, &only_this).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
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
            lease_duration_seconds: Some(DURATION_SECONDS),
            acquire_time: Some(now.clone()),
            renew_time: Some(now),
            ..LeaseSpec::default()
        }),
    }
}

fn holder_of(lease: &Lease) -> Option<&str> {
    lease.spec.as_ref()?.holder_identity.as_deref()
}

/// Returns who holds the Lease, unless it is me or nobody renewed it in time.
fn refusal(found: &Lease, me: &str, now: Timestamp) -> Option<Refusal> {
    let spec = found.spec.as_ref()?;
    let holder = spec.holder_identity.clone().filter(|holder| holder != me)?;
    let renewed = spec.renew_time.as_ref()?;
    let duration = spec.lease_duration_seconds.unwrap_or(DURATION_SECONDS);
    let age = now.as_second() - renewed.0.as_second();
    (age <= i64::from(duration)).then(|| Refusal::Held {
        holder,
        since: spec
            .acquire_time
            .as_ref()
            .map_or_else(String::new, |time| time.0.to_string()),
    })
}

/// Renews the Lease for ever. A renewal that fails is tried again; one that finds another holder ends it.
async fn renew(leases: Api<Lease>, holder: String, is_lost: Arc<AtomicBool>) {
    let mut ticks = interval(RENEWAL);
    loop {
        ticks.tick().await;
        let found = timeout(RENEWAL_TIMEOUT, leases.get_opt(LEASE_NAME)).await;
        if let Ok(Ok(found)) = &found {
            let is_mine = found.as_ref().and_then(holder_of) == Some(holder.as_str());
            if !is_mine {
                is_lost.store(true, Ordering::Relaxed);
                return;
            }
        }
        let renewal = json!({"spec": {"renewTime": MicroTime(Timestamp::now())}});
        let parameters = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let renewal = Patch::Merge(&renewal);
        let renewing = leases.patch(LEASE_NAME, &parameters, &renewal);
        if !matches!(timeout(RENEWAL_TIMEOUT, renewing).await, Ok(Ok(_))) {
            tracing::warn!("the Lease of the cluster could not be renewed; trying again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_refused_while_another_renews_it_and_no_longer() {
        let found = lease("a", "run-a");
        let renewed = found.spec.as_ref().unwrap().renew_time.clone().unwrap().0;
        let after = |seconds: i64| renewed + k8s_openapi::jiff::SignedDuration::from_secs(seconds);
        let Some(Refusal::Held { holder: other, .. }) = refusal(&found, "b", after(30)) else {
            panic!("it is held");
        };
        assert_eq!(other, "a");
        assert!(refusal(&found, "a", after(30)).is_none());
        assert!(refusal(&found, "b", after(61)).is_none());
        assert!(holder_of(&found).is_some_and(|holder| holder == "a"));
        assert!(holder("run-a").starts_with("run-a of "));
    }
}
