//! One self-contained page: no network, no script; charts are inline SVG whose colours are variables of the page.

mod figures;
mod templates;
mod view;

use crate::error::ReportError;
use crate::model::ReportModel;
use crate::text_safety::without_controls;

pub use templates::TemplateSource;

/// Renders the page.
pub fn render_html(model: &ReportModel, source: &TemplateSource) -> Result<String, ReportError> {
    let engine = templates::engine(source)?;
    let view = view::PageView::new(model)?;
    let context = tera::Context::from_serialize(&view)
        .map_err(|error| templates::template_error(source, &error))?;
    let page = engine
        .render(templates::PAGE, &context)
        .map_err(|error| templates::template_error(source, &error))?;
    Ok(without_controls(&page).into_owned())
}
