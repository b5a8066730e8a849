//! What the speaker reads.

use super::text::xml;
use crate::charts::{ChartKind, interval_note};
use crate::model::{IntervalScope, ReportModel};
use crate::number_format::{count_text, fixed_text};
use crate::tables::VerdictRow;

/// The notes of a chart.
pub(super) fn chart(model: &ReportModel, kind: ChartKind, description: &str) -> Vec<String> {
    let mut notes = vec![
        format!("What it shows: {description}"),
        format!("How to read it: {}", kind.reading()),
        format!("How it was measured: {}", measured(model)),
    ];
    notes.extend(origin(model));
    notes
}

/// The notes of the answer: what the words and badges in its table mean.
pub(super) fn answer(model: &ReportModel, rows: &[VerdictRow]) -> Vec<String> {
    let mut notes = vec![model.answer.body.clone(), model.answer.tail.clone()];
    let mut terms: Vec<String> = Vec::new();
    for cell in rows.iter().flat_map(|row| &row.cells) {
        let words = cell.words.map(|words| format!("{words}: {}", cell.meaning));
        let badges = cell
            .badges
            .iter()
            .map(|badge| format!("{}: {}", badge.label, badge.meaning));
        for term in words.into_iter().chain(badges) {
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
    }
    notes.extend(terms);
    notes.extend(badges(rows));
    notes.push(format!("How it was measured: {}", measured(model)));
    notes.extend(origin(model));
    notes
}

/// The badges and reasons of each cell, which have no room in the table.
fn badges(rows: &[VerdictRow]) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        for cell in &row.cells {
            let said: Vec<&str> = cell
                .badges
                .iter()
                .map(|badge| badge.label)
                .chain(cell.reason.as_deref())
                .collect();
            if !said.is_empty() {
                lines.push(format!(
                    "{}, {}: {}.",
                    row.phase.title,
                    cell.label,
                    said.join(", ")
                ));
            }
        }
    }
    lines
}

/// How much was measured, and how.
pub(super) fn measured(model: &ReportModel) -> String {
    let run = &model.run;
    let requests: u64 = model.load.iter().map(|load| load.requests).sum();
    let rounds = match run.rounds {
        1 => "1 round".to_owned(),
        rounds => format!("{rounds} rounds"),
    };
    format!(
        "{rounds}; in each, every phase for {} s at {} requests/s after {} s of warm-up; {} requests in all.",
        fixed_text(run.duration_seconds.get(), 0),
        fixed_text(run.rate.get(), 0),
        fixed_text(run.warm_up_seconds.get(), 0),
        count_text(requests)
    )
}

/// What the intervals mean, and where the numbers come from.
pub(super) fn origin(model: &ReportModel) -> Vec<String> {
    let run = &model.run;
    let scope = match model.intervals.scope {
        IntervalScope::BetweenRounds => "They are about another run under the same conditions.",
        IntervalScope::WithinRunOnly => "They are about this run only.",
    };
    let versions: Vec<String> = run
        .versions
        .iter()
        .map(|version| format!("{} {}", version.program, version.version))
        .collect();
    vec![
        format!("Intervals: {}. {scope}", interval_note(model)),
        format!(
            "Run {}, seed {}, started {}; {}; meshdelta {}.",
            run.id,
            run.seed,
            run.started_at.format("%Y-%m-%d %H:%M UTC"),
            versions.join(", "),
            run.tool_version
        ),
        format!("The same report: {}", run.report_command),
        format!("The same run again: {}", run.reproduce_command),
    ]
}

/// The part with the notes of a slide.
pub(super) fn part(notes: &[String]) -> String {
    let paragraphs: Vec<String> = notes
        .iter()
        .map(|note| {
            format!(
                "<a:p><a:r><a:rPr lang=\"en-GB\"/><a:t>{}</a:t></a:r></a:p>",
                xml(note)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <p:notes xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
         xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"><p:cSld><p:spTree>\
         <p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>\
         <p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"Slide\"/>\
         <p:cNvSpPr><a:spLocks noGrp=\"1\" noRot=\"1\" noChangeAspect=\"1\"/></p:cNvSpPr>\
         <p:nvPr><p:ph type=\"sldImg\" idx=\"2\"/></p:nvPr></p:nvSpPr><p:spPr/></p:sp>\
         <p:sp><p:nvSpPr><p:cNvPr id=\"3\" name=\"Notes\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr>\
         <p:nvPr><p:ph type=\"body\" sz=\"quarter\" idx=\"3\"/></p:nvPr></p:nvSpPr><p:spPr/>\
         <p:txBody><a:bodyPr/><a:lstStyle/>{}</p:txBody></p:sp>\
         </p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:notes>",
        paragraphs.concat()
    )
}
