//! What is counted over many simulated runs.

mod comparisons;
mod coverage;
mod drift;
mod rate;
mod verdicts;

use std::ops::Range;

use meshdelta_stats::Quantile;
use meshdelta_stats::experiment::{AnalysisSettings, Statistic};
use serde::Serialize;

pub use comparisons::{ComparisonRow, IntervalRow, Sides, comparisons};
pub use coverage::{CoverageRow, coverage};
pub use drift::{DriftRow, drift};
pub use rate::Rate;
pub use verdicts::{VerdictRow, verdicts};

/// How much to simulate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StudySettings {
    /// Numbers of rounds of a run.
    pub rounds: Vec<u32>,
    /// Series to simulate; each has the largest number of rounds and is cut into runs of every number.
    pub replications: u64,
    /// The seed of all random numbers.
    pub seed: u64,
}

impl StudySettings {
    fn longest(&self) -> u32 {
        self.rounds.iter().copied().max().unwrap_or(0)
    }

    /// Returns the rounds of every run that a series of the longest length is cut into.
    fn runs(&self, rounds: u32) -> impl Iterator<Item = Range<u32>> + use<> {
        let count = self.longest().checked_div(rounds).unwrap_or(0);
        (0..count).map(move |run| run * rounds..(run + 1) * rounds)
    }
}

/// The statistics that are studied: the default ones of a report.
pub const STATISTICS: [Statistic; 6] = [
    Statistic::Quantile(Quantile::P50),
    Statistic::Quantile(Quantile::P90),
    Statistic::Quantile(Quantile::P95),
    Statistic::Quantile(Quantile::P99),
    Statistic::Quantile(Quantile::P999),
    Statistic::Mean,
];

fn settings() -> AnalysisSettings {
    AnalysisSettings {
        statistics: STATISTICS.to_vec(),
        shift_functions: false,
        ..AnalysisSettings::default()
    }
}

/// Returns the middle of the sorted numbers; 0 of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
