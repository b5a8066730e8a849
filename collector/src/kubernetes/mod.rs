//! The Kubernetes API, as far as this project needs it: connect by context, apply manifests, wait, describe, forward, delete.
//!
//! Nothing here knows of phases or of what is installed. Waiting is polling: a watch that breaks would need the same poll to go on.

mod access;
mod apply;
mod connect;
mod contents;
mod delete;
mod describe;
mod error;
mod kind;
mod port_forward;
mod service;
mod wait;

#[cfg(test)]
mod tests;

pub use access::Right;
pub use apply::{FIELD_MANAGER, parse_manifests};
pub use connect::{Access, Cluster};
pub use contents::{Contents, Present};
pub use delete::{Deletion, Scope};
pub use describe::description;
pub use error::KubernetesError;
pub use kind::KindName;
pub use port_forward::PortForward;
pub use service::ServicePort;
pub use wait::{Poll, patiently, wait_for};

/// The label that says who made an object.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY_LABEL`] on everything that this project makes.
pub const MANAGED_BY: &str = "meshdelta";
/// The label that says for which run an object was made: only objects with it are ever deleted by a run.
pub const RUN_LABEL: &str = "meshdelta.io/run";
