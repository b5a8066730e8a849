//! Where phases run. The runner knows only the trait [`Environment`]; what differs is behind it.

pub mod kubernetes;
pub mod local;

use meshdelta_run::manifest::{EnvironmentFacts, Proof, Unsampled};
use meshdelta_run::order::PlannedSlot;
use meshdelta_run::{Phase, Plan, RunId, TimestampMs};
use tokio_util::sync::CancellationToken;

use crate::error::CollectorError;
use crate::k6::LoadReport;
use crate::prometheus::PrometheusClient;

/// What identifies a slot while it is measured.
#[derive(Debug, Clone, Copy)]
pub struct SlotContext<'a> {
    /// The run.
    pub run_id: &'a RunId,
    /// The resolved plan.
    pub plan: &'a Plan,
    /// The slot.
    pub slot: &'a PlannedSlot,
    /// The phase of the slot.
    pub phase: &'a Phase,
    /// When this attempt at the slot began: a slot that was interrupted is measured again, and its series must not be mixed with the old ones.
    pub attempt: TimestampMs,
    /// Asks everything that waits to stop.
    pub cancellation: &'a CancellationToken,
}

/// Resource use of one component of the data path at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceSample {
    /// Which component: `application`, `waypoint`, ..., or `k6`, `prometheus`.
    pub role: String,
    /// Which of several processes or containers of that role; empty where there is one.
    pub instance: String,
    /// Whether requests of this phase go through it.
    pub on_path: bool,
    /// When.
    pub timestamp: TimestampMs,
    /// CPU seconds used since the process started.
    pub cpu_seconds: f64,
    /// Resident memory in bytes.
    pub resident_bytes: u64,
    /// How often the CPU limit was reached, where there is one.
    pub throttling: Option<Throttling>,
}

/// Periods of the CPU scheduler since a container started, and those in which it was stopped because its limit was used up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttling {
    /// All periods in which it ran.
    pub periods: f64,
    /// Those in which it was stopped.
    pub throttled_periods: f64,
}

/// What the load of a slot left behind.
#[derive(Debug)]
pub struct LoadOutcome {
    /// One report a runner.
    pub reports: Vec<LoadReport>,
    /// Resource use while the load ran, warm-up included.
    pub resources: Vec<ResourceSample>,
    /// Whose resource use should be there and is not.
    pub unsampled: Vec<Unsampled>,
}

/// An environment in which phases can be entered, proved, loaded and left.
///
/// The runner calls `prepare` once; then for each slot `enter`, `run_load`, `prove_after`, `keep_logs` when something failed, and `leave`
/// whatever happened; and `tear_down` at the end, whatever happened. When the user interrupts, the runner drops the future of `prepare`,
/// `enter`, `run_load` or `prove_after` midway, so `leave` and `tear_down` must find what was begun. Nothing is left after `tear_down`.
#[expect(
    async_fn_in_trait,
    reason = "used with static dispatch inside this project only"
)]
pub trait Environment {
    /// Checks what is needed, starts what lasts for the whole run, and returns the facts of the environment.
    async fn prepare(
        &mut self,
        plan: &Plan,
        run_id: &RunId,
    ) -> Result<EnvironmentFacts, CollectorError>;

    /// Returns the Prometheus that the load is written to. Only after `prepare`.
    fn prometheus(&self) -> Result<&PrometheusClient, CollectorError>;

    /// Makes the phase the current one, and returns the proofs that requests take its path.
    async fn enter(&mut self, context: SlotContext<'_>) -> Result<Vec<Proof>, CollectorError>;

    /// Runs the load of the slot to its end.
    async fn run_load(&mut self, context: SlotContext<'_>) -> Result<LoadOutcome, CollectorError>;

    /// Returns the proofs that the load took the path of the phase, by what the path itself counted.
    /// What is known of the load only now (resource use that is scraped) is added to the outcome.
    async fn prove_after(
        &mut self,
        context: SlotContext<'_>,
        outcome: &mut LoadOutcome,
    ) -> Result<Vec<Proof>, CollectorError>;

    /// Keeps what the programs said in this slot, because something in it failed.
    async fn keep_logs(&mut self, context: SlotContext<'_>) -> Result<(), CollectorError>;

    /// Leaves the phase.
    async fn leave(&mut self) -> Result<(), CollectorError>;

    /// Stops and removes everything that this environment made.
    async fn tear_down(&mut self) -> Result<(), CollectorError>;
}
