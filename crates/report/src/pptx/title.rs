//! The first slide.

use super::notes;
use super::place::{LEFT, Place, WIDTH};
use super::shape::{Placeholder, Shape};
use super::slide::{Layout, Slide};
use super::text::{LINE, Paragraph, Run, fitted_title};
use crate::charts::small_print;
use crate::model::{EnvironmentKind, ReportModel};

const SIZES: [f64; 3] = [88.0, 72.0, 54.0];
const SUBTITLE: f64 = 32.0;
/// Where title and subtitle meet.
const MIDDLE: f64 = 500.0;

pub(crate) fn slide(model: &ReportModel) -> Slide {
    let run = &model.run;
    let phases: Vec<&str> = model
        .phases
        .iter()
        .map(|phase| phase.title.as_str())
        .collect();
    let when = run.started_at.format("%-d %B %Y");
    let mut below = vec![format!("{}, {when}", environment(run.environment))];
    below.extend(run.caveat.clone());
    title_slide(&run.title, &phases.join(" · "), below, notes::origin(model))
        .with_small_print(&small_print(model))
}

/// The slide with the title of the deck, its subject and quieter lines below.
pub(crate) fn title_slide(
    title: &str,
    subject: &str,
    below: Vec<String>,
    notes: Vec<String>,
) -> Slide {
    let (title, lines) = fitted_title(title, WIDTH, &SIZES);
    let height = SIZES[0] * LINE * lines as f64;
    let quiet = below
        .into_iter()
        .map(|text| Run::new(text, SUBTITLE).muted());
    let lines = std::iter::once(Run::new(subject, SUBTITLE)).chain(quiet);
    let below = lines.map(|run| Paragraph::new(vec![run], 14.0)).collect();
    Slide {
        layout: Layout::Title,
        shapes: vec![
            Shape::text(
                Placeholder::DeckTitle,
                Place::new(LEFT, MIDDLE - height, WIDTH, height),
                vec![Paragraph::of(title)],
            ),
            Shape::text(Placeholder::Subtitle, Place::below(MIDDLE + 30.0), below),
        ],
        notes,
    }
}

const fn environment(kind: EnvironmentKind) -> &'static str {
    match kind {
        EnvironmentKind::Local => "On one machine",
        EnvironmentKind::Kubernetes => "On a Kubernetes cluster",
        EnvironmentKind::Kind => "On a kind cluster",
    }
}
