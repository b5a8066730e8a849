//! One chart a slide.

use super::notes;
use super::shape::Shape;
use super::slide::{Layout, Slide, titled};
use crate::charts::{ChartKind, Surface, Theme, draw_on, small_print};
use crate::error::ReportError;
use crate::model::ReportModel;
use crate::png::svg_to_png;

/// Pixels of a picture for each pixel of the slide, for screens and printers that have more.
const SCALE: f32 = 2.0;

pub(super) fn slide(
    model: &ReportModel,
    kind: ChartKind,
    theme: Theme,
) -> Result<Slide, ReportError> {
    let (mut slide, place) = titled(Layout::Finding, &kind.title(model), Vec::new());
    let surface = Surface::on_slide(theme, place.width, place.height);
    let chart = draw_on(model, kind, surface)?;
    slide.notes = notes::chart(model, kind, &chart.description);
    slide.shapes.push(Shape::Picture {
        place,
        name: format!("Chart: {}", kind.name()),
        description: chart.description,
        png: svg_to_png(&chart.svg, SCALE)?,
    });
    Ok(slide.with_small_print(&small_print(model)))
}
