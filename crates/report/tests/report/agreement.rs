//! The same number is the same text everywhere.

use crate::fixture;
use meshdelta_report::model::{ReportModel, Statistic};
use meshdelta_report::number_format::{DisplayUnit, Sign, number_text};
use meshdelta_report::{
    ChartKind, ChartOptions, Colour, Preset, TemplateSource, render_chart, render_html,
    render_markdown, render_terminal,
};

/// Value and bracket of each overhead at the primary statistics.
fn numbers(model: &ReportModel) -> Vec<(String, String)> {
    Statistic::PRIMARY
        .into_iter()
        .flat_map(|statistic| model.treatments().map(move |phase| (phase, statistic)))
        .map(|(phase, statistic)| {
            let overhead = model.overhead(&phase.id, statistic).unwrap();
            let ends = overhead.interval().unwrap().absolute_seconds;
            let text = number_text(
                DisplayUnit::Milliseconds,
                Sign::Always,
                overhead.point().unwrap().absolute_seconds.get(),
                Some((ends.lower.get(), ends.upper.get())),
            );
            (text.value.clone(), text.bracket().unwrap())
        })
        .collect()
}

#[test]
fn every_output_shows_the_same_overheads() {
    let model = fixture::five_phases();
    let outputs = [
        render_html(&model, &TemplateSource::Embedded).unwrap(),
        // Brackets are escaped in Markdown.
        render_markdown(&model).replace('\\', ""),
        render_terminal(&model, 80, Colour::Off),
        render_chart(
            &model,
            ChartKind::Overheads,
            &ChartOptions::preset(Preset::Slide),
        )
        .unwrap(),
    ];
    for (value, bracket) in numbers(&model) {
        for output in &outputs {
            assert!(output.contains(&value), "{value} is not in {output:.300}");
            assert!(
                output.contains(&bracket),
                "{bracket} is not in {output:.300}"
            );
        }
    }
}

#[test]
fn the_answer_is_made_of_the_same_numbers() {
    let model = fixture::five_phases();
    let answer = format!("{} {}", model.answer.body, model.answer.tail);
    for (value, bracket) in numbers(&model) {
        let value = value.trim_start_matches('+');
        let range = bracket.trim_matches(['[', ']']).replace(", ", " to ");
        assert!(answer.contains(value), "{value} is not in {answer}");
        assert!(answer.contains(&range), "{range} is not in {answer}");
    }
}

#[test]
fn the_answer_follows_the_numbers() {
    let mut model = fixture::five_phases();
    let before = model.answer.clone();
    model.overheads.iter_mut().for_each(|overhead| {
        overhead.verdict = meshdelta_report::model::Verdict::Inconclusive;
    });
    model.write_texts();
    assert_ne!(model.answer, before);
    assert!(
        model.answer.body.contains("Sidecar is undecided"),
        "{}",
        model.answer.body
    );
    assert_eq!(model.findings.overheads, "What each phase adds to latency");
}
