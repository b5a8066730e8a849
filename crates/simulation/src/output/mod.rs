//! Results as text.

mod comparisons;
mod document;
mod markdown;

pub use document::Document;
pub use markdown::markdown;
