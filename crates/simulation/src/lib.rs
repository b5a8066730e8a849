//! meshdelta-simulation: how often the intervals of meshdelta contain the truth.
//!
//! # Concept
//!
//! A [`Scenario`](scenario::Scenario) is a model of a measured run whose true overheads are known. [`simulate`](run::simulate) draws runs
//! from it down to what a load generator would have stored, cumulative native histograms of schema 3, and hands them to the
//! very functions that a report calls: `SlotCells::from_series`, `coarsen`, `SlotMeasurement::with_cells`, `analyse`. A
//! [`study`] counts how often an interval contains the truth, how wide it is, and which verdicts it leads to.
//!
//! # The model
//!
//! In round `r`, slot `s` of phase `p` and cell `t` (24 cells of 5,000 requests), the logarithm of a latency in seconds is
//!
//! ```text
//! location + N(0, body_sd^2)                    with probability 1 - share
//! location + ln(tail_factor) + N(0, tail_sd^2)  with probability share
//!
//! location       = ln(base) + effect_p + A_r + B_rs + U_t + drift * (slots since the start of the run)
//! logit(share)   = logit(tail_share) + ln(odds_p) + C_r + D_rs + V_t (+ ln(stall_odds) in a stalled cell)
//! ```
//!
//! `A`, `C` are effects of the round, shared by its phases; `B`, `D` effects of one slot, such as placement, that nothing removes;
//! `U`, `V` first-order autoregressive over the cells of a slot. The specification of these scenarios is in
//! `docs/statistics.md`, "Simulation study". The sizes of the effects are assumptions, not measurements of a mesh.
//!
//! # Precision and limits
//!
//! Requests of one cell are independent, so a cell is drawn as bucket numbers from the exact bucket probabilities, which
//! costs a twentieth of drawing latencies. The sum of a cell is that of the middles of its buckets. Each run draws from
//! its own stream of Pcg64, so results depend on the seed and not on the number of threads.

#![warn(missing_docs)]
#![cfg_attr(
    test,
    expect(clippy::float_cmp, reason = "tests compare results that are exact")
)]

mod error;
mod mixture;
pub mod output;
mod random;
pub mod run;
mod sampler;
pub mod scenario;
mod slot;
pub mod study;
mod truth;
mod world;

pub use error::SimulationError;
pub use truth::{SlotEffects, Truth};
pub use world::World;
