//! `meshdelta cluster`: makes a kind cluster and installs what the phases need, in it or in any cluster.
//!
//! The versions are data ([`COMPONENTS`]). What to do is decided from what is there, without asking or changing anything (`decision`); what
//! was made is written into a ledger in the cluster before it is made (`ledger`), so that a killed command can be gone on with, and `down`
//! removes exactly that. Nothing that somebody else made is ever changed or removed.

mod command;
mod component;
mod decision;
mod definitions;
mod down;
mod dry_run;
mod error;
mod event;
mod exported;
mod gateway_api;
mod helm;
mod inspection;
mod install;
mod kind;
mod kind_cluster;
mod ledger;
mod ledger_store;
mod manifests;
mod namespace_contents;
mod open;
mod pods;
pub mod preflight;
mod program;
mod release;
mod state;
mod status;
mod target;
mod up;
mod workload;

pub use component::{
    COMPONENTS, Chart, Component, ComponentId, ISTIO_VERSION, KIND_NODE_IMAGE, Manifests, Source,
};
pub use down::{Kept, Removal, down, examine_removal};
pub use dry_run::{DryRun, dry_run};
pub use error::ClusterError;
pub use event::{Event, Tell};
pub use helm::ChartOptions;
pub use kind::{KindClusterName, LOAD_ROLE, ROLE_LABEL};
pub use ledger_store::SYSTEM_NAMESPACE;
pub use open::{Account, Opened, Page, open};
pub use program::{GET_HELM, GET_KIND, HELM_VARIABLE, KIND_VARIABLE};
pub use state::{KindState, STATE_VARIABLE};
pub use status::{ClusterStatus, ComponentStatus, NodeCount, Origin, PageStatus, status};
pub use target::Target;
pub use up::{UpOptions, up};
pub use workload::Workload;
