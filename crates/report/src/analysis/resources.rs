//! CPU and memory: of each role in a slot, and of each phase over its rounds.
//!
//! CPU comes from the first and the last sample of a counter within the window, divided by their own distance in time
//! (`docs/statistics.md`, "Estimands"). Only processes that requests of the phase go through belong to its cost.

mod differences;
mod phase;
mod slot;

pub(super) use differences::differences;
pub(super) use phase::phase_resources;
pub(super) use slot::{RoleUse, SlotResources, growth_within, slot_resources};
