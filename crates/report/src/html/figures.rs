//! Charts of the page, each drawn for wide and for narrow screens.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::charts::{ChartKind, Surface, render_on, small_print};
use crate::error::ReportError;
use crate::model::{Findings, ReportModel};

/// The width of the page's content.
pub(crate) const WIDE: f64 = 980.0;
/// The width of the content on a telephone.
pub(crate) const NARROW: f64 = 336.0;

/// A chart in the page.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    /// The id of the element.
    id: &'static str,
    /// The chart for wide screens.
    wide: String,
    /// The chart for narrow screens; a chart that has none is scrolled.
    narrow: Option<String>,
    /// How to read it.
    reading: &'static str,
    /// Run, n, versions and the meaning of intervals.
    small_print: String,
}

/// All charts; one that has nothing to show is absent.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    overheads: Option<Figure>,
    all_overheads: Option<Figure>,
    spectrum: Option<Figure>,
    distribution: Option<Figure>,
    shift: Option<Figure>,
    rounds: Option<Figure>,
    heat_map: Option<Figure>,
    resources: Option<Figure>,
    cost: Option<Figure>,
    /// The headings over them.
    findings: Findings,
}

impl Figures {
    pub(super) fn new(model: &ReportModel) -> Result<Self, ReportError> {
        let mut drawn: BTreeMap<ChartKind, Figure> = ChartKind::ALL
            .into_par_iter()
            .filter(|kind| kind.is_available(model))
            .map(|kind| Ok((kind, figure(model, kind)?)))
            .collect::<Result<_, ReportError>>()?;
        let mut take = |kind| drawn.remove(&kind);
        Ok(Self {
            overheads: take(ChartKind::Overheads),
            all_overheads: take(ChartKind::AllOverheads),
            spectrum: take(ChartKind::Spectrum),
            distribution: take(ChartKind::Distribution),
            shift: take(ChartKind::Shift),
            rounds: take(ChartKind::Rounds),
            heat_map: take(ChartKind::HeatMap),
            resources: take(ChartKind::Resources),
            cost: take(ChartKind::Cost),
            findings: model.findings.clone(),
        })
    }
}

fn figure(model: &ReportModel, kind: ChartKind) -> Result<Figure, ReportError> {
    let narrow = match kind {
        // Thirty slots side by side cannot be read on a telephone; this one is scrolled.
        ChartKind::HeatMap => None,
        _ => Some(render_on(model, kind, Surface::in_page(NARROW))?),
    };
    Ok(Figure {
        id: kind.name(),
        wide: render_on(model, kind, Surface::in_page(WIDE))?,
        narrow,
        reading: kind.reading(),
        small_print: small_print(model),
    })
}
