//! The forest plot: overheads with intervals, the band of no practical effect and the noise floor.

mod keys;

use self::keys::{head_and_keys_width, paint_head};
use super::Chart;
use super::axis;
use super::canvas::{Anchor, Area, Canvas, Weight};
use super::layout::Scene;
use super::line_labels::{ink_of, text_ink};
use super::marker::marker;
use super::palette::Ink;
use super::scale::{Scale, Spread};
use super::small_print::interval_note;
use super::text_width::{fit_phase, text_width};
use crate::model::{EffectInterval, Overhead, Phase, ReportModel, Statistic, Verdict};
use crate::numbers::ends;

/// The statistics that verdicts in headlines are about.
pub(super) const PRIMARY: Chart = Chart {
    height: |scene, width| height(scene, width, &primary(scene.model)),
    paint: |scene, canvas, area| paint(scene, canvas, area, &primary(scene.model)),
    title: |model| model.findings.overheads.clone(),
    description: |scene| describe(scene, &primary(scene.model)),
};

/// All statistics.
pub(super) const ALL: Chart = Chart {
    height: |scene, width| height(scene, width, &scene.model.statistics()),
    paint: |scene, canvas, area| paint(scene, canvas, area, &scene.model.statistics()),
    title: |_| "Overhead at every statistic".to_owned(),
    description: |scene| describe(scene, &scene.model.statistics()),
};

/// An interval this many times larger than the largest point is cut, with an arrow.
const WIDEST_IN_POINTS: f64 = 3.0;

fn primary(model: &ReportModel) -> Vec<Statistic> {
    let statistics = model.statistics();
    Statistic::PRIMARY
        .into_iter()
        .filter(|statistic| statistics.contains(statistic))
        .collect()
}

/// The parts of a panel in pixels.
struct Columns {
    is_stacked: bool,
    plot: (f64, f64),
    /// Where values end and brackets start.
    value_end: f64,
    row: f64,
    head: f64,
    /// Whether the keys of the bands fit beside the head of every panel.
    are_keys_beside: bool,
}

impl Columns {
    fn new(scene: &Scene<'_>, area_left: f64, width: f64) -> Self {
        let style = &scene.style;
        let label = scene
            .model
            .treatments()
            .map(|phase| text_width(&phase.title, style.label, Weight::Regular))
            .fold(0.0, f64::max)
            + style.label * 2.0;
        let (values, brackets) = number_widths(scene);
        let number = values + brackets + style.label * 1.9;
        let is_stacked = width < label + number + style.label * 14.0;
        let (left, right) = if is_stacked {
            (style.label * 0.5, width - style.label * 0.5)
        } else {
            (label.min(width * 0.3), width - number)
        };
        let are_keys_beside = scene
            .model
            .statistics()
            .into_iter()
            .all(|statistic| head_and_keys_width(scene, statistic) < width);
        Self {
            is_stacked,
            plot: (area_left + left, area_left + right),
            value_end: area_left + width - brackets - style.label * 0.7,
            row: style.label
                * match (is_stacked, style.few_words) {
                    (true, _) => 3.1,
                    (false, true) => 1.6,
                    (false, false) => 1.9,
                },
            head: style.label * if are_keys_beside { 2.2 } else { 4.6 },
            are_keys_beside,
        }
    }

    fn panel_height(&self, scene: &Scene<'_>) -> f64 {
        let rows = scene.model.treatments().count() as f64;
        self.head + rows * self.row + scene.style.tick * 2.6
    }
}

fn height(scene: &Scene<'_>, width: f64, statistics: &[Statistic]) -> f64 {
    Columns::new(scene, 0.0, width).panel_height(scene) * statistics.len() as f64
}

fn paint(scene: &Scene<'_>, canvas: &mut Canvas<'_>, area: Area, statistics: &[Statistic]) {
    let mut columns = Columns::new(scene, area.left, area.width());
    let panels = statistics.len().max(1) as f64;
    let available = area.height() / panels;
    // On a sheet of fixed size rows share what there is.
    let spare = available - columns.panel_height(scene);
    let rows = scene.model.treatments().count().max(1) as f64;
    columns.row = (columns.row + spare / rows).clamp(scene.style.label * 1.2, columns.row * 1.8);
    for (index, statistic) in statistics.iter().enumerate() {
        let top = area.top + available * index as f64;
        paint_panel(scene, canvas, &columns, area, top, *statistic);
    }
}

