//! What to keep in mind: what this environment cannot tell, and the quality checks that warn or fail.

use super::notes;
use super::slide::Slide;
use super::text::{Paragraph, Run};
use super::text_slides::text_slides;
use crate::charts::small_print;
use crate::findings::{alerts, not_passed};
use crate::model::{QualityFinding, ReportModel};

const SIZE: f64 = 28.0;
const GAP: f64 = 16.0;

pub(super) fn slides(model: &ReportModel) -> Vec<Slide> {
    let mut paragraphs: Vec<Paragraph> = model
        .run
        .caveat
        .iter()
        .cloned()
        .chain(alerts(model))
        .map(|text| Paragraph::new(vec![Run::new(text, SIZE)], GAP))
        .collect();
    let findings = not_passed(model);
    paragraphs.push(Paragraph::new(
        vec![Run::new(format!("{}.", model.findings.quality), SIZE).bold()],
        GAP,
    ));
    paragraphs.extend(findings.iter().map(|finding| entry(model, finding)));
    let mut notes: Vec<String> = findings.into_iter().map(finding_note).collect();
    notes.extend(notes::origin(model));
    text_slides(
        &small_print(model),
        "What to keep in mind",
        paragraphs,
        &notes,
    )
}

/// What the speaker reads about a finding.
pub(crate) fn finding_note(finding: &QualityFinding) -> String {
    format!(
        "{} ({}): {}. {} {}",
        finding.title,
        finding.severity.label(),
        finding.limit,
        finding.why,
        finding.advice
    )
}

fn entry(model: &ReportModel, finding: &QualityFinding) -> Paragraph {
    let phase = finding.phase.as_ref().and_then(|id| model.phase(id));
    finding_entry(finding, phase.map(|phase| phase.title.as_str()))
}

/// A finding on a slide, with what it is about.
pub(crate) fn finding_entry(finding: &QualityFinding, about: Option<&str>) -> Paragraph {
    let about = about.map_or_else(String::new, |about| format!(" ({about})"));
    Paragraph::new(
        vec![
            Run::new(
                format!(
                    "{} {}  ",
                    finding.severity.shape(),
                    finding.severity.label()
                ),
                SIZE,
            )
            .bold(),
            Run::new(
                format!("{}{about}: {}.", finding.title, finding.observed),
                SIZE,
            ),
        ],
        GAP,
    )
}
