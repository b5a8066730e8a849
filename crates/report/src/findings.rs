//! Sentences computed from the numbers: the answer, and headings that state a finding.

mod alerts;
mod answer;
mod headings;
mod quality;

pub(crate) use alerts::{alerts, alerts_on_the_run};
pub(crate) use answer::answer;
pub(crate) use headings::findings;
pub(crate) use quality::not_passed;
