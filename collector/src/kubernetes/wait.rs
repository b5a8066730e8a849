//! Waits for something to come true, by asking again and again until a deadline.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::error::KubernetesError;

const INTERVAL: Duration = Duration::from_secs(1);
/// How long one look may take, so that a server that accepts and never answers does not eat the deadline.
const LOOK_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a single request is tried again: as long as an API server takes to restart.
const PATIENCE: Duration = Duration::from_mins(3);

/// Makes a request, again and again while it fails in a way that may pass.
pub async fn patiently<Value>(
    action: &str,
    mut request: impl AsyncFnMut() -> Result<Value, KubernetesError>,
) -> Result<Value, KubernetesError> {
    wait_for(action, PATIENCE, async || request().await.map(Poll::Ready)).await
}

/// What one look showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Poll<Value> {
    /// It came true.
    Ready(Value),
    /// Not yet; this is what was seen.
    Waiting(String),
    /// It never will; this is what was seen.
    Hopeless(String),
}

/// Looks once a second until `look` says that it is ready or hopeless, or the deadline is over. Errors that may pass are looked past.
pub async fn wait_for<Value>(
    waiting_for: &str,
    deadline: Duration,
    mut look: impl AsyncFnMut() -> Result<Poll<Value>, KubernetesError>,
) -> Result<Value, KubernetesError> {
    let end = Instant::now() + deadline;
    loop {
        let seen = match timeout(LOOK_TIMEOUT, look()).await {
            Ok(Ok(Poll::Ready(value))) => return Ok(value),
            Ok(Ok(Poll::Waiting(seen))) => seen,
            Ok(Ok(Poll::Hopeless(seen))) => {
                return Err(KubernetesError::Hopeless {
                    waiting_for: waiting_for.to_owned(),
                    seen,
                });
            }
            Ok(Err(error)) if error.is_transient() => error.to_string(),
            Ok(Err(error)) => return Err(error),
            Err(_) => format!("no answer within {} s", LOOK_TIMEOUT.as_secs()),
        };
        if Instant::now() >= end {
            return Err(KubernetesError::TimedOut {
                waiting_for: waiting_for.to_owned(),
                seconds: deadline.as_secs(),
                seen,
            });
        }
        tracing::debug!(waiting_for, %seen, "not yet");
        sleep(INTERVAL).await;
    }
}
