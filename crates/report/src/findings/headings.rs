//! Headings that state a finding where the numbers allow one, and the plain name where they do not.
//!
//! A rule compares intervals, never points, and speaks of the statistics that its chart shows. Slides carry these as titles, so each has at
//! most twelve words beside the titles of phases.

mod cost;
mod judged;
mod overheads;
mod percentiles;
mod quality;
mod resources;
mod rounds;

use crate::model::{Findings, ReportModel};

/// The headings.
pub(crate) fn findings(model: &ReportModel) -> Findings {
    Findings {
        overheads: overheads::heading(model),
        spectrum: percentiles::spectrum(model),
        shift: percentiles::shift(model),
        distribution: "The shape of latency in each phase".to_owned(),
        rounds: rounds::heading(model),
        time: "Latency over time, slot by slot".to_owned(),
        resources: resources::heading(model),
        cost: cost::heading(model),
        quality: quality::heading(model),
    }
}
