//! Labels at the ends of lines, moved apart where they would overlap.

use super::canvas::{Anchor, Canvas, Weight};
use super::layout::Style;
use super::marker::marker;
use super::palette::Ink;
use super::text_width::{fit_phases, text_width};
use crate::model::Phase;

/// A label and where its line ends.
pub(crate) struct LineLabel<'a> {
    pub(crate) phase: &'a Phase,
    pub(crate) end: (f64, f64),
}

/// The width that labels of phases need, at most a part of what there is.
pub(crate) fn labels_width<'a>(
    style: &Style,
    phases: impl Iterator<Item = &'a Phase>,
    most: f64,
) -> f64 {
    let widest = phases
        .map(|phase| text_width(&phase.title, style.label, Weight::Regular))
        .fold(0.0, f64::max);
    (widest + style.label * 2.4).min(most)
}

/// Draws labels in a column to the right of the lines, within `top` and `bottom`.
pub(crate) fn paint(
    canvas: &mut Canvas<'_>,
    style: &Style,
    labels: Vec<LineLabel<'_>>,
    column: (f64, f64),
    within: (f64, f64),
) {
    let mut labels = labels;
    labels.sort_by(|one, other| one.end.1.total_cmp(&other.end.1));
    let wished: Vec<f64> = labels.iter().map(|label| label.end.1).collect();
    let places = spread(&wished, style.label * 1.25, within);
    let (left, right) = column;
    let start = left + style.label * 0.9;
    let text_left = start + style.label * 0.75;
    let phases: Vec<&Phase> = labels.iter().map(|label| label.phase).collect();
    let names = fit_phases(&phases, style.label, right - text_left);
    for ((label, place), name) in labels.iter().zip(places).zip(names) {
        let ink = ink_of(label.phase);
        canvas.line(
            label.end,
            (start - style.marker, place),
            Ink::Grid,
            style.hair,
        );
        marker(
            canvas,
            (start, place),
            style.marker,
            label.phase.colour,
            ink,
        );
        let at = (text_left, place + style.label * 0.35);
        canvas.text(
            &name,
            at,
            style.lettering(text_ink(label.phase), Anchor::Start),
        );
    }
}

/// The ink of a phase: grey when it is invalid.
pub(crate) fn ink_of(phase: &Phase) -> Ink {
    if phase.validity.is_valid() {
        Ink::Phase(phase.colour)
    } else {
        Ink::Hatch
    }
}

/// The ink of the text about a phase.
pub(crate) fn text_ink(phase: &Phase) -> Ink {
    if phase.validity.is_valid() {
        Ink::Text
    } else {
        Ink::Muted
    }
}

/// Moves places (in rising order) apart so that neighbours have a distance, within limits, as near to the wish as can be.
pub(crate) fn spread(wished: &[f64], distance: f64, within: (f64, f64)) -> Vec<f64> {
    let mut places = wished.to_vec();
    let (low, high) = within;
    for index in 0..places.len() {
        let least = if index == 0 {
            low
        } else {
            places[index - 1] + distance
        };
        places[index] = places[index].max(least);
    }
    for index in (0..places.len()).rev() {
        let most = match places.get(index + 1) {
            Some(next) => next - distance,
            None => high,
        };
        places[index] = places[index].min(most);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_their_distance_and_their_order() {
        let places = spread(&[10.0, 11.0, 12.0, 95.0], 10.0, (0.0, 100.0));
        assert!(
            places
                .windows(2)
                .all(|pair| pair[1] - pair[0] >= 10.0 - 1e-9)
        );
        assert!(places.iter().all(|place| *place <= 100.0));
        assert!((places[0] - 10.0).abs() < 1e-9);
    }

    #[test]
    fn labels_at_the_lower_end_move_up() {
        let places = spread(&[98.0, 99.0], 10.0, (0.0, 100.0));
        assert_eq!(places, [90.0, 100.0]);
    }
}
