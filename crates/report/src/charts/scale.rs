//! From values to pixels: linear, logarithmic, and the tail scale of percentile plots.

use crate::number_format::DisplayUnit;

/// How values are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Evenly.
    Linear,
    /// By their logarithm.
    Logarithmic,
}

/// A map from values to pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    spread: Spread,
    values: (f64, f64),
    pixels: (f64, f64),
}

impl Scale {
    /// Maps `values` onto `pixels`; both may run in either direction.
    pub(crate) fn new(spread: Spread, values: (f64, f64), pixels: (f64, f64)) -> Self {
        let (low, mut high) = values;
        if (high - low).abs() < f64::EPSILON * low.abs().max(1e-12) {
            high = low + low.abs().max(1e-6);
        }
        Self {
            spread,
            values: (low, high),
            pixels,
        }
    }

    /// The pixel of a value.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        let part = match self.spread {
            Spread::Linear => (value - low) / (high - low),
            Spread::Logarithmic => (value.max(1e-300) / low).ln() / (high / low).ln(),
        };
        self.pixels.0 + part * (self.pixels.1 - self.pixels.0)
    }

    /// The pixel of a value, held within the scale.
    pub(crate) fn held(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        self.at(value.clamp(low, high))
    }

    /// Whether a value lies on the scale.
    pub(crate) fn contains(&self, value: f64) -> bool {
        let slack = 1e-9 * (self.values.1 - self.values.0);
        value >= self.values.0 - slack && value <= self.values.1 + slack
    }

    /// The ends in values.
    pub(crate) const fn values(&self) -> (f64, f64) {
        self.values
    }

    /// Values for ticks that are round in a unit: those that are round in bytes are not so in MiB.
    pub(crate) fn ticks_in(&self, unit: DisplayUnit, wanted: usize) -> Vec<f64> {
        let factor = unit.scale(1.0);
        let (low, high) = self.values;
        let shown = Self {
            values: (low * factor, high * factor),
            ..*self
        };
        let ticks = shown.ticks(wanted).into_iter();
        ticks.map(|tick| tick / factor).collect()
    }

    /// Round values for ticks, about `wanted` of them.
    pub(crate) fn ticks(&self, wanted: usize) -> Vec<f64> {
        match self.spread {
            Spread::Linear => linear_ticks(self.values, wanted),
            Spread::Logarithmic => logarithmic_ticks(self.values, wanted),
        }
    }
}

/// The place of a quantile on the tail scale: 0 for q=0, 1 for 0.9, 2 for 0.99.
pub(crate) fn tail(quantile: f64) -> f64 {
    -(1.0 - quantile).max(1e-12).log10()
}

/// The quantiles that a percentile axis names, with their labels.
pub(crate) const NAMED_QUANTILES: [(f64, &str); 6] = [
    (0.5, "p50"),
    (0.9, "p90"),
    (0.99, "p99"),
    (0.999, "p99.9"),
    (0.9999, "p99.99"),
    (0.999_99, "p99.999"),
];

/// The largest number of 1, 2, 5 times a power of ten not above `value`.
fn round_step(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let lead = value / power;
    let round = if lead >= 5.0 {
        5.0
    } else if lead >= 2.0 {
        2.0
    } else {
        1.0
    };
    round * power
}

fn linear_ticks((low, high): (f64, f64), wanted: usize) -> Vec<f64> {
    let ideal = (high - low) / wanted.max(1) as f64;
    if ideal <= 0.0 || !ideal.is_finite() {
        return vec![low];
    }
    let mut step = round_step(ideal);
    while (high - low) / step > wanted as f64 + 1.0 {
        step = round_step(step * 2.6);
    }
    let first = (low / step).ceil();
    (0..100)
        .map(|index| (first + f64::from(index)) * step)
        .take_while(|tick| *tick <= high + step * 1e-9)
        .collect()
}

fn logarithmic_ticks((low, high): (f64, f64), wanted: usize) -> Vec<f64> {
    let all: Vec<f64> = (-12..12)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|lead| lead * 10_f64.powi(power)))
        .filter(|tick| *tick >= low * (1.0 - 1e-9) && *tick <= high * (1.0 + 1e-9))
        .collect();
    if all.len() <= wanted.max(3) {
        if all.len() < 2 {
            return linear_ticks((low, high), wanted);
        }
        return all;
    }
    all.into_iter()
        .filter(|tick| {
            let power = tick.log10();
            (power - power.round()).abs() < 1e-9
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_ticks_are_round_and_few() {
        let scale = Scale::new(Spread::Linear, (-0.13, 1.42), (0.0, 100.0));
        let ticks = scale.ticks(5);
        assert!(ticks.len() >= 3 && ticks.len() <= 6, "{ticks:?}");
        assert!(ticks.iter().any(|tick| tick.abs() < 1e-12));
    }

    #[test]
    fn ticks_are_round_in_the_unit_that_is_shown() {
        let mebibyte = 1_048_576.0;
        let scale = Scale::new(
            Spread::Linear,
            (-11.0 * mebibyte, 18.0 * mebibyte),
            (0.0, 100.0),
        );
        let shown: Vec<f64> = scale
            .ticks_in(DisplayUnit::Mebibytes, 4)
            .iter()
            .map(|tick| tick / mebibyte)
            .collect();
        assert_eq!(shown, [-10.0, 0.0, 10.0]);
    }

    #[test]
    fn logarithmic_ticks_are_one_two_five() {
        let scale = Scale::new(Spread::Logarithmic, (0.000_8, 0.011), (0.0, 100.0));
        let rounded: Vec<String> = scale
            .ticks(6)
            .iter()
            .map(|tick| format!("{tick:.3}"))
            .collect();
        assert_eq!(rounded, ["0.001", "0.002", "0.005", "0.010"]);
    }

    #[test]
    fn a_scale_of_no_width_still_maps_to_finite_pixels() {
        let scale = Scale::new(Spread::Linear, (0.0, 0.0), (0.0, 100.0));
        assert!(scale.at(0.0).is_finite());
        assert!(!scale.ticks(4).is_empty());
    }
}
