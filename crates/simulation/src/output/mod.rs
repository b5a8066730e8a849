//! Results as text.

mod document;
mod markdown;

pub use document::Document;
pub use markdown::markdown;
