//! What a reader must know before reading a number.

use crate::model::{Completion, IntervalScope, ReportModel};

/// What a reader must know before reading a number.
pub(crate) fn alerts(model: &ReportModel) -> Vec<String> {
    let mut alerts = alerts_on_the_run(model);
    for phase in &model.phases {
        for reason in phase.validity.reasons() {
            alerts.push(format!("{} is invalid: {reason}", phase.title));
        }
    }
    alerts
}

/// What is to be known of the run as a whole.
pub(crate) fn alerts_on_the_run(model: &ReportModel) -> Vec<String> {
    let mut alerts = Vec::new();
    if let Completion::Partial {
        measured_slots,
        planned_slots,
        reason,
    } = &model.run.completion
    {
        alerts.push(format!(
            "The run is incomplete: {measured_slots} of {planned_slots} slots were measured ({reason})."
        ));
    }
    if model.intervals.scope == IntervalScope::WithinRunOnly {
        alerts.push(
            "One round: intervals hold within this run only and say nothing about a rerun."
                .to_owned(),
        );
    }
    if model.run.rounds == 2 {
        alerts.push("Two rounds: weak. Intervals rest on pooling across phases.".to_owned());
    }
    alerts
}
