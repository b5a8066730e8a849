//! The width of text in the bundled font, in parts of the font size.

use super::canvas::Weight;
use crate::model::Phase;

/// Advance widths of the printable ASCII characters in thousandths of an em, regular.
#[rustfmt::skip]
const REGULAR: [u16; 95] = [
    281, 278, 403, 631, 638, 812, 639, 222, 362, 362, 500, 659, 280, 460, 276, 357, 625, 464, 605, 636, 642, 608, 624, 571,
    616, 624, 276, 280, 659, 659, 659, 507, 936, 676, 651, 727, 719, 598, 587, 743, 740, 264, 543, 652, 562, 889, 753, 761,
    635, 761, 639, 638, 642, 741, 676, 949, 642, 665, 625, 362, 357, 362, 469, 452, 497, 564, 621, 558, 621, 582, 361, 609,
    591, 237, 237, 544, 237, 869, 585, 597, 609, 609, 372, 523, 364, 581, 557, 812, 540, 557, 541, 362, 327, 362, 659,
];

/// The same, semi-bold.
#[rustfmt::skip]
const SEMI_BOLD: [u16; 95] = [
    248, 309, 396, 643, 649, 844, 663, 213, 393, 393, 543, 673, 295, 466, 290, 379, 667, 481, 621, 652, 666, 632, 648, 587,
    646, 648, 290, 295, 673, 673, 673, 544, 999, 724, 657, 744, 724, 608, 586, 755, 744, 275, 561, 677, 566, 906, 741, 775,
    643, 776, 651, 649, 660, 734, 724, 1007, 690, 705, 653, 393, 379, 393, 481, 468, 497, 575, 630, 577, 630, 593, 377, 625,
    613, 261, 261, 569, 261, 898, 610, 608, 625, 625, 397, 549, 380, 608, 576, 837, 562, 576, 562, 393, 358, 393, 673,
];

/// The width of text at a font size.
pub(crate) fn text_width(text: &str, size: f64, weight: Weight) -> f64 {
    let table = match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &SEMI_BOLD,
    };
    let thousandths: f64 = text.chars().map(|letter| advance(table, letter)).sum();
    thousandths * size / 1000.0
}

fn advance(table: &[u16; 95], letter: char) -> f64 {
    let index = (letter as usize).wrapping_sub(0x20);
    match table.get(index) {
        Some(width) => f64::from(*width),
        None if matches!(letter, '\u{2009}' | '\u{202F}') => 182.0,
        None if matches!(letter, '−' | '±' | '×' | '≈' | '≤' | '≥') => 660.0,
        None if matches!(letter, '▲' | '△' | '▼' | '▽' | '→') => 1000.0,
        None if matches!(letter, '■' | '□' | '●' | '○') => 915.0,
        None => 640.0,
    }
}

/// The text, shortened with an ellipsis if it is wider than `width`.
pub(crate) fn fit(text: &str, size: f64, weight: Weight, width: f64) -> String {
    if text_width(text, size, weight) <= width {
        return text.to_owned();
    }
    let mut shortened = String::new();
    for letter in text.chars() {
        shortened.push(letter);
        if text_width(&shortened, size, weight) + 0.7 * size > width {
            shortened.pop();
            break;
        }
    }
    format!("{}…", shortened.trim_end())
}

/// The title of a phase, its id where the title is too wide, or the title shortened.
pub(crate) fn fit_phase(phase: &Phase, size: f64, width: f64) -> String {
    let is_wide = |text: &str| text_width(text, size, Weight::Regular) > width;
    if is_wide(&phase.title) && !is_wide(phase.id.as_str()) {
        return phase.id.as_str().to_owned();
    }
    fit(&phase.title, size, Weight::Regular, width)
}

/// Names of phases that stand in one chart: titles where all fit, ids where one title is too wide, so that no phase looks like another kind.
pub(crate) fn fit_phases(phases: &[&Phase], size: f64, width: f64) -> Vec<String> {
    let fits = |text: &str| text_width(text, size, Weight::Regular) <= width;
    let in_ids = phases.iter().any(|phase| !fits(&phase.title))
        && phases.iter().all(|phase| fits(phase.id.as_str()));
    let name = |phase: &&Phase| {
        if in_ids {
            phase.id.as_str().to_owned()
        } else {
            fit(&phase.title, size, Weight::Regular, width)
        }
    };
    phases.iter().map(name).collect()
}

/// The text in lines no wider than `width`; a word that is wider is shortened.
pub(crate) fn wrap(text: &str, size: f64, weight: Weight, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let joined = match lines.last() {
            Some(line) => format!("{line} {word}"),
            None => word.to_owned(),
        };
        match lines.last_mut() {
            Some(line) if text_width(&joined, size, weight) <= width => *line = joined,
            _ => lines.push(fit(word, size, weight, width)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shortened_to_the_width() {
        let text = fit("Ambient + waypoint", 10.0, Weight::Regular, 60.0);
        assert!(text.ends_with('…'));
        assert!(text_width(&text, 10.0, Weight::Regular) <= 60.0);
        assert_eq!(fit("short", 10.0, Weight::Regular, 60.0), "short");
    }

    #[test]
    fn lines_are_no_wider_than_asked() {
        let lines = wrap("one two three four five six", 10.0, Weight::Bold, 60.0);
        assert!(lines.len() > 1);
        assert_eq!(lines.join(" "), "one two three four five six");
        assert!(
            lines
                .iter()
                .all(|line| text_width(line, 10.0, Weight::Bold) <= 60.0)
        );
    }
}
