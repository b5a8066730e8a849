use proptest::prelude::*;

use super::*;

fn milliseconds(value: f64, interval: Option<(f64, f64)>) -> String {
    number_text(DisplayUnit::Milliseconds, Sign::Always, value, interval).to_string()
}

#[test]
fn two_digits_of_the_half_width_set_the_digits() {
    let text = milliseconds(0.000_283_47, Some((0.000_251_2, 0.000_315_3)));
    assert_eq!(text, "+0.283\u{2009}ms [0.251, 0.315]");
    let text = milliseconds(0.012_3, Some((0.002, 0.022_6)));
    assert_eq!(text, "+12\u{2009}ms [2, 23]");
    let text = milliseconds(1.234, Some((1.0, 1.468)));
    assert_eq!(text, "+1230\u{2009}ms [1000, 1470]");
}

#[test]
fn a_half_width_that_rounds_up_loses_a_digit() {
    let text = milliseconds(0.000_5, Some((0.000_400_4, 0.000_599_6)));
    assert_eq!(text, "+0.50\u{2009}ms [0.40, 0.60]");
}

#[test]
fn negative_numbers_have_a_real_minus_and_zero_has_no_sign() {
    let text = milliseconds(-0.000_02, Some((-0.000_08, 0.000_04)));
    assert_eq!(text, "−0.020\u{2009}ms [−0.080, 0.040]");
    assert_eq!(
        milliseconds(-1e-9, Some((-0.1, 0.1))),
        "0\u{2009}ms [−100, 100]"
    );
}

#[test]
fn an_interval_that_excludes_zero_does_not_seem_to_touch_it() {
    let text = milliseconds(0.002_8, Some((0.000_04, 0.006_8)));
    assert_eq!(text, "+2.80\u{2009}ms [0.04, 6.80]");
    let text = milliseconds(0.002_8, Some((-0.000_04, 0.006_8)));
    assert_eq!(text, "+2.8\u{2009}ms [0.0, 6.8]");
}

#[test]
fn a_number_without_interval_has_three_digits() {
    assert_eq!(milliseconds(0.012_345, None), "+12.3\u{2009}ms");
    assert_eq!(milliseconds(0.0, None), "0\u{2009}ms");
}

#[test]
fn an_interval_of_no_width_does_not_invent_digits() {
    assert_eq!(
        milliseconds(0.001_5, Some((0.001_5, 0.001_5))),
        "+1.50\u{2009}ms [1.50, 1.50]"
    );
}

#[test]
fn a_column_chooses_its_unit_by_its_largest_number() {
    assert_eq!(
        DisplayUnit::for_times([2e-5, 9e-5]),
        DisplayUnit::Microseconds
    );
    assert_eq!(
        DisplayUnit::for_times([2e-5, -3e-4]),
        DisplayUnit::Milliseconds
    );
    assert_eq!(DisplayUnit::for_times([0.2, 1.5]), DisplayUnit::Seconds);
    assert_eq!(DisplayUnit::for_times([]), DisplayUnit::Microseconds);
    assert_eq!(DisplayUnit::for_memory([5e8]), DisplayUnit::Mebibytes);
}

#[test]
fn counts_are_grouped() {
    assert_eq!(count_text(0), "0");
    assert_eq!(count_text(999), "999");
    assert_eq!(count_text(1_234_567), "1\u{2009}234\u{2009}567");
}

proptest! {
    #[test]
    fn the_value_and_both_ends_have_the_same_decimals(
        value in -10.0_f64..10.0,
        half_width in 1e-6_f64..5.0,
    ) {
        let text = number_text(
            DisplayUnit::Milliseconds,
            Sign::Always,
            value,
            Some((value - half_width, value + half_width)),
        );
        let (lower, upper) = text.interval.clone().unwrap();
        let decimals = |number: &str| number.split_once('.').map_or(0, |(_, digits)| digits.len());
        prop_assert_eq!(decimals(&text.value), decimals(&lower));
        prop_assert_eq!(decimals(&text.value), decimals(&upper));
    }
}

#[test]
fn a_value_is_not_rounded_away_by_a_very_wide_interval() {
    // The 99th percentile of a real run of two rounds.
    let text = number_text(
        DisplayUnit::Milliseconds,
        Sign::NegativeOnly,
        0.013_697,
        Some((5.0e-7, 375.53)),
    );
    assert_eq!(text.value, "14");
    // Where zero is in the interval, that it may be none is what is known.
    let text = number_text(
        DisplayUnit::Milliseconds,
        Sign::NegativeOnly,
        0.013_697,
        Some((-1.0, 375.53)),
    );
    assert_eq!(text.value, "0");
}
