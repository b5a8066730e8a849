//! Slides of text: in what the runs differ, the method, what to keep in mind.

use super::notes;
use crate::comparison::charts::small_print;
use crate::comparison::model::{ComparisonModel, FactDifference, Grade};
use crate::pptx::{
    Paragraph, Run, Slide, entry, finding_entry, finding_note, first_sentence, text_slides,
};

const SIZE: f64 = 28.0;
const GAP: f64 = 16.0;

/// The facts that may matter; those that change nothing are in the notes.
pub(super) fn differences(model: &ComparisonModel) -> Vec<Slide> {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_owned());
    let line = |fact: &FactDifference| {
        format!(
            "{}: {} → {}",
            fact.fact,
            shown(&fact.before),
            shown(&fact.after)
        )
    };
    let facts = || model.comparability.facts.iter();
    let mut paragraphs = vec![plain(format!("{}.", model.headings.comparability))];
    let matters = facts().filter(|fact| fact.grade > Grade::Irrelevant);
    paragraphs.extend(matters.map(|fact| entry(fact.grade.words(), &line(fact))));
    let mut said: Vec<String> = facts()
        .map(|fact| format!("{}: {}", fact.grade.words(), line(fact)))
        .collect();
    said.extend(notes::origin(model));
    text_slides(
        &small_print(model),
        "In what the runs differ",
        paragraphs,
        &said,
    )
}

/// The first sentence of each note; the speaker has the rest.
pub(super) fn method(model: &ComparisonModel) -> Vec<Slide> {
    let paragraphs = model
        .method
        .iter()
        .map(|note| entry(&note.title, first_sentence(&note.text)))
        .collect();
    let mut said: Vec<String> = model
        .method
        .iter()
        .map(|note| format!("{}: {}", note.title, note.text))
        .collect();
    said.extend(notes::measured(model));
    said.extend(notes::origin(model));
    text_slides(
        &small_print(model),
        "How it was measured",
        paragraphs,
        &said,
    )
}

/// Alerts, what the environments cannot tell, and the checks that did not pass.
pub(super) fn caveats(model: &ComparisonModel) -> Vec<Slide> {
    let mut texts = model.alerts.clone();
    for (_, run) in notes::sides(model) {
        let caveat = run.caveat.iter();
        texts.extend(
            caveat
                .filter(|caveat| !model.alerts.contains(caveat))
                .cloned(),
        );
    }
    texts.sort();
    texts.dedup();
    let mut paragraphs: Vec<Paragraph> = texts.into_iter().map(plain).collect();
    let mut said = Vec::new();
    for (side, run) in notes::sides(model) {
        paragraphs.push(entry(
            &format!("Run {} ({side})", run.id),
            &format!("{}.", run.quality),
        ));
        let findings = run.findings.iter();
        paragraphs.extend(findings.clone().map(|finding| {
            let phase = model
                .phases
                .iter()
                .find(|phase| Some(&phase.id) == finding.phase.as_ref());
            finding_entry(finding, phase.map(|phase| phase.title.as_str()))
        }));
        said.extend(findings.map(|finding| format!("{}: {}", run.id, finding_note(finding))));
    }
    said.extend(notes::origin(model));
    text_slides(
        &small_print(model),
        "What to keep in mind",
        paragraphs,
        &said,
    )
}

fn plain(text: String) -> Paragraph {
    Paragraph::new(vec![Run::new(text, SIZE)], GAP)
}
