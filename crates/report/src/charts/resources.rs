//! CPU and memory by role: whose is the cost?

use super::Chart;
use super::canvas::{Anchor, Area, Canvas, Weight};
use super::layout::Scene;
use super::line_labels::{ink_of, text_ink};
use super::marker::marker;
use super::scale::{Scale, Spread};
use super::text_width::{fit_phase, text_width, wrap};
use crate::model::{
    Phase, PhaseResources, ReportModel, ResourceMetric, ResourceUse, RoleResources,
};
use crate::number_format::{DisplayUnit, Sign, number_text};

pub(super) const CHART: Chart = Chart {
    height: |scene, width| {
        let columns = Columns::new(scene, width);
        let panel = columns.head + columns.row * rows(scene.model).len() as f64;
        panel * metrics(scene).len() as f64
    },
    paint,
    title: |model| model.findings.resources.clone(),
    description: describe,
};

/// Segments of a bar alternate between these opacities, so that neighbours differ without another hue.
const OPACITIES: [f64; 4] = [1.0, 0.55, 0.8, 0.38];

/// The distance of lines of small letters, in their size.
const LINE: f64 = 1.25;

struct Columns {
    is_stacked: bool,
    label: f64,
    number: f64,
    row: f64,
    head: f64,
}

impl Columns {
    fn new(scene: &Scene<'_>, width: f64) -> Self {
        let style = &scene.style;
        let is_stacked = width < style.label * 46.0;
        let label = scene
            .model
            .phases
            .iter()
            .map(|phase| text_width(&phase.title, style.label, Weight::Regular))
            .fold(0.0, f64::max)
            + style.label * 2.0;
        let label = if is_stacked {
            0.0
        } else {
            label.min(width * 0.3)
        };
        let lines = |metric: &ResourceMetric| {
            let rows = rows(scene.model);
            let lines = rows
                .iter()
                .map(|(_, resources)| role_lines(scene, resources, *metric, width - label).len());
            lines.max().unwrap_or(0)
        };
        let lines = metrics(scene).iter().map(lines).max().unwrap_or(0);
        let more_lines = lines.saturating_sub(1) as f64 * style.tick * LINE;
        Self {
            is_stacked,
            label,
            number: if is_stacked {
                0.0
            } else {
                text_width(
                    "000.0 MiB · +000.0 [000.0, 000.0]",
                    style.label,
                    Weight::Regular,
                )
            },
            row: style.label * if is_stacked { 4.5 } else { 3.1 } + more_lines,
            head: style.label * 2.4,
        }
    }
}

