//! What can go wrong between this program and a cluster.

use super::Right;

/// An error of the Kubernetes API. Messages name the context and the object, and never show a credential.
#[derive(Debug, thiserror::Error)]
pub enum KubernetesError {
    /// The kubeconfig cannot be read, or does not say how to reach the cluster.
    #[error("the kubeconfig {file} cannot be used: {reason}")]
    KubeconfigUnusable {
        /// Where it was looked for.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The context that was asked for is not there. Another one is never taken in its place.
    #[error(
        "the kubeconfig {file} has no context `{context}`; it has {}",
        listed(known)
    )]
    ContextMissing {
        /// The file or files.
        file: String,
        /// The context asked for.
        context: String,
        /// The contexts that are there.
        known: Vec<String>,
    },
    /// No context was asked for, and the kubeconfig has no current one.
    #[error(
        "the kubeconfig {file} has no current context; it has {}",
        listed(known)
    )]
    NoCurrentContext {
        /// The file or files.
        file: String,
        /// The contexts that are there.
        known: Vec<String>,
    },
    /// A request failed.
    #[error("failed to {action} (context `{context}`): {reason}")]
    Request {
        /// What was asked for, for example ``get Pod `load/k6-1` ``.
        action: String,
        /// The context.
        context: String,
        /// The HTTP status of the API server; absent when it could not be reached.
        status: Option<u16>,
        /// What went wrong.
        reason: String,
    },
    /// A manifest is not YAML, or is no Kubernetes object.
    #[error("the manifest `{name}` cannot be used: {reason}")]
    ManifestInvalid {
        /// The file, or the built-in name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The cluster does not know a kind.
    #[error("the cluster of context `{context}` does not know {kind}")]
    KindUnknown {
        /// The context.
        context: String,
        /// The kind with its group and version.
        kind: String,
    },
    /// Rights are missing; found out before anything was changed.
    #[error("the user of context `{context}` lacks rights:{}", lines(missing))]
    RightsMissing {
        /// The context.
        context: String,
        /// What is not allowed.
        missing: Vec<Right>,
    },
    /// Something did not happen in time.
    #[error("{waiting_for} did not come true within {seconds} s; last seen: {seen}")]
    TimedOut {
        /// What was waited for.
        waiting_for: String,
        /// How long.
        seconds: u64,
        /// What was seen last.
        seen: String,
    },
    /// Something will never come true, so it was not waited for any longer.
    #[error("{waiting_for} cannot come true: {seen}")]
    Hopeless {
        /// What was waited for.
        waiting_for: String,
        /// What was seen.
        seen: String,
    },
    /// A port cannot be forwarded.
    #[error("failed to forward a port to {target}: {reason}")]
    PortForward {
        /// Where to.
        target: String,
        /// What went wrong.
        reason: String,
    },
}

impl KubernetesError {
    /// Adds details to what was seen last, in an error about something that did not happen in time.
    #[must_use]
    pub fn with(mut self, details: &str) -> Self {
        if let Self::TimedOut { seen, .. } = &mut self {
            *seen = format!("{seen}\n{details}");
        }
        self
    }

    /// Tells whether the same request may succeed later: the server was not reached, is starting, or asks to slow down.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Request { status, .. } => {
                status.is_none_or(|status| status == 429 || status >= 500)
            }
            _ => false,
        }
    }

    /// Tells whether the API server refused for want of credentials or rights.
    pub fn is_refused(&self) -> bool {
        matches!(
            self,
            Self::RightsMissing { .. }
                | Self::Request {
                    status: Some(401 | 403),
                    ..
                }
        )
    }

    /// Tells whether the object, or its kind, is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::KindUnknown { .. }
                | Self::Request {
                    status: Some(404),
                    ..
                }
        )
    }
}

fn listed(known: &[String]) -> String {
    if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    }
}

fn lines(missing: &[Right]) -> String {
    missing.iter().fold(String::new(), |text, right| {
        text + "\n  " + &right.to_string()
    })
}
