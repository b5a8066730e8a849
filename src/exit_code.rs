//! The exit codes: one meaning everywhere.

/// Done.
pub(crate) const DONE: u8 = 0;
/// Something went wrong outside of what the other codes say.
pub(crate) const OPERATIONAL_ERROR: u8 = 1;
/// The command line or the plan file is wrong.
pub(crate) const USAGE: u8 = 2;
/// A gate failed.
pub(crate) const GATE_FAILED: u8 = 3;
/// A gate could not be decided, where that was asked to matter.
pub(crate) const INCONCLUSIVE: u8 = 4;
/// The data is invalid: a slot failed a proof or a count check, or a saved run is damaged.
pub(crate) const DATA_INVALID: u8 = 5;
/// The environment is not ready: a program is missing or unfit, a port is taken.
pub(crate) const ENVIRONMENT_NOT_READY: u8 = 6;
/// The run is incomplete; what is complete is saved.
pub(crate) const RUN_INCOMPLETE: u8 = 7;
/// Interrupted by the user.
pub(crate) const INTERRUPTED: u8 = 130;