fn paint_panel(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    columns: &Columns,
    area: Area,
    top: f64,
    statistic: Statistic,
) {
    let rows: Vec<(&Phase, &Overhead)> = scene
        .model
        .treatments()
        .filter_map(|phase| Some((phase, scene.model.overhead(&phase.id, statistic)?)))
        .collect();
    let plot = Area::new(
        columns.plot.0,
        top + columns.head,
        columns.plot.1,
        top + columns.head + columns.row * rows.len() as f64,
    );
    let scale = panel_scale(scene.model, statistic, &rows, columns.plot);
    paint_bands(scene, canvas, plot, &scale, statistic, &rows);
    axis::horizontal(canvas, &scene.style, plot, &scale, scene.numbers.overhead);
    paint_head(
        scene,
        canvas,
        columns.are_keys_beside,
        (area, top),
        statistic,
    );
    for (index, (phase, overhead)) in rows.iter().enumerate() {
        let row_top = plot.top + columns.row * index as f64;
        paint_row(
            scene, canvas, columns, area, &scale, row_top, phase, overhead,
        );
    }
}

/// Zero, all intervals and the band are in view; an interval that dwarfs everything else is cut.
fn panel_scale(
    model: &ReportModel,
    statistic: Statistic,
    rows: &[(&Phase, &Overhead)],
    pixels: (f64, f64),
) -> Scale {
    let mut widest: f64 = 0.0;
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for (_, overhead) in rows {
        let margin = overhead.margin.effect.absolute_seconds.get();
        let point = overhead
            .point()
            .map_or(0.0, |effect| effect.absolute_seconds.get());
        widest = widest.max(point.abs()).max(margin);
        low = low.min(point).min(-margin);
        high = high.max(point).max(margin);
    }
    if let Some(floor) = model.noise_floor(statistic) {
        widest = widest.max(floor.largest.absolute_seconds.get());
    }
    let limit = widest * WIDEST_IN_POINTS;
    for interval in rows
        .iter()
        .flat_map(|(_, overhead)| shown_intervals(overhead))
    {
        let (lower, upper) = ends(&interval.absolute_seconds);
        low = low.min(lower.max(-limit));
        high = high.max(upper.min(limit));
    }
    let room = 0.03 * (high - low);
    Scale::new(Spread::Linear, (low - room, high + room), pixels)
}

fn shown_intervals(overhead: &Overhead) -> Vec<EffectInterval> {
    let simultaneous = overhead
        .estimate
        .value()
        .and_then(|estimate| estimate.simultaneous_interval);
    overhead
        .interval()
        .copied()
        .into_iter()
        .chain(simultaneous)
        .collect()
}

fn paint_bands(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    plot: Area,
    scale: &Scale,
    statistic: Statistic,
    rows: &[(&Phase, &Overhead)],
) {
    if let Some((_, overhead)) = rows.first() {
        let margin = overhead.margin.effect.absolute_seconds.get();
        canvas.fill(strip(plot, scale, margin), Ink::Band, 1.0);
    }
    if let Some(floor) = scene.model.noise_floor(statistic) {
        let band = strip(plot, scale, floor.largest.absolute_seconds.get());
        canvas.hatch(band, scene.style.label * 0.5, scene.style.hair * 0.8);
    }
}

fn strip(plot: Area, scale: &Scale, half_width: f64) -> Area {
    Area::new(
        scale.held(-half_width),
        plot.top,
        scale.held(half_width),
        plot.bottom,
    )
}

#[expect(
    clippy::too_many_arguments,
    reason = "one row needs its place and its content"
)]
fn paint_row(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    columns: &Columns,
    area: Area,
    scale: &Scale,
    top: f64,
    phase: &Phase,
    overhead: &Overhead,
) {
    let style = &scene.style;
    let (text_y, bar_y) = if columns.is_stacked {
        (
            top + style.label * 1.15,
            top + columns.row - style.label * 0.85,
        )
    } else {
        (
            top + columns.row / 2.0 + style.label * 0.35,
            top + columns.row / 2.0,
        )
    };
    if columns.is_stacked {
        // Grid lines must not run through the letters.
        let line = Area::new(area.left, top + 1.0, area.right, text_y + style.label * 0.4);
        canvas.fill(line, Ink::Background, 1.0);
    }
    let at = (area.left + style.label * 0.6, text_y - style.label * 0.35);
    marker(canvas, at, style.marker, phase.colour, ink_of(phase));
    let (value, bracket) = row_number(scene, overhead);
    let number_width = text_width(&value, style.label, Weight::Regular)
        + text_width(&bracket, style.label, Weight::Regular)
        + style.label * 0.5;
    let title_left = area.left + style.label * 1.4;
    let title_room = if columns.is_stacked {
        area.right - number_width - style.label - title_left
    } else {
        columns.plot.0 - title_left - style.label * 0.5
    };
    let title = fit_phase(phase, style.label, title_room);
    let lettering = style.lettering(text_ink(phase), Anchor::Start);
    canvas.text(&title, (title_left, text_y), lettering);
    let lettering = style.lettering(text_ink(phase), Anchor::End);
    canvas.text(&value, (columns.value_end, text_y), lettering);
    let lettering = style.lettering(text_ink(phase), Anchor::Start);
    canvas.text(
        &bracket,
        (columns.value_end + style.label * 0.5, text_y),
        lettering,
    );
    paint_interval(scene, canvas, scale, bar_y, phase, overhead);
}

