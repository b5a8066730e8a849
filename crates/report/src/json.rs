//! The model as JSON: what all other outputs are views of.

use crate::error::ReportError;
use crate::model::ReportModel;

/// Renders the model; a number that is not finite is an error.
pub fn render_json(model: &ReportModel) -> Result<String, ReportError> {
    let mut text =
        serde_json::to_string_pretty(model).map_err(|source| ReportError::Json { source })?;
    text.push('\n');
    Ok(text)
}
