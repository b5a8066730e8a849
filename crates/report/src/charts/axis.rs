//! Axes: a light grid on the value axis, ticks at 1-2-5, no frame.

use super::canvas::Weight;
use super::canvas::{Anchor, Area, Canvas};
use super::layout::Style;
use super::palette::Ink;
use super::scale::{NAMED_QUANTILES, Scale, tail};
use super::text_width::text_width;
use crate::number_format::{DisplayUnit, MINUS, THIN_SPACE};

/// Labels of ticks, all with the same decimals.
pub(crate) fn tick_labels(ticks: &[f64], unit: DisplayUnit) -> Vec<String> {
    let scaled: Vec<f64> = ticks.iter().map(|tick| unit.scale(*tick)).collect();
    let is_log_like =
        scaled.iter().all(|tick| *tick > 0.0) && scaled.len() > 1 && (scaled[1] / scaled[0]) > 1.9;
    let decimals = if is_log_like {
        None
    } else {
        Some(
            scaled
                .iter()
                .map(|tick| decimals_of(*tick))
                .max()
                .unwrap_or(0),
        )
    };
    scaled
        .iter()
        .map(|tick| label(*tick, decimals.unwrap_or_else(|| decimals_of(*tick))))
        .collect()
}

fn label(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = value.abs() < 1e-12;
    if is_zero {
        "0".to_owned()
    } else if value < 0.0 {
        format!("{MINUS}{text}")
    } else {
        text
    }
}

fn decimals_of(value: f64) -> usize {
    (0..6)
        .find(|decimals| {
            let scaled = value * 10_f64.powi(*decimals);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1e-3)
        })
        .and_then(|decimals| usize::try_from(decimals).ok())
        .unwrap_or(6)
}

/// Vertical grid lines with ticks below; the last label that has room for it carries the unit.
pub(crate) fn horizontal(
    canvas: &mut Canvas<'_>,
    style: &Style,
    area: Area,
    scale: &Scale,
    unit: DisplayUnit,
) {
    let wanted = (area.width() / (style.tick * 5.0)).clamp(2.0, 8.0);
    let ticks = scale.ticks_in(unit, whole(wanted));
    let labels = tick_labels(&ticks, unit);
    let baseline = area.bottom + style.tick * 1.25;
    let mut free_from = f64::NEG_INFINITY;
    let unit = format!("{THIN_SPACE}{}", unit.symbol());
    let unit_width = text_width(&unit, style.tick, Weight::Regular);
    let half_width = |label: &str| text_width(label, style.tick, Weight::Regular) / 2.0;
    let has_room = |(tick, label): (&f64, &String)| {
        scale.at(*tick) + half_width(label) + unit_width <= area.right + style.tick * 2.0
    };
    let carrier = ticks.iter().zip(&labels).rposition(has_room);
    for (index, (tick, label)) in ticks.iter().zip(&labels).enumerate() {
        let x = scale.at(*tick);
        let ink = if tick.abs() < 1e-12 {
            Ink::Muted
        } else {
            Ink::Grid
        };
        canvas.line((x, area.top), (x, area.bottom), ink, style.hair);
        let half = half_width(label);
        if x - half < free_from {
            continue;
        }
        free_from = x + half + style.tick * 0.5;
        canvas.text(label, (x, baseline), style.note(Anchor::Middle));
        if carrier == Some(index) {
            free_from += unit_width;
            canvas.text(&unit, (x + half, baseline), style.note(Anchor::Start));
        }
    }
}

/// Horizontal grid lines with labels on the left; the unit stands at the top one.
pub(crate) fn vertical(
    canvas: &mut Canvas<'_>,
    style: &Style,
    area: Area,
    scale: &Scale,
    unit: DisplayUnit,
) {
    let wanted = (area.height() / (style.tick * 3.2)).clamp(2.0, 8.0);
    let ticks = scale.ticks_in(unit, whole(wanted));
    let labels = tick_labels(&ticks, unit);
    let last = labels.len().saturating_sub(1);
    for (index, (tick, label)) in ticks.iter().zip(&labels).enumerate() {
        let y = scale.at(*tick);
        let ink = if tick.abs() < 1e-12 {
            Ink::Muted
        } else {
            Ink::Grid
        };
        canvas.line((area.left, y), (area.right, y), ink, style.hair);
        let text = if index == last {
            unit.attach(label)
        } else {
            label.clone()
        };
        let at = (area.left - style.tick * 0.5, y + style.tick * 0.35);
        canvas.text(&text, at, style.note(Anchor::End));
    }
}

/// The room that labels of a vertical axis need.
pub(crate) fn vertical_width(style: &Style, scale: &Scale, unit: DisplayUnit) -> f64 {
    let ticks = scale.ticks_in(unit, 8);
    tick_labels(&ticks, unit)
        .iter()
        .map(|label| text_width(&unit.attach(label), style.tick, Weight::Regular))
        .fold(0.0, f64::max)
        + style.tick * 0.7
}

/// Ticks of a percentile axis; no grid, because the other axis has one.
pub(crate) fn percentiles(canvas: &mut Canvas<'_>, style: &Style, area: Area, scale: &Scale) {
    let named: Vec<(f64, &str)> = NAMED_QUANTILES
        .into_iter()
        .map(|(quantile, label)| (tail(quantile), label))
        .filter(|(place, _)| scale.contains(*place))
        .collect();
    let baseline = area.bottom + style.tick * 1.6;
    let mut free_from = f64::NEG_INFINITY;
    for (place, label) in named {
        let x = scale.at(place);
        canvas.line(
            (x, area.bottom),
            (x, area.bottom + style.tick * 0.35),
            Ink::Muted,
            style.hair,
        );
        let half = text_width(label, style.tick, Weight::Regular) / 2.0;
        if x - half >= free_from {
            canvas.text(label, (x, baseline), style.note(Anchor::Middle));
            free_from = x + half + style.tick * 0.5;
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number of ticks is between 2 and 8"
)]
fn whole(count: f64) -> usize {
    count.clamp(2.0, 8.0) as usize
}
