//! Numbers as text: digits by uncertainty, one unit for a column, a real minus sign.
//!
//! Two significant digits of the half-width of an interval set the digits of the value and of the interval:
//! `+0.283 ms [0.251, 0.315]`. Every output takes its numbers from here, so the same number is the same text everywhere.

mod unit;

use std::fmt;

pub use unit::DisplayUnit;

/// The sign in front of a negative number.
pub const MINUS: char = '\u{2212}';
/// The space between a number and its unit.
pub const THIN_SPACE: char = '\u{2009}';
/// The significant digits of a number that has no interval.
const DIGITS_WITHOUT_INTERVAL: i32 = 3;
/// More decimals than this are noise whatever the interval says.
const MOST_DECIMALS: i32 = 9;

/// Whether positive numbers carry a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Only negative numbers do: for values.
    NegativeOnly,
    /// All but zero do: for differences.
    Always,
}

/// The text of a number with its interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberText {
    /// The value, without the unit.
    pub value: String,
    /// The ends of the interval, without the unit.
    pub interval: Option<(String, String)>,
    /// The unit.
    pub unit: DisplayUnit,
}

impl NumberText {
    /// The value with its unit: `+0.283 ms`.
    pub fn value_with_unit(&self) -> String {
        self.unit.attach(&self.value)
    }

    /// The interval in brackets: `[0.251, 0.315]`.
    pub fn bracket(&self) -> Option<String> {
        self.interval
            .as_ref()
            .map(|(lower, upper)| format!("[{lower}, {upper}]"))
    }

    /// The interval in a sentence: `0.251 to 0.315`.
    pub fn range(&self) -> Option<String> {
        self.interval
            .as_ref()
            .map(|(lower, upper)| format!("{lower} to {upper}"))
    }

    /// The number of digits after the decimal point of the value.
    pub fn decimals(&self) -> usize {
        self.value
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.chars().count())
    }
}

impl fmt::Display for NumberText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.value_with_unit())?;
        match self.bracket() {
            Some(bracket) => write!(formatter, " {bracket}"),
            None => Ok(()),
        }
    }
}

/// Formats a number and its interval, all in the base unit of `unit`.
pub fn number_text(
    unit: DisplayUnit,
    sign: Sign,
    value: f64,
    interval: Option<(f64, f64)>,
) -> NumberText {
    let scaled = unit.scale(value);
    let ends = interval.map(|(lower, upper)| (unit.scale(lower), unit.scale(upper)));
    let decimals = match ends {
        Some(ends) if ends.1 > ends.0 => decimals_of_interval(ends, scaled),
        _ => decimals_for(scaled, DIGITS_WITHOUT_INTERVAL),
    };
    NumberText {
        value: signed(scaled, decimals, sign),
        interval: ends.map(|(lower, upper)| {
            (
                signed(lower, decimals, Sign::NegativeOnly),
                signed(upper, decimals, Sign::NegativeOnly),
            )
        }),
        unit,
    }
}

/// A whole number with thin spaces between groups of three digits.
pub fn count_text(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// A number with a fixed number of decimals and a real minus sign.
pub fn fixed_text(value: f64, decimals: i32) -> String {
    signed(value, decimals, Sign::NegativeOnly)
}

/// Two digits of the half-width; more where an interval that excludes zero would seem to touch it, or its value to be none.
fn decimals_of_interval((lower, upper): (f64, f64), value: f64) -> i32 {
    let decimals = decimals_for(0.5 * (upper - lower), 2);
    let excludes_zero = lower > 0.0 || upper < 0.0;
    if !excludes_zero {
        return decimals;
    }
    let nearest = lower.abs().min(upper.abs());
    let seems_zero = nearest < 0.5 * 10_f64.powi(-decimals);
    let of_interval = if seems_zero {
        (decimals + 2).min(decimals_for(nearest, 1).max(decimals))
    } else {
        decimals
    };
    of_interval.max(decimals_for(value, 2).min(0))
}

/// The decimals that keep `digits` significant digits of a number; negative when it is to be rounded to tens or hundreds.
fn decimals_for(magnitude: f64, digits: i32) -> i32 {
    if magnitude == 0.0 || !magnitude.is_finite() {
        return 0;
    }
    // Rounding first: 0.0996 has two significant digits as 0.10, not as 0.100.
    let precision = usize::try_from(digits - 1).unwrap_or(0);
    let scientific = format!("{:.precision$e}", magnitude.abs());
    let exponent: i32 = scientific
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    (digits - 1 - exponent).min(MOST_DECIMALS)
}

fn signed(value: f64, decimals: i32, sign: Sign) -> String {
    let rounded = if decimals < 0 {
        let step = 10_f64.powi(-decimals);
        (value / step).round() * step
    } else {
        value
    };
    let precision = usize::try_from(decimals).unwrap_or(0);
    let digits = format!("{:.precision$}", rounded.abs());
    let is_zero = digits.chars().all(|digit| digit == '0' || digit == '.');
    match (is_zero, value < 0.0, sign) {
        (false, true, _) => format!("{MINUS}{digits}"),
        (false, false, Sign::Always) => format!("+{digits}"),
        _ => digits,
    }
}

#[cfg(test)]
mod tests;
