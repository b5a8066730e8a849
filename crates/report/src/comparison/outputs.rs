//! The outputs of a comparison: views of one model.

mod csv;
mod markdown;
mod page;
mod slides;
mod terminal;

pub use csv::render_comparison_csv;
pub use markdown::render_comparison_markdown;
pub use page::render_comparison_html;
pub use slides::render_comparison_pptx;
pub use terminal::render_comparison_terminal;

use super::charts::ComparisonChart;
use super::model::{COMPARISON_SCHEMA_VERSION, ComparisonModel};
use crate::charts::{ChartError, ChartOptions, Surface};
use crate::error::ReportError;
use crate::schema::schema_of;

/// Renders the model as JSON; a number that is not finite is an error.
pub fn render_comparison_json(model: &ComparisonModel) -> Result<String, ReportError> {
    let mut text =
        serde_json::to_string_pretty(model).map_err(|source| ReportError::Json { source })?;
    text.push('\n');
    Ok(text)
}

/// Renders the schema of what [`render_comparison_json`] writes; `docs/comparison.schema.json` is this text.
pub fn comparison_json_schema() -> Result<String, ReportError> {
    schema_of::<ComparisonModel>(&format!(
        "Comparison of meshdelta, version {COMPARISON_SCHEMA_VERSION}"
    ))
}

/// Draws a chart as SVG.
pub fn render_comparison_chart(
    model: &ComparisonModel,
    chart: ComparisonChart,
    options: &ChartOptions,
) -> Result<String, ChartError> {
    Ok(chart.draw(model, Surface::for_options(options))?.svg)
}
