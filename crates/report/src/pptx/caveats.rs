//! What to keep in mind: what this environment cannot tell, and the quality checks that warn or fail.

use std::cmp::Reverse;

use super::notes;
use super::slide::Slide;
use super::text::{Paragraph, Run};
use super::text_slides::text_slides;
use crate::findings::alerts;
use crate::model::{QualityFinding, ReportModel, Severity};

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
    let findings = findings(model);
    paragraphs.push(Paragraph::new(
        vec![Run::new(format!("{}.", model.findings.quality), SIZE).bold()],
        GAP,
    ));
    paragraphs.extend(findings.iter().map(|finding| entry(model, finding)));
    let mut notes: Vec<String> = findings
        .iter()
        .map(|finding| {
            format!(
                "{} ({}): {}. {} {}",
                finding.title,
                finding.severity.label(),
                finding.limit,
                finding.why,
                finding.advice
            )
        })
        .collect();
    notes.extend(notes::origin(model));
    text_slides(model, "What to keep in mind", paragraphs, &notes)
}

/// What did not pass, the worst first.
fn findings(model: &ReportModel) -> Vec<&QualityFinding> {
    let mut findings: Vec<&QualityFinding> = model
        .quality
        .iter()
        .filter(|finding| finding.severity > Severity::Pass)
        .collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    findings
}

fn entry(model: &ReportModel, finding: &QualityFinding) -> Paragraph {
    let phase = finding.phase.as_ref().and_then(|id| model.phase(id));
    let about = phase.map_or_else(String::new, |phase| format!(" ({})", phase.title));
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
