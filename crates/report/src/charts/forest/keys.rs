//! The heads of the panels, and the keys that name the two bands.

use crate::charts::canvas::{Anchor, Area, Canvas, Weight};
use crate::charts::layout::Scene;
use crate::charts::palette::Ink;
use crate::charts::text_width::text_width;
use crate::model::Statistic;

/// The name of the statistic, and what the two bands are.
pub(super) fn paint_head(
    scene: &Scene<'_>,
    canvas: &mut Canvas<'_>,
    are_keys_beside: bool,
    (area, top): (Area, f64),
    statistic: Statistic,
) {
    let style = &scene.style;
    let baseline = top + style.label * 1.2;
    let head = head(statistic);
    canvas.text(&head, (area.left, baseline), style.head(Anchor::Start));
    let keys = keys(scene, statistic);
    let keys_width: f64 = keys.iter().map(|key| key_width(scene, &key.text)).sum();
    let (mut x, mut y) = if are_keys_beside {
        (area.right - keys_width, baseline)
    } else {
        (area.left, baseline + style.tick * 1.5)
    };
    for key in keys {
        paint_key(scene, canvas, &key, (x, y));
        if are_keys_beside {
            x += key_width(scene, &key.text);
        } else {
            y += style.tick * 1.4;
        }
    }
}

fn paint_key(scene: &Scene<'_>, canvas: &mut Canvas<'_>, key: &Key, (x, y): (f64, f64)) {
    let style = &scene.style;
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

fn head(statistic: Statistic) -> String {
    match statistic {
        Statistic::P50 => "Added to the median (p50)".to_owned(),
        other => format!("Added to {}", other.in_sentence()),
    }
}

/// The width that both need on one line.
pub(super) fn head_and_keys_width(scene: &Scene<'_>, statistic: Statistic) -> f64 {
    let keys: f64 = keys(scene, statistic)
        .iter()
        .map(|key| key_width(scene, &key.text))
        .sum();
    text_width(&head(statistic), scene.style.label, Weight::Bold) + scene.style.label * 2.0 + keys
}

struct Key {
    text: String,
    is_hatched: bool,
}

fn key_width(scene: &Scene<'_>, text: &str) -> f64 {
    text_width(text, scene.style.tick, Weight::Regular) + scene.style.tick * 3.2
}

fn keys(scene: &Scene<'_>, statistic: Statistic) -> Vec<Key> {
    let mut keys = Vec::new();
    let overhead = scene
        .model
        .treatments()
        .find_map(|phase| scene.model.overhead(&phase.id, statistic));
    if let Some(overhead) = overhead {
        let margin = scene.numbers.margin(&overhead.margin);
        keys.push(Key {
            text: format!("no practical effect: ±{margin}"),
            is_hatched: false,
        });
    }
    if let Some(floor) = scene.model.noise_floor(statistic) {
        let floor = scene.numbers.noise_floor(floor);
        keys.push(Key {
            text: format!("noise floor: ±{floor}"),
            is_hatched: true,
        });
    }
    keys
}
