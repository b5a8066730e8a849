//! Student's t and the normal distribution, by `statrs`.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Above this the t distribution is the normal one to every digit that is shown.
const NORMAL_FROM: f64 = 1e6;

/// Returns the critical value of a two-sided interval at a level such as 0.95: `t_{1 - (1 - level)/2, df}`.
pub(crate) fn t_critical(level: f64, degrees_of_freedom: f64) -> f64 {
    let probability = f64::midpoint(1.0, level);
    match student(degrees_of_freedom) {
        Some(distribution) => distribution.inverse_cdf(probability),
        None => Normal::standard().inverse_cdf(probability),
    }
}

/// Returns `P(T >= t)`.
pub(crate) fn t_upper_tail(t: f64, degrees_of_freedom: f64) -> f64 {
    match student(degrees_of_freedom) {
        Some(distribution) => distribution.sf(t),
        None => Normal::standard().sf(t),
    }
}

fn student(degrees_of_freedom: f64) -> Option<StudentsT> {
    if degrees_of_freedom < NORMAL_FROM {
        StudentsT::new(0.0, 1.0, degrees_of_freedom).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn critical_values_are_those_of_the_tables() {
        let table = [
            (1.0, 12.706_204_736),
            (2.0, 4.302_652_730),
            (3.0, 3.182_446_305),
            (4.0, 2.776_445_105),
            (5.0, 2.570_581_836),
            (6.0, 2.446_911_851),
            (7.0, 2.364_624_252),
            (9.0, 2.262_157_163),
            (12.0, 2.178_812_830),
        ];
        for (degrees, expected) in table {
            let actual = t_critical(0.95, degrees);
            assert!((actual - expected).abs() < 1e-7, "{degrees}: {actual}");
        }
        assert!((t_critical(0.95, 1e9) - 1.959_963_985).abs() < 1e-8);
        assert!((t_critical(0.9, 5.0) - 2.015_048_373).abs() < 1e-7);
    }

    #[test]
    fn fractional_degrees_lie_between_whole_ones() {
        let between = t_critical(0.95, 1.5);
        assert!(between < t_critical(0.95, 1.0) && between > t_critical(0.95, 2.0));
    }

    #[test]
    fn the_tail_is_that_of_the_critical_value() {
        assert!((t_upper_tail(t_critical(0.95, 4.0), 4.0) - 0.025).abs() < 1e-10);
        assert!((t_upper_tail(0.0, 3.0) - 0.5).abs() < 1e-12);
    }
}
