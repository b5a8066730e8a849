//! What to estimate.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::units::{MetricName, Quantile};
use crate::verdict::MinimumEffect;

/// A number that describes the latencies of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// A quantile, in seconds.
    Quantile(Quantile),
    /// The mean, in seconds; exact, because it is sum over count.
    Mean,
}

impl Statistic {
    /// Returns the smallest effect that matters by default.
    pub fn default_minimum_effect(self) -> MinimumEffect {
        match self {
            Self::Quantile(q) => MinimumEffect::quantile(q),
            Self::Mean => MinimumEffect::mean(),
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quantile(q) => q.fmt(formatter),
            Self::Mean => formatter.write_str("mean"),
        }
    }
}

/// Anything that has one value per slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// A statistic of the latencies.
    Latency(Statistic),
    /// A scalar that the caller measured.
    Scalar(MetricName),
}

impl fmt::Display for Metric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(statistic) => statistic.fmt(formatter),
            Self::Scalar(name) => name.fmt(formatter),
        }
    }
}

impl From<Quantile> for Metric {
    fn from(q: Quantile) -> Self {
        Self::Latency(Statistic::Quantile(q))
    }
}

/// A scalar metric: CPU seconds per 1,000 requests, bytes of memory, ...
#[derive(Clone, Debug, PartialEq)]
pub struct ScalarMetric {
    /// Its name in [`SlotMeasurement::scalars`](super::SlotMeasurement::scalars).
    pub name: MetricName,
    /// The smallest effect that matters.
    pub minimum_effect: MinimumEffect,
}

/// What to estimate, and what matters.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisSettings {
    /// Statistics of the latencies.
    pub statistics: Vec<Statistic>,
    /// Scalar metrics.
    pub scalars: Vec<ScalarMetric>,
    /// Smallest effects that matter, where they are not the default.
    pub minimum_effects: BTreeMap<Statistic, MinimumEffect>,
    /// Whether to compute shift functions and spectra, which cost more than all else.
    pub shift_functions: bool,
    /// What changing to another phase costs, in units of one cell of measurement; `None` leaves out the advice on length.
    pub switch_cost_in_cells: Option<f64>,
}

impl Default for AnalysisSettings {
    fn default() -> Self {
        let quantiles = Quantile::STANDARD.into_iter().map(Statistic::Quantile);
        Self {
            statistics: quantiles.chain([Statistic::Mean]).collect(),
            scalars: Vec::new(),
            minimum_effects: BTreeMap::new(),
            shift_functions: true,
            switch_cost_in_cells: None,
        }
    }
}

impl AnalysisSettings {
    /// Returns every metric with the smallest effect that matters.
    pub(crate) fn metrics(&self) -> Vec<(Metric, MinimumEffect)> {
        let effect = |statistic: &Statistic| {
            self.minimum_effects
                .get(statistic)
                .copied()
                .unwrap_or_else(|| statistic.default_minimum_effect())
        };
        let latency = self
            .statistics
            .iter()
            .map(|one| (Metric::Latency(*one), effect(one)));
        let scalar = self
            .scalars
            .iter()
            .map(|one| (Metric::Scalar(one.name.clone()), one.minimum_effect));
        latency.chain(scalar).collect()
    }
}
