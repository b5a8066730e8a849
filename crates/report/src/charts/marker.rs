//! Markers: the shape says the family, hollow says L7.

use super::canvas::Canvas;
use super::palette::Ink;
use crate::model::ColourSlot;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Circle,
    Square,
    Triangle,
    Wedge,
    Diamond,
}

/// Own phases take these in turn. Their number shares no factor with that of the hues for own phases, so twenty phases differ.
const OWN: [(Shape, bool); 5] = [
    (Shape::Wedge, false),
    (Shape::Circle, true),
    (Shape::Diamond, false),
    (Shape::Wedge, true),
    (Shape::Diamond, true),
];

/// Draws the marker of a phase, with a rim in the colour of the ground so that it stands out from its interval.
pub(crate) fn marker(
    canvas: &mut Canvas<'_>,
    at: (f64, f64),
    radius: f64,
    slot: ColourSlot,
    ink: Ink,
) {
    let (shape, is_hollow) = shape_of(slot);
    let rim = radius * 0.38;
    filled(canvas, shape, at, radius + rim, Ink::Background);
    filled(canvas, shape, at, radius, ink);
    if is_hollow {
        filled(canvas, shape, at, radius * 0.52, Ink::Background);
    }
}

/// The character that stands for the marker in text.
pub(crate) const fn character(slot: ColourSlot) -> &'static str {
    match shape_of(slot) {
        (Shape::Circle, false) => "●",
        (Shape::Circle, true) => "○",
        (Shape::Square, false) => "■",
        (Shape::Square, true) => "□",
        (Shape::Triangle, false) => "▲",
        (Shape::Triangle, true) => "△",
        (Shape::Wedge, false) => "▼",
        (Shape::Wedge, true) => "▽",
        (Shape::Diamond, false) => "◆",
        (Shape::Diamond, true) => "◇",
    }
}

const fn shape_of(slot: ColourSlot) -> (Shape, bool) {
    match slot.index() {
        0 => (Shape::Circle, false),
        1 => (Shape::Square, false),
        2 => (Shape::Square, true),
        3 => (Shape::Triangle, false),
        4 => (Shape::Triangle, true),
        other => OWN[(other - 5) % OWN.len()],
    }
}

fn filled(canvas: &mut Canvas<'_>, shape: Shape, at: (f64, f64), radius: f64, ink: Ink) {
    let (x, y) = at;
    match shape {
        Shape::Circle => canvas.disc(at, radius, ink),
        Shape::Square => {
            let half = radius * 0.9;
            let corners = [
                (x - half, y - half),
                (x + half, y - half),
                (x + half, y + half),
                (x - half, y + half),
            ];
            canvas.polygon(&corners, ink, 1.0);
        }
        Shape::Triangle => {
            let reach = radius * 1.22;
            let corners = [
                (x, y - reach),
                (x + reach * 0.93, y + reach * 0.72),
                (x - reach * 0.93, y + reach * 0.72),
            ];
            canvas.polygon(&corners, ink, 1.0);
        }
        Shape::Wedge => {
            let reach = radius * 1.22;
            let corners = [
                (x, y + reach),
                (x + reach * 0.93, y - reach * 0.72),
                (x - reach * 0.93, y - reach * 0.72),
            ];
            canvas.polygon(&corners, ink, 1.0);
        }
        Shape::Diamond => {
            let reach = radius * 1.25;
            let corners = [
                (x, y - reach),
                (x + reach, y),
                (x, y + reach),
                (x - reach, y),
            ];
            canvas.polygon(&corners, ink, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PhaseId;

    #[test]
    fn twenty_own_phases_differ_from_each_other_and_from_the_built_in_ones() {
        let built_in = ["baseline", "sidecar", "sidecar-l7", "ambient", "ambient-l7"];
        let own = (0..20).map(|place| ColourSlot::for_phase(&PhaseId::new("mine"), place));
        let mut looks: Vec<(usize, &str)> = built_in
            .map(|id| ColourSlot::for_phase(&PhaseId::new(id), 0))
            .into_iter()
            .chain(own)
            .map(|slot| (slot.palette_index(), character(slot)))
            .collect();
        looks.sort_unstable();
        looks.dedup();
        assert_eq!(looks.len(), 25);
    }
}
