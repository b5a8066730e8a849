//! Over the paired differences of the rounds.

use super::judged::valid_treatments;
use crate::model::{Phase, ReportModel, RoundDifference, Statistic};

/// Whether every valid phase was slower in all rounds, and whether all rounds are there.
pub(super) fn heading(model: &ReportModel) -> String {
    let body = slower(model, Statistic::P50);
    let tail = slower(model, Statistic::P99);
    let (at, extent) = match (body, tail) {
        (Some(body), Some(tail)) => ("median and p99", body.min(tail)),
        (Some(body), None) => ("at the median", body),
        (None, Some(tail)) => ("at p99", tail),
        (None, None) => return "The difference in each round".to_owned(),
    };
    let rounds = match extent {
        Extent::ValidRounds => "all valid rounds".to_owned(),
        Extent::AllRounds if planned(model) == 2 => "both rounds".to_owned(),
        Extent::AllRounds => format!("all {} rounds", planned(model)),
    };
    let treatments: Vec<&Phase> = model.treatments().collect();
    let who = match treatments.as_slice() {
        [only] => only.title.as_str(),
        all if all.iter().all(|phase| phase.validity.is_valid()) => "Every phase",
        _ => "Every valid phase",
    };
    format!("{who} was slower in {rounds}, {at}")
}

/// Rounds of the plan; [`crate::model::RunSummary::rounds`] leaves out those that do not count.
fn planned(model: &ReportModel) -> usize {
    model.run.order.len()
}

/// In which rounds every valid phase was slower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// In those that each phase has.
    ValidRounds,
    /// In all of the run.
    AllRounds,
}

fn slower(model: &ReportModel, statistic: Statistic) -> Option<Extent> {
    let differences = |phase: &Phase| -> Option<&[RoundDifference]> {
        let estimate = model.overhead(&phase.id, statistic)?.estimate.value()?;
        Some(&estimate.round_differences)
    };
    let of_phases: Vec<&[RoundDifference]> = valid_treatments(model)
        .map(differences)
        .collect::<Option<_>>()?;
    // One difference a phase is no repetition.
    let is_slower = !of_phases.is_empty()
        && of_phases.iter().all(|rounds| {
            rounds.len() > 1
                && rounds
                    .iter()
                    .all(|difference| difference.effect.absolute_seconds.get() > 0.0)
        });
    let is_complete = of_phases
        .iter()
        .all(|rounds| rounds.len() == planned(model));
    is_slower.then_some(if is_complete {
        Extent::AllRounds
    } else {
        Extent::ValidRounds
    })
}
