//! JSON Schemas of models, made from its types and their documentation.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::error::ReportError;
use crate::model::{ReportModel, SCHEMA_VERSION};

/// Renders the schema of what [`render_json`](crate::render_json) writes; `docs/report.schema.json` is this text.
pub fn json_schema() -> Result<String, ReportError> {
    schema_of::<ReportModel>(&format!("Report of meshdelta, version {SCHEMA_VERSION}"))
}

/// Renders the schema of a model that is written as JSON.
pub(crate) fn schema_of<Model: JsonSchema>(title: &str) -> Result<String, ReportError> {
    let mut schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(RecursiveTransform(without_links))
        .into_generator()
        .into_root_schema_for::<Model>();
    schema.insert("title".to_owned(), Value::from(title));
    let mut text =
        serde_json::to_string_pretty(&schema).map_err(|source| ReportError::Json { source })?;
    text.push('\n');
    Ok(text)
}

/// Links between types mean nothing to a reader of the schema.
fn without_links(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description
            .replace("[`super::", "`")
            .replace("[`", "`")
            .replace("`]", "`");
    }
}
