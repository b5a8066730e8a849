//! The program as a user calls it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod ci_example;
mod cluster;
mod compare;
mod compare_files;
mod compare_gates;
mod compare_input;
mod end_to_end;
mod example;
mod history;
mod seeded_regression;
mod support;
