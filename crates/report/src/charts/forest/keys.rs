//! The heads of the panels, and the keys that name the two bands.

use super::panel::ForestPanel;
use crate::charts::canvas::{Anchor, Area, Canvas, Weight};
use crate::charts::layout::Style;
use crate::charts::palette::Ink;
use crate::charts::text_width::text_width;

/// The name of the statistic, and what the two bands are.
pub(super) fn paint_head(
    style: &Style,
    canvas: &mut Canvas<'_>,
    are_keys_beside: bool,
    (area, top): (Area, f64),
    panel: &ForestPanel<'_>,
) {
    let baseline = top + style.label * 1.2;
    canvas.text(
        &panel.head,
        (area.left, baseline),
        style.head(Anchor::Start),
    );
    let keys = keys(panel);
    let keys_width: f64 = keys.iter().map(|key| key_width(style, &key.text)).sum();
    let (mut x, mut y) = if are_keys_beside {
        (area.right - keys_width, baseline)
    } else {
        (area.left, baseline + style.tick * 1.5)
    };
    for key in keys {
        paint_key(style, canvas, &key, (x, y));
        if are_keys_beside {
            x += key_width(style, &key.text);
        } else {
            y += style.tick * 1.4;
        }
    }
}

fn paint_key(style: &Style, canvas: &mut Canvas<'_>, key: &Key, (x, y): (f64, f64)) {
    let size = style.tick * 0.9;
    let swatch = Area::new(x, y - size * 0.85, x + size * 1.6, y + size * 0.15);
    if key.is_hatched {
        canvas.hatch(swatch, style.tick * 0.35, style.hair * 0.8);
    } else {
        canvas.fill(swatch, Ink::Band, 1.0);
    }
    let at = (swatch.right + style.tick * 0.5, y);
    canvas.text(&key.text, at, style.note(Anchor::Start));
}

/// The width that both need on one line.
pub(super) fn head_and_keys_width(style: &Style, panel: &ForestPanel<'_>) -> f64 {
    let keys: f64 = keys(panel)
        .iter()
        .map(|key| key_width(style, &key.text))
        .sum();
    text_width(&panel.head, style.label, Weight::Bold) + style.label * 2.0 + keys
}

struct Key {
    text: String,
    is_hatched: bool,
}

fn key_width(style: &Style, text: &str) -> f64 {
    text_width(text, style.tick, Weight::Regular) + style.tick * 3.2
}

fn keys(panel: &ForestPanel<'_>) -> Vec<Key> {
    let key = |name: &str, size: &str, is_hatched| Key {
        text: format!("{name}: ±{size}"),
        is_hatched,
    };
    let margin = panel
        .margin
        .iter()
        .map(|(_, size)| key("no practical effect", size, false));
    let floor = panel
        .noise_floor
        .iter()
        .map(|(_, size)| key("noise floor", size, true));
    margin.chain(floor).collect()
}
