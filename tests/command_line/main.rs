//! The program as a user calls it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod compare;
mod compare_files;
mod end_to_end;
mod example;
mod history;
mod support;
