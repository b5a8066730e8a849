//! Overheads that a heading may speak of.

use crate::model::{Interval, Overhead, Phase, ReportModel, Seconds, Statistic, Verdict};

/// An overhead with a conclusive verdict and its interval.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    pub(super) phase: &'a Phase,
    pub(super) overhead: &'a Overhead,
    /// The interval in time.
    pub(super) seconds: Interval<Seconds>,
}

impl Judged<'_> {
    /// Whether latency is added.
    pub(super) fn adds(&self) -> bool {
        matches!(
            self.overhead.verdict,
            Verdict::Higher | Verdict::HigherSizeUnclear
        )
    }

    /// Whether the difference is shown to be too small to matter.
    pub(super) fn is_equivalent(&self) -> bool {
        matches!(
            self.overhead.verdict,
            Verdict::Equivalent | Verdict::EquivalentMeasurable
        )
    }

    /// Whether the whole interval lies below that of the other.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        self.seconds.upper < other.seconds.lower
    }
}

/// The phases that may be judged at all.
pub(super) fn valid_treatments(model: &ReportModel) -> impl Iterator<Item = &Phase> {
    model.treatments().filter(|phase| phase.validity.is_valid())
}

/// The overhead of a phase, if it is judged.
pub(super) fn judged<'a>(
    model: &'a ReportModel,
    phase: &'a Phase,
    statistic: Statistic,
) -> Option<Judged<'a>> {
    let overhead = model.overhead(&phase.id, statistic)?;
    let seconds = overhead.interval()?.absolute_seconds;
    overhead.verdict.is_conclusive().then_some(Judged {
        phase,
        overhead,
        seconds,
    })
}

/// All valid phases at a statistic; nothing when one of them is not judged.
pub(super) fn all_judged(model: &ReportModel, statistic: Statistic) -> Option<Vec<Judged<'_>>> {
    valid_treatments(model)
        .map(|phase| judged(model, phase, statistic))
        .collect()
}
