//! The saved runs of a folder in the order of time, and what the mesh cost in each.
//!
//! [`read_history`] makes a [`HistoryModel`], of which the chart and all texts are views.

mod analysis;
mod chart;
mod error;
mod model;
mod outputs;
mod tables;

pub use analysis::{HistorySettings, read_history};
pub use error::HistoryError;
pub use model::{
    HISTORY_SCHEMA_VERSION, HistoryModel, HistoryOverhead, HistoryRun, LeftOut, RunComparability,
};
pub use outputs::{
    history_json_schema, render_history_chart, render_history_csv, render_history_json,
    render_history_json_lines, render_history_markdown, render_history_terminal,
};
