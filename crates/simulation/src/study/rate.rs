//! How often something happened.

use serde::Serialize;

/// A count out of a number of trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// How often it happened.
    pub count: u64,
    /// Out of how many.
    pub trials: u64,
}

impl Rate {
    /// Counts the trials in which something happened.
    pub fn of(outcomes: impl IntoIterator<Item = bool>) -> Self {
        let mut rate = Self::default();
        for outcome in outcomes {
            rate.trials += 1;
            rate.count += u64::from(outcome);
        }
        rate
    }

    /// Returns the share in percent; 0 of no trials.
    pub fn percent(self) -> f64 {
        if self.trials == 0 {
            0.0
        } else {
            100.0 * self.count as f64 / self.trials as f64
        }
    }

    /// Returns the standard error in percent if the true share is `percent`.
    pub fn monte_carlo_error(self, percent: f64) -> f64 {
        (percent * (100.0 - percent) / self.trials.max(1) as f64).sqrt()
    }
}
