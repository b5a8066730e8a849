//! The program as a user calls it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod cluster;
mod compare;
mod end_to_end;
mod example;
mod support;