/// A slide has one finding: the headline of cost is CPU time.
fn metrics(scene: &Scene<'_>) -> &'static [ResourceMetric] {
    if scene.style.few_words {
        &[ResourceMetric::CpuPerThousandRequests]
    } else {
        &ResourceMetric::ALL
    }
}

fn rows(model: &ReportModel) -> Vec<(&Phase, &PhaseResources)> {
    model
        .phases
        .iter()
        .filter_map(|phase| Some((phase, model.resources(&phase.id)?)))
        .collect()
}

fn value(used: &ResourceUse, metric: ResourceMetric) -> f64 {
    match metric {
        ResourceMetric::CpuPerThousandRequests => used.cpu_seconds_per_thousand_requests.get(),
        ResourceMetric::MemoryMean => used.memory_mean_bytes.get(),
    }
}

fn unit(scene: &Scene<'_>, metric: ResourceMetric) -> DisplayUnit {
    match metric {
        ResourceMetric::CpuPerThousandRequests => scene.numbers.cpu,
        ResourceMetric::MemoryMean => scene.numbers.memory,
    }
}

fn paint(scene: &Scene<'_>, canvas: &mut Canvas<'_>, area: Area) {
    let mut columns = Columns::new(scene, area.width());
    let metrics = metrics(scene);
    let panel = area.height() / metrics.len() as f64;
    let count = rows(scene.model).len().max(1) as f64;
    columns.row = ((panel - columns.head) / count).min(columns.row * 1.6);
    for (index, metric) in metrics.iter().enumerate() {
        let top = area.top + panel * index as f64;
        paint_panel(scene, canvas, &columns, area, top, *metric);
    }
}

fn paint_panel(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    columns: &Columns,
    area: Area,
    top: f64,
    metric: ResourceMetric,
) {
    let style = &scene.style;
    let head = match metric {
        ResourceMetric::CpuPerThousandRequests => "CPU time for 1,000 requests",
        ResourceMetric::MemoryMean => "Memory, mean over the measured time",
    };
    canvas.text(
        head,
        (area.left, top + style.label),
        style.head(Anchor::Start),
    );
    let rows = rows(scene.model);
    let largest = rows
        .iter()
        .map(|(_, resources)| {
            counted(resources)
                .map(|role| value(&role.used, metric))
                .sum::<f64>()
        })
        .fold(0.0, f64::max);
    let pixels = (
        area.left + columns.label,
        area.right - columns.number - style.label,
    );
    let scale = Scale::new(Spread::Linear, (0.0, largest.max(1e-12)), pixels);
    for (index, (phase, resources)) in rows.iter().enumerate() {
        let row_top = top + columns.head - style.label * 0.6 + columns.row * index as f64;
        paint_row(
            scene,
            canvas,
            columns,
            (area, row_top),
            &scale,
            phase,
            resources,
            metric,
        );
    }
}

fn counted(resources: &PhaseResources) -> impl Iterator<Item = &RoleResources> {
    resources.roles.iter().filter(|role| role.is_in_total)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one row needs its place and its content"
)]
fn paint_row(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    columns: &Columns,
    (area, top): (Area, f64),
    scale: &Scale,
    phase: &Phase,
    resources: &PhaseResources,
    metric: ResourceMetric,
) {
    let style = &scene.style;
    let text_y = top + style.label * 1.25;
    let bar_top = if columns.is_stacked {
        text_y + style.label * 0.55
    } else {
        top + style.label * 0.35
    };
    let bar_bottom = bar_top + style.label * 1.2;
    let number = number(scene, phase, resources, metric);
    let title_left = area.left + style.label * 1.4;
    let room = if columns.is_stacked {
        area.right - title_left - text_width(&number, style.label, Weight::Regular) - style.label
    } else {
        columns.label - style.label * 1.8
    };
    let at = (area.left + style.label * 0.6, text_y - style.label * 0.35);
    marker(canvas, at, style.marker, phase.colour, ink_of(phase));
    let title = fit_phase(phase, style.label, room);
    canvas.text(
        &title,
        (title_left, text_y),
        style.lettering(text_ink(phase), Anchor::Start),
    );
    canvas.text(
        &number,
        (area.right, text_y),
        style.lettering(text_ink(phase), Anchor::End),
    );
    let mut sum = 0.0;
    for (index, role) in counted(resources).enumerate() {
        let start = scale.at(sum);
        sum += value(&role.used, metric);
        let gap = if index == 0 { 0.0 } else { style.hair };
        let segment = Area::new(
            start + gap,
            bar_top,
            scale.at(sum).max(start + gap),
            bar_bottom,
        );
        canvas.fill(segment, ink_of(phase), OPACITIES[index % OPACITIES.len()]);
    }
    let left = scale.at(0.0);
    let lines = role_lines(scene, resources, metric, area.right - left);
    for (index, line) in lines.iter().enumerate() {
        let y = bar_bottom + style.tick * (1.15 + LINE * index as f64);
        canvas.text(line, (left, y), style.note(Anchor::Start));
    }
}

/// The total, and by how much it is above the baseline.
fn number(
    scene: &Scene<'_>,
    phase: &Phase,
    resources: &PhaseResources,
    metric: ResourceMetric,
) -> String {
    let Some(total) = resources.total.value() else {
        return "not measured".to_owned();
    };
    let total = scene
        .numbers
        .resource_value(metric, value(total, metric))
        .value_with_unit();
    let difference = scene
        .model
        .resource_difference(&phase.id, metric)
        .and_then(|difference| difference.difference.value())
        .map(|value| scene.numbers.resource(value));
    match difference {
        None => total,
        Some(text) => match text.bracket() {
            Some(bracket) => format!("{total} · {} {bracket}", text.value),
            None => format!("{total} · {}", text.value),
        },
    }
}

/// The roles in the order of the segments, with their values.
fn role_list(scene: &Scene<'_>, resources: &PhaseResources, metric: ResourceMetric) -> String {
    let unit = unit(scene, metric);
    counted(resources)
        .map(|role| {
            let used = value(&role.used, metric);
            let number = number_text(unit, Sign::NegativeOnly, used, None).value;
            format!("{} {number}", role.title)
        })
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The same on as many lines as it needs.
fn role_lines(
    scene: &Scene<'_>,
    resources: &PhaseResources,
    metric: ResourceMetric,
    width: f64,
) -> Vec<String> {
    let roles = role_list(scene, resources, metric);
    wrap(&roles, scene.style.tick, Weight::Regular, width)
}

fn describe(scene: &Scene<'_>) -> String {
    let mut parts = vec!["CPU time for 1,000 requests and memory by role.".to_owned()];
    for (phase, resources) in rows(scene.model) {
        let numbers: Vec<String> = ResourceMetric::ALL
            .into_iter()
            .map(|metric| number(scene, phase, resources, metric))
            .collect();
        parts.push(format!("{}: {}.", phase.title, numbers.join(", ")));
    }
    parts.join(" ")
}
