//! What can go wrong while a report is made.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use crate::charts::ChartError;
use crate::png::PngError;

/// A report that could not be made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A chart could not be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// A picture could not be made.
    #[error(transparent)]
    Png(#[from] PngError),
    /// A template is broken.
    #[error(transparent)]
    Template(Box<TemplateError>),
    /// A template could not be read.
    #[error("failed to read the template `{}`", path.display())]
    ReadTemplate {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The model has a value that JSON cannot hold.
    #[error("failed to write the report as JSON")]
    Json {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The parts of the slides could not be packed.
    #[error("failed to pack the slides")]
    Slides {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("failed to write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// A broken template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct TemplateError {
    /// The file, or the name of an embedded template.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub cause: String,
    /// The engine's own report, with the line and a mark under the place.
    pub excerpt: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "template `{}`", self.file.display())?;
        if let Some(line) = self.line {
            write!(formatter, ", line {line}")?;
        }
        write!(formatter, ": {}", self.cause)
    }
}
