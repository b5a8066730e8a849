//! Whether something moved that should have stood still: the baseline over rounds, values along a round, a slot over time.
//!
//! `docs/statistics.md`, "Data-quality gates". Each test is a slope with a t interval on the scale of the analysis.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::distribution::t_critical;
use crate::experiment::{Metric, NoiseFloor, Prepared, PreparedSlot, Scale, Table, log_quantile};
use crate::interval::{
    MAXIMUM_AUTOCORRELATION, MINIMUM_DEGREES, Span, TwoWayFit, TwoWaySlot, fit_two_way, mean,
};
use crate::units::{LogRatio, PhaseName, Round, SlotPosition};

/// A change over one slot of less than 2 % is no finding.
const SMALLEST_DRIFT: f64 = 0.02;

/// Fewer cells than this are not tested for a slope.
const MINIMUM_CELLS: usize = 8;

/// A slope with its interval, on the scale of the analysis per step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TrendTest {
    /// The change per step: a logarithm of a ratio, or a difference in the unit of the metric.
    pub slope: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Degrees of freedom.
    pub degrees_of_freedom: f64,
    /// The 95 % interval.
    pub interval: Span,
    /// Whether it excludes zero.
    pub found: bool,
}

/// What moved in one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftReport {
    /// The metric.
    pub metric: Metric,
    /// The scale of the slopes.
    pub scale: Scale,
    /// The baseline from round to round; needs three rounds.
    pub baseline_over_rounds: Option<TrendTest>,
    /// All phases from place to place within a round, with rounds and phases held fixed.
    pub order_within_round: Option<TrendTest>,
    /// The last baseline of a round against its first.
    pub baseline_repeat: Option<NoiseFloor>,
}

/// The movement of the median within one slot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stationarity {
    /// The round.
    pub round: Round,
    /// The place within the round.
    pub position: SlotPosition,
    /// The phase.
    pub phase: PhaseName,
    /// The change from the first to the last cell, by the fitted slope.
    pub drift: LogRatio,
    /// Its standard error, inflated for autocorrelation.
    pub standard_error: f64,
    /// Whether it exceeds both 2 % and what chance does in one slot of twenty.
    pub found: bool,
}

/// Tests one metric for drift and order effects.
pub(crate) fn drift_report(
    metric: &Metric,
    table: &Table,
    noise_floor: Option<&NoiseFloor>,
) -> DriftReport {
    DriftReport {
        metric: metric.clone(),
        scale: table.scale,
        baseline_over_rounds: baseline_trend(table),
        order_within_round: order_effect(table),
        baseline_repeat: noise_floor.cloned(),
    }
}

fn baseline_trend(table: &Table) -> Option<TrendTest> {
    let entries: Vec<_> = table.of_phase(0).collect();
    let rounds: Vec<(f64, f64)> = entries
        .chunk_by(|left, right| left.round == right.round)
        .map(|round| {
            let values: Vec<f64> = round.iter().map(|entry| entry.value).collect();
            (f64::from(round[0].round.0), mean(&values))
        })
        .collect();
    let steps = rounds.iter().map(|&(round, _)| round).collect::<Vec<_>>();
    let values = rounds.iter().map(|&(_, value)| value).collect::<Vec<_>>();
    slope_test(
        &centered(&steps),
        &centered(&values),
        rounds.len().checked_sub(2)?,
    )
}

/// Regresses what rounds and phases leave of the values on what they leave of the places (Frisch-Waugh-Lovell).
fn order_effect(table: &Table) -> Option<TrendTest> {
    let usable: Vec<_> = table
        .entries
        .iter()
        .filter(|entry| !table.failures.contains_key(&entry.phase))
        .collect();
    let rounds: Vec<Round> = usable
        .iter()
        .map(|entry| entry.round)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let fit = |value: &dyn Fn(usize) -> f64| -> TwoWayFit {
        let slots: Vec<TwoWaySlot> = usable
            .iter()
            .enumerate()
            .map(|(place, entry)| TwoWaySlot {
                round: rounds.binary_search(&entry.round).unwrap_or(0),
                phase: entry.phase,
                value: value(place),
            })
            .collect();
        fit_two_way(&slots)
    };
    let values = fit(&|place| usable[place].value);
    let places = fit(&|place| f64::from(usable[place].position.0));
    slope_test(
        &places.residuals,
        &values.residuals,
        values.degrees_of_freedom.checked_sub(1)?,
    )
}

/// Fits `y = slope x` to centred numbers.
fn slope_test(x: &[f64], y: &[f64], degrees: usize) -> Option<TrendTest> {
    let squares: f64 = x.iter().map(|x| x * x).sum();
    if degrees == 0 || squares < 1e-9 {
        return None;
    }
    let slope = x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / squares;
    let residual: f64 = x.iter().zip(y).map(|(x, y)| (y - slope * x).powi(2)).sum();
    let degrees_of_freedom = degrees as f64;
    let standard_error = (residual / degrees_of_freedom / squares).sqrt();
    let interval = Span::around(slope, t_critical(0.95, degrees_of_freedom) * standard_error);
    // Values that agree but for rounding have a slope that is rounding.
    let found = interval.excludes_zero() && standard_error > 1e-12;
    Some(TrendTest {
        slope,
        standard_error,
        degrees_of_freedom,
        interval,
        found,
    })
}

