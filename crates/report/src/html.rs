//! One self-contained page: no network, no script; charts are inline SVG whose colours are variables of the page.

mod figures;
mod templates;
mod view;

use crate::error::ReportError;
use crate::model::ReportModel;
use crate::text_safety::without_controls;

pub use templates::TemplateSource;

pub(crate) use figures::{NARROW, WIDE};

/// Renders the page.
pub fn render_html(model: &ReportModel, source: &TemplateSource) -> Result<String, ReportError> {
    render_page(source, templates::PAGE, &view::PageView::new(model)?)
}

/// Renders a page from what its templates see.
pub(crate) fn render_page(
    source: &TemplateSource,
    name: &str,
    view: &impl serde::Serialize,
) -> Result<String, ReportError> {
    let engine = templates::engine(source)?;
    let context = tera::Context::from_serialize(view)
        .map_err(|error| templates::template_error(source, &error))?;
    let page = engine
        .render(name, &context)
        .map_err(|error| templates::template_error(source, &error))?;
    Ok(without_controls(&page).into_owned())
}
