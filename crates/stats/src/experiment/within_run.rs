//! The within-run interval of one round: the hull of sectioning and of the linearised error.
//!
//! `docs/statistics.md`, "R = 1 (one round)".

use super::{Entry, NoInterval, WithinRule};
use crate::interval::{Precision, SECTIONS, welch};

/// Fewer cells than this leave a value without an interval.
const MINIMUM_CELLS: usize = 8;

/// Both rules for one estimate; at least one is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithinRun {
    sectioning: Option<Precision>,
    linearised: Option<Precision>,
}

impl WithinRun {
    /// Combines the slots of one estimate, each with the weight of its variance.
    pub(crate) fn new<'a>(
        slots: impl Iterator<Item = (f64, &'a Entry)>,
    ) -> Result<Self, NoInterval> {
        let slots: Vec<(f64, &Entry)> = slots.collect();
        let cells = slots
            .iter()
            .map(|(_, entry)| entry.reading.cells)
            .min()
            .unwrap_or(0);
        if cells == 0 {
            return Err(NoInterval::OneRound);
        }
        if cells < MINIMUM_CELLS {
            return Err(NoInterval::TooFewCells { cells });
        }
        let section_degrees = SECTIONS as f64 - 1.0;
        let sections: Option<Vec<(f64, f64)>> = slots
            .iter()
            .map(|(weight, entry)| {
                entry
                    .reading
                    .section_variance
                    .map(|v| (weight * v, section_degrees))
            })
            .collect();
        let errors: Option<Vec<(f64, f64)>> = slots
            .iter()
            .map(|(weight, entry)| {
                entry
                    .reading
                    .within
                    .map(|e| (weight * e.standard_error.powi(2), e.degrees_of_freedom))
            })
            .collect();
        let rules = Self {
            sectioning: sections.and_then(welch),
            linearised: errors.and_then(welch),
        };
        if rules.sectioning.is_none() && rules.linearised.is_none() {
            return Err(NoInterval::NoVariation);
        }
        Ok(rules)
    }

    /// Returns half the width of the hull at a level.
    pub(crate) fn half_width(&self, level: f64) -> f64 {
        let half = |rule: Option<Precision>| rule.map_or(0.0, |rule| rule.half_width(level));
        half(self.sectioning).max(half(self.linearised))
    }

    /// Returns the wider rule at 95 %.
    pub(crate) fn wider(&self) -> (WithinRule, Precision) {
        let none = Precision {
            standard_error: 0.0,
            degrees_of_freedom: 1.0,
        };
        let (sectioning, linearised) = (
            self.sectioning.unwrap_or(none),
            self.linearised.unwrap_or(none),
        );
        if sectioning.half_width(0.95) > linearised.half_width(0.95) {
            (WithinRule::Sectioning, sectioning)
        } else {
            (WithinRule::Linearised, linearised)
        }
    }
}
