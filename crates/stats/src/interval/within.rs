//! The standard error of one slot's value from the variation between its cells.
//!
//! `docs/statistics.md`, "Within-phase standard error". The value is linearised (a quantile's error is the error of the
//! distribution function there, divided by the density), and the variance of the mean over cells is inflated for the
//! autocorrelation of neighbouring cells as if they were an AR(1) process.

use serde::Serialize;

/// The greatest autocorrelation that is corrected for; beyond it one slot holds next to no information.
pub(crate) const MAXIMUM_AUTOCORRELATION: f64 = 0.95;

/// Never fewer degrees of freedom than this.
pub(crate) const MINIMUM_DEGREES: f64 = 1.5;

/// The standard error of one slot's value, on the logarithmic scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WithinError {
    /// The standard error.
    pub standard_error: f64,
    /// Its degrees of freedom.
    pub degrees_of_freedom: f64,
    /// The autocorrelation of neighbouring cells, corrected for small samples and limited to 0..0.95.
    pub autocorrelation: f64,
}

/// One cell: its number of observations and the value there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CellValue {
    pub(crate) count: f64,
    pub(crate) value: f64,
}

/// Returns the within-slot error, or `None` when nothing is known to vary.
///
/// `n_t` observations and value `y_t` in cell `t` of `T`; `e_t = (n_t / mean n)(y_t - ȳ)` with `ȳ` weighted by `n_t`;
/// `s^2 = Σ e^2 / (T - 1)`; `ρ = Σ e_t e_{t-1} / Σ e^2`, corrected by `(1 + 3ρ)/T` (Marriott & Pope 1954); variance
/// inflation `V = (1 + ρ)/(1 - ρ)`; `SE = slope sqrt(max(s^2 V / T, independent variance))`; `df = T/V - 1`.
pub(crate) fn within_error(
    cells: &[CellValue],
    slope: f64,
    independent_variance: f64,
) -> Option<WithinError> {
    let cell_count = cells.len() as f64;
    let total: f64 = cells.iter().map(|cell| cell.count).sum();
    if total <= 0.0 || !slope.is_finite() {
        return None;
    }
    let mean = cells
        .iter()
        .map(|cell| cell.count * cell.value)
        .sum::<f64>()
        / total;
    let deviation = |cell: &CellValue| cell.count * cell_count / total * (cell.value - mean);
    let squares: f64 = cells.iter().map(|cell| deviation(cell).powi(2)).sum();
    let products: f64 = cells
        .windows(2)
        .map(|pair| deviation(&pair[0]) * deviation(&pair[1]))
        .sum();
    let raw = if squares > 0.0 {
        products / squares
    } else {
        0.0
    };
    let autocorrelation =
        (raw + (1.0 + 3.0 * raw) / cell_count).clamp(0.0, MAXIMUM_AUTOCORRELATION);
    let inflation = (1.0 + autocorrelation) / (1.0 - autocorrelation);
    let between = if cells.len() > 1 {
        squares / (cell_count - 1.0) * inflation / cell_count
    } else {
        0.0
    };
    let standard_error = slope * between.max(independent_variance).sqrt();
    (standard_error > 0.0 && standard_error.is_finite()).then(|| WithinError {
        standard_error,
        degrees_of_freedom: (cell_count / inflation - 1.0).max(MINIMUM_DEGREES),
        autocorrelation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(values: &[f64]) -> Vec<CellValue> {
        values
            .iter()
            .map(|&value| CellValue {
                count: 100.0,
                value,
            })
            .collect()
    }

    #[test]
    fn the_formula_holds_on_a_worked_example() {
        // e = (-1, 1, 0, 2, -2)/10: Σe² = 0.10, Σ e_t e_{t-1} = -0.05, ρ = -0.5, corrected -0.6, limited to 0.
        let error = within_error(&cells(&[0.4, 0.6, 0.5, 0.7, 0.3]), 2.0, 0.0).unwrap();
        assert_eq!(error.autocorrelation, 0.0);
        assert!((error.standard_error - 2.0 * (0.10_f64 / 4.0 / 5.0).sqrt()).abs() < 1e-15);
        assert!((error.degrees_of_freedom - 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_trend_inflates_the_error_and_costs_degrees_of_freedom() {
        let trend: Vec<f64> = (0..24).map(f64::from).collect();
        let error = within_error(&cells(&trend), 1.0, 0.0).unwrap();
        assert_eq!(error.autocorrelation, MAXIMUM_AUTOCORRELATION);
        assert_eq!(error.degrees_of_freedom, MINIMUM_DEGREES);
        let shuffled: Vec<f64> = (0..24).map(|place| f64::from(place * 7 % 24)).collect();
        assert!(
            within_error(&cells(&shuffled), 1.0, 0.0)
                .unwrap()
                .standard_error
                < error.standard_error / 3.0
        );
    }

    #[test]
    fn the_independent_error_is_the_floor() {
        let flat = within_error(&cells(&[0.1; 10]), 3.0, 0.04).unwrap();
        assert!((flat.standard_error - 0.6).abs() < 1e-12);
        assert_eq!(within_error(&cells(&[0.1; 10]), 3.0, 0.0), None);
        assert_eq!(within_error(&[], 3.0, 0.04), None);
    }

    #[test]
    fn empty_cells_have_no_weight() {
        let mut with_empty = cells(&[0.4, 0.6]);
        with_empty.push(CellValue {
            count: 0.0,
            value: 0.0,
        });
        assert!(
            within_error(&with_empty, 1.0, 0.0)
                .unwrap()
                .standard_error
                .is_finite()
        );
        assert_eq!(
            within_error(
                &[CellValue {
                    count: 0.0,
                    value: 0.0
                }],
                1.0,
                1.0
            ),
            None
        );
    }
}
