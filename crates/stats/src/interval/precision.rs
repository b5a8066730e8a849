//! A standard error with its degrees of freedom.

use crate::distribution::t_critical;

/// How precisely something is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Precision {
    pub(crate) standard_error: f64,
    pub(crate) degrees_of_freedom: f64,
}

impl Precision {
    /// Returns half the width of a two-sided t interval.
    pub(crate) fn half_width(self, level: f64) -> f64 {
        t_critical(level, self.degrees_of_freedom) * self.standard_error
    }
}

/// Adds independent errors, with the degrees of freedom of Welch and Satterthwaite: `(Σ v)^2 / Σ (v^2 / df)`.
///
/// Every part is (variance, degrees of freedom). `None` when nothing varies.
pub(crate) fn welch(parts: impl IntoIterator<Item = (f64, f64)>) -> Option<Precision> {
    let parts: Vec<(f64, f64)> = parts.into_iter().collect();
    let variance: f64 = parts.iter().map(|&(part, _)| part).sum();
    if !(variance > 0.0 && variance.is_finite()) {
        return None;
    }
    // By shares of the variance, because the square of a large variance may not be finite.
    let weighted: f64 = parts
        .iter()
        .map(|&(part, degrees)| (part / variance).powi(2) / degrees)
        .sum();
    Some(Precision {
        standard_error: variance.sqrt(),
        degrees_of_freedom: weighted.recip(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_add_their_degrees_of_freedom() {
        let sum = welch([(4.0, 3.0), (4.0, 3.0)]).unwrap();
        assert!((sum.standard_error - 8.0_f64.sqrt()).abs() < 1e-15);
        assert!((sum.degrees_of_freedom - 6.0).abs() < 1e-12);
    }

    #[test]
    fn a_dominant_part_brings_its_own_degrees_of_freedom() {
        let sum = welch([(1e6, 3.0), (1e-6, 50.0)]).unwrap();
        assert!((sum.degrees_of_freedom - 3.0).abs() < 1e-9);
        assert_eq!(welch([(0.0, 3.0)]), None);
    }
}
