//! The crate from outside: every output of a model like that of a real run.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of tests that fails is a test that fails"
)]

mod agreement;
mod fixture;
mod headings;
mod page;
mod pictures;
mod preview;
mod references;
mod schema;
mod slides;
mod texts;