/// The value with its unit, and the interval in brackets.
fn row_number(scene: &Scene<'_>, overhead: &Overhead) -> (String, String) {
    match scene.numbers.absolute(overhead) {
        None => (Verdict::NotEstimable.words().to_owned(), String::new()),
        Some(text) if overhead.verdict == Verdict::Invalid => {
            (text.value_with_unit(), "invalid".to_owned())
        }
        Some(text) => (text.value_with_unit(), text.bracket().unwrap_or_default()),
    }
}

/// The widths of the values and of the brackets.
fn number_widths(scene: &Scene<'_>) -> (f64, f64) {
    let size = scene.style.label;
    let widths = scene.model.overheads.iter().map(|overhead| {
        let (value, bracket) = row_number(scene, overhead);
        (
            text_width(&value, size, Weight::Regular),
            text_width(&bracket, size, Weight::Regular),
        )
    });
    widths.fold((0.0, 0.0), |widest, width| {
        (f64::max(widest.0, width.0), f64::max(widest.1, width.1))
    })
}

fn paint_interval(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    scale: &Scale,
    y: f64,
    phase: &Phase,
    overhead: &Overhead,
) {
    let style = &scene.style;
    let Some(point) = overhead.point() else {
        return;
    };
    let ink = ink_of(phase);
    let simultaneous = overhead
        .estimate
        .value()
        .and_then(|estimate| estimate.simultaneous_interval);
    if let Some(interval) = simultaneous {
        paint_bar(canvas, scale, y, &interval, (ink, style.hair * 1.2, 1.0));
    }
    if let Some(interval) = overhead.interval() {
        // At least as wide as a line, so that a very precise interval does not vanish behind its marker.
        paint_bar(canvas, scale, y, interval, (ink, style.label * 0.52, 0.5));
    }
    let x = scale.held(point.absolute_seconds.get());
    marker(canvas, (x, y), style.marker * 0.9, phase.colour, ink);
}

fn paint_bar(
    canvas: &mut Canvas<'_>,
    scale: &Scale,
    y: f64,
    interval: &EffectInterval,
    (ink, thickness, opacity): (Ink, f64, f64),
) {
    let (lower, upper) = ends(&interval.absolute_seconds);
    let (left, right) = (scale.held(lower), scale.held(upper));
    let half = thickness / 2.0;
    canvas.fill(Area::new(left, y - half, right, y + half), ink, opacity);
    let head = thickness.max(6.0);
    if !scale.contains(lower) {
        canvas.polygon(
            &[(left - head, y), (left, y - head), (left, y + head)],
            ink,
            1.0,
        );
    }
    if !scale.contains(upper) {
        canvas.polygon(
            &[(right + head, y), (right, y - head), (right, y + head)],
            ink,
            1.0,
        );
    }
}

fn describe(scene: &Scene<'_>, statistics: &[Statistic]) -> String {
    let mut parts = vec![format!(
        "Forest plot of overheads, {}.",
        interval_note(scene.model)
    )];
    for statistic in statistics {
        for phase in scene.model.treatments() {
            let Some(overhead) = scene.model.overhead(&phase.id, *statistic) else {
                continue;
            };
            let number = scene
                .numbers
                .absolute(overhead)
                .map_or_else(|| "no number".to_owned(), |text| text.to_string());
            let words = overhead.verdict.words();
            parts.push(format!(
                "{} {}: {number}, {words}.",
                phase.title,
                statistic.label()
            ));
        }
    }
    parts.join(" ")
}
