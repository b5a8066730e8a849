//! Every chart of a report as SVG and PNG in a folder.

use std::path::Path;

use rayon::prelude::*;

use crate::charts::{ChartKind, ChartOptions, render_chart};
use crate::error::ReportError;
use crate::model::ReportModel;
use crate::png::svg_to_png;
use crate::write::write_file;

/// Writes `KIND.svg` and `KIND.png` for each chart that the model has data for, the PNG `scale` times as large as its chart.
///
/// Charts are drawn at the same time, one a processor: a PNG costs far more than everything else in a report.
pub fn write_charts(
    model: &ReportModel,
    options: &ChartOptions,
    scale: f32,
    folder: &Path,
) -> Result<(), ReportError> {
    ChartKind::ALL
        .into_par_iter()
        .filter(|kind| kind.is_available(model))
        .try_for_each(|kind| {
            let svg = render_chart(model, kind, options)?;
            let png = svg_to_png(&svg, scale)?;
            let path = |ending: &str| folder.join(format!("{}.{ending}", kind.name()));
            write_file(&path("svg"), svg.as_bytes())?;
            write_file(&path("png"), &png)
        })
}
