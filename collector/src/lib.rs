//! Runs the phases in an environment and pulls the data from Prometheus into a saved run.
//!
//! The [`runner`] goes through the slots of a plan. An [`environment::Environment`] makes each phase real, proves it and puts the load on it;
//! k6 pushes cumulative native histograms into a Prometheus; [`collect`] waits until what is stored equals what k6 counted, and pulls the raw
//! samples by its HTTP API. Each complete slot is on disk before the next one begins, and whatever happens no process is left behind.

mod clock;
pub mod cluster;
pub mod collect;
pub mod doctor;
pub mod environment;
mod error;
pub mod k6;
pub mod kubernetes;
pub mod prometheus;
pub mod runner;

pub use error::CollectorError;
