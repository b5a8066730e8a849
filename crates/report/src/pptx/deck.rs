//! What is on the slides.

use rayon::prelude::*;

use super::slide::Slide;
use super::{answer, caveats, chart, method, title};
use crate::charts::{ChartKind, Theme};
use crate::error::ReportError;
use crate::model::ReportModel;

/// Charts for questions: too dense for a last row, so they stand after the caveats.
const AT_HAND: [ChartKind; 2] = [ChartKind::AllOverheads, ChartKind::Shift];

/// The slides in order.
pub(super) fn slides(model: &ReportModel, theme: Theme) -> Result<Vec<Slide>, ReportError> {
    let kinds: Vec<ChartKind> = ChartKind::ALL
        .into_iter()
        .filter(|kind| kind.is_available(model))
        .collect();
    let (at_hand, shown): (Vec<ChartKind>, Vec<ChartKind>) =
        kinds.into_iter().partition(|kind| AT_HAND.contains(kind));
    let draw = |kinds: Vec<ChartKind>| -> Result<Vec<Slide>, ReportError> {
        kinds
            .into_par_iter()
            .map(|kind| chart::slide(model, kind, theme))
            .collect()
    };
    let mut slides = vec![title::slide(model), answer::slide(model, theme)];
    slides.extend(draw(shown)?);
    slides.extend(method::slides(model));
    slides.extend(caveats::slides(model));
    slides.extend(draw(at_hand)?);
    Ok(slides)
}