fn centered(values: &[f64]) -> Vec<f64> {
    let center = mean(values);
    values.iter().map(|value| value - center).collect()
}

/// Tests the median of every slot for a slope over its cells.
pub(crate) fn stationarity(prepared: &Prepared) -> Vec<Stationarity> {
    let fits: Vec<(&PreparedSlot, SlotTrend)> = prepared
        .slots
        .iter()
        .filter_map(|slot| {
            let grid = &slot.grid;
            let medians: Option<Vec<f64>> = (0..grid.cells.len())
                .map(|cell| log_quantile(grid, grid.row(cell), 0.5))
                .collect();
            Some((slot, slot_trend(&medians?)?))
        })
        .collect();
    // One slot is too short to tell its autocorrelation; all slots of a run are not.
    let autocorrelation = mean(
        &fits
            .iter()
            .map(|(_, trend)| trend.autocorrelation)
            .collect::<Vec<_>>(),
    )
    .clamp(0.0, MAXIMUM_AUTOCORRELATION);
    fits.into_iter()
        .map(|(slot, trend)| {
            let drift = trend.drift(autocorrelation);
            Stationarity {
                round: slot.measurement.round,
                position: slot.measurement.position,
                phase: slot.measurement.phase.clone(),
                drift: LogRatio(drift.change),
                standard_error: drift.standard_error,
                found: drift.is_found(),
            }
        })
        .collect()
}

/// A slope over the cells of a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SlotTrend {
    slope: f64,
    standard_error: f64,
    cells: f64,
    /// Of what the slope leaves, corrected for the length of the slot.
    autocorrelation: f64,
}

/// The fitted change over all cells of a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SlotDrift {
    change: f64,
    standard_error: f64,
    degrees_of_freedom: f64,
}

impl SlotTrend {
    /// Returns the change from the first cell to the last, its error inflated for AR(1) noise.
    fn drift(self, autocorrelation: f64) -> SlotDrift {
        let inflation = (1.0 + autocorrelation) / (1.0 - autocorrelation);
        let steps = self.cells - 1.0;
        SlotDrift {
            change: self.slope * steps,
            standard_error: self.standard_error * inflation.sqrt() * steps,
            degrees_of_freedom: (self.cells / inflation - 2.0).max(MINIMUM_DEGREES),
        }
    }
}

impl SlotDrift {
    fn is_found(&self) -> bool {
        let critical = t_critical(0.95, self.degrees_of_freedom);
        self.change.abs() > SMALLEST_DRIFT.ln_1p().max(critical * self.standard_error)
    }
}

/// Fits a slope to the medians of a slot's cells.
///
/// Around a line, `T` values look less correlated than they are by about `(2 + 4ρ)/T` (Marriott & Pope 1954).
fn slot_trend(medians: &[f64]) -> Option<SlotTrend> {
    if medians.len() < MINIMUM_CELLS {
        return None;
    }
    let cells = medians.len() as f64;
    let times = centered(
        &(0..medians.len())
            .map(|cell| cell as f64)
            .collect::<Vec<_>>(),
    );
    let values = centered(medians);
    let trend = slope_test(&times, &values, medians.len() - 2)?;
    let residuals: Vec<f64> = times
        .iter()
        .zip(&values)
        .map(|(x, y)| y - trend.slope * x)
        .collect();
    let squares: f64 = residuals.iter().map(|residual| residual.powi(2)).sum();
    let products: f64 = residuals.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let raw = if squares > 0.0 {
        products / squares
    } else {
        0.0
    };
    Some(SlotTrend {
        slope: trend.slope,
        standard_error: trend.standard_error,
        cells,
        autocorrelation: raw + (2.0 + 4.0 * raw) / cells,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_trend_is_found_and_noise_is_not() {
        let wobble = [
            0.01, -0.02, 0.015, -0.005, 0.012, -0.018, 0.004, 0.002, -0.011, 0.009, -0.013, 0.016,
        ];
        let rising: Vec<f64> = wobble
            .iter()
            .enumerate()
            .map(|(cell, noise)| noise + 0.01 * cell as f64)
            .collect();
        let drift = slot_trend(&rising).unwrap().drift(0.0);
        assert!((drift.change - 0.11).abs() < 0.03, "{drift:?}");
        assert!(drift.is_found(), "{drift:?}");
        assert!(!slot_trend(&rising).unwrap().drift(0.95).is_found());
        let drift = slot_trend(&wobble).unwrap().drift(0.0);
        assert!(!drift.is_found(), "{drift:?}");
        assert_eq!(slot_trend(&wobble[..7]), None);
    }

    #[test]
    fn a_slope_has_its_textbook_error() {
        // y = x + (0.1, -0.2, 0.1): slope 1, residual sum of squares 0.06, one degree of freedom, Sxx = 2.
        let test = slope_test(&[-1.0, 0.0, 1.0], &[-0.9, -0.2, 1.1], 1).unwrap();
        assert!((test.slope - 1.0).abs() < 1e-12);
        assert!((test.standard_error - 0.03_f64.sqrt()).abs() < 1e-12);
        assert!(!test.found);
    }
}
