//! The analysis, on runs that are made up so that the answer is known.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of tests that fails is a test that fails"
)]

mod builder;
mod comparison;
mod comparison_gates;
mod edge_cases;
mod faults;
mod history;
mod overheads;
mod preview;
mod quality;
mod resources;
