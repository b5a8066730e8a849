//! Sentences computed from the numbers: the answer, and headings that state a finding.

mod alerts;
mod answer;
mod headings;

pub(crate) use alerts::alerts;
pub(crate) use answer::answer;
pub(crate) use headings::findings;
