//! One chart a slide.

use super::notes;
use super::shape::Shape;
use super::slide::{Layout, Slide, titled};
use crate::charts::{ChartError, ChartKind, DrawnChart, Surface, Theme, draw_on, small_print};
use crate::error::ReportError;
use crate::model::ReportModel;
use crate::png::svg_to_png;

/// Pixels of a picture for each pixel of the slide, for screens and printers that have more.
const SCALE: f32 = 2.0;

pub(crate) fn slide(
    model: &ReportModel,
    kind: ChartKind,
    theme: Theme,
) -> Result<Slide, ReportError> {
    let name = kind.name();
    let slide = chart_slide(&kind.title(model), name, theme, |surface| {
        let chart = draw_on(model, kind, surface)?;
        let notes = notes::chart(model, kind, &chart.description);
        Ok((chart, notes))
    })?;
    Ok(slide.with_small_print(&small_print(model)))
}

/// A slide with a title and a chart, which `draw` draws and describes for the speaker.
pub(crate) fn chart_slide(
    title: &str,
    name: &str,
    theme: Theme,
    draw: impl FnOnce(Surface) -> Result<(DrawnChart, Vec<String>), ChartError>,
) -> Result<Slide, ReportError> {
    let (mut slide, place) = titled(Layout::Finding, title, Vec::new());
    let (chart, notes) = draw(Surface::on_slide(theme, place.width, place.height))?;
    slide.notes = notes;
    slide.shapes.push(Shape::Picture {
        place,
        name: format!("Chart: {name}"),
        description: chart.description,
        png: svg_to_png(&chart.svg, SCALE)?,
    });
    Ok(slide)
}
