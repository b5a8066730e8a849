//! Reports: from a [`model::ReportModel`] to a page, charts, Markdown, a terminal table, JSON and CSV.
//!
//! Every output is a view of the model, and nothing is shown that is not in it. Numbers become text in one place
//! ([`number_format`]), so the same number is the same text everywhere; text from outside is escaped by each output.
//! Nothing here prints or exits: functions return text or bytes, and [`write_file`] puts them on disk in one step.
//!
//! ```no_run
//! # fn example(model: &meshdelta_report::model::ReportModel) -> Result<(), meshdelta_report::ReportError> {
//! use meshdelta_report::{ChartKind, ChartOptions, Preset, TemplateSource};
//!
//! let page = meshdelta_report::render_html(model, &TemplateSource::Embedded)?;
//! let slide = ChartOptions::preset(Preset::Slide);
//! let svg = meshdelta_report::render_chart(model, ChartKind::Overheads, &slide)?;
//! let png = meshdelta_report::svg_to_png(&svg, 1.0)?;
//! # Ok(())
//! # }
//! ```

pub mod analysis;
pub mod charts;
pub mod comparison;
pub mod gates;
pub mod history;
pub mod model;
pub mod number_format;

mod csv;
mod error;
mod findings;
mod html;
mod json;
mod limits;
mod markdown;
mod numbers;
mod png;
mod pptx;
mod schema;
mod tables;
mod terminal;
mod text_safety;
mod write;

pub use charts::{ChartError, ChartKind, ChartOptions, Preset, Theme, render_chart};
pub use csv::render_csv;
pub use error::{ReportError, TemplateError};
pub use html::{TemplateSource, render_html};
pub use json::render_json;
pub use limits::LimitError;
pub use markdown::render_markdown;
pub use model::ReportModel;
pub use png::{PngError, svg_to_png};
pub use pptx::render_pptx;
pub use schema::json_schema;
pub use terminal::{Colour, render_terminal};
pub use write::write_file;
