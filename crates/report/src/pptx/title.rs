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

pub(super) fn slide(model: &ReportModel) -> Slide {
    let run = &model.run;
    let (title, lines) = fitted_title(&run.title, WIDTH, &SIZES);
    let height = SIZES[0] * LINE * lines as f64;
    let phases: Vec<&str> = model
        .phases
        .iter()
        .map(|phase| phase.title.as_str())
        .collect();
    let mut below = vec![
        Paragraph::new(vec![Run::new(phases.join(" · "), SUBTITLE)], 14.0),
        Paragraph::new(
            vec![
                Run::new(
                    format!(
                        "{}, {}",
                        environment(run.environment),
                        run.started_at.format("%-d %B %Y")
                    ),
                    SUBTITLE,
                )
                .muted(),
            ],
            14.0,
        ),
    ];
    if let Some(caveat) = &run.caveat {
        below.push(Paragraph::of(Run::new(caveat, SUBTITLE).muted()));
    }
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
        notes: notes::origin(model),
    }
    .with_small_print(&small_print(model))
}

const fn environment(kind: EnvironmentKind) -> &'static str {
    match kind {
        EnvironmentKind::Local => "On one machine",
        EnvironmentKind::Kubernetes => "On a Kubernetes cluster",
        EnvironmentKind::Kind => "On a kind cluster",
    }
}
