//! Small texts that more than one part of the analysis writes.

use meshdelta_run::SlotId;

use crate::number_format::{THIN_SPACE, count_text, fixed_text};

/// A share as a percentage with so many decimals.
pub(crate) fn percent(share: f64, decimals: i32) -> String {
    format!("{}{THIN_SPACE}%", fixed_text(share * 100.0, decimals))
}

/// A small share as a percentage with about two significant digits.
pub(super) fn small_percent(share: f64) -> String {
    let percent_value = (share * 100.0).abs();
    let decimals = match percent_value {
        value if value == 0.0 || value >= 10.0 => 0,
        value if value >= 1.0 => 1,
        value if value >= 0.1 => 2,
        value if value >= 0.01 => 3,
        _ => 4,
    };
    percent(share, decimals)
}

/// A change as a percentage, with a decimal where it is small enough to matter.
pub(super) fn change(relative: f64) -> String {
    percent(relative, i32::from(relative.abs() < 0.1))
}

/// "3 of 1,200 requests (0.25 %)".
pub(super) fn part(count: u64, all: u64, noun: &str) -> String {
    let share = ratio(count, all);
    format!(
        "{} of {} {noun} ({})",
        count_text(count),
        count_text(all),
        small_percent(share)
    )
}

/// A share of a whole; 0 of nothing.
pub(super) fn ratio(count: u64, all: u64) -> f64 {
    if all == 0 {
        0.0
    } else {
        count as f64 / all as f64
    }
}

/// The slots as a list: "round 1 slot 2, round 3 slot 4".
pub(super) fn slot_list(slots: impl IntoIterator<Item = SlotId>) -> String {
    let slots: Vec<String> = slots.into_iter().map(|slot| slot.to_string()).collect();
    slots.join(", ")
}

/// "1 round", "3 rounds".
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count_text(count))
}
