//! Whether the Lease of another run is still renewed, by looking at it twice.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use tokio::time::Instant;

use super::{DURATION, holder_of};

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// What one look at a Lease comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It has no holder, or the holder let it lie for its whole duration.
    Free,
    /// It changed since the last look: somebody lives.
    Renewed {
        holder: String,
        /// When the holder took it, by the holder's clock.
        since: String,
    },
    /// It was not looked at for long enough yet.
    Unknown { is_first: bool },
}

/// Remembers what was seen first, and when by the monotonic clock of this machine.
#[derive(Debug, Default)]
pub(super) struct Watch {
    first: Option<(Seen, Instant)>,
}

/// What changes when a Lease is renewed or taken.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    holder: String,
    renewed: Option<MicroTime>,
}

impl Watch {
    /// Looks once more, at this time of the local clock.
    pub(super) fn look(&mut self, found: &Lease, me: &str, now: Instant) -> Sight {
        let Some(holder) = holder_of(found).filter(|holder| !holder.is_empty() && *holder != me)
        else {
            return Sight::Free;
        };
        let spec = found.spec.as_ref();
        let seen = Seen {
            holder: holder.to_owned(),
            renewed: spec.and_then(|spec| spec.renew_time.clone()),
        };
        match &self.first {
            None => {
                self.first = Some((seen, now));
                Sight::Unknown { is_first: true }
            }
            Some((first, _)) if *first != seen => Sight::Renewed {
                holder: seen.holder,
                since: spec
                    .and_then(|spec| spec.acquire_time.as_ref())
                    .map_or_else(String::new, |time| time.0.to_string()),
            },
            Some((_, since)) if now.duration_since(*since) >= duration_of(found) => Sight::Free,
            Some(_) => Sight::Unknown { is_first: false },
        }
    }
}

/// Returns for how long a Lease holds without a renewal, as its holder wrote. Of what nobody would write on purpose, the nearest sensible is taken:
/// no run is kept waiting for days, and none takes over at once.
pub(super) fn duration_of(lease: &Lease) -> Duration {
    let seconds = lease
        .spec
        .as_ref()
        .and_then(|spec| spec.lease_duration_seconds)
        .and_then(|seconds| u64::try_from(seconds).ok());
    seconds
        .map_or(DURATION, Duration::from_secs)
        .clamp(SHORTEST, LONGEST)
}
