//! Load and errors.

use super::{Cell, Table, mark, number_column, text_column};
use crate::model::ReportModel;
use crate::number_format::{DisplayUnit, Sign, count_text, fixed_text, number_text};
use crate::numbers::ends;

/// Whether the load was equal.
pub(crate) fn load(model: &ReportModel) -> Table {
    let mut table = Table::new(
        "Load and errors",
        vec![
            text_column("Phase"),
            number_column("Planned, req/s"),
            number_column("Achieved"),
            number_column("Lowest slot"),
            number_column("Requests"),
            number_column("Never sent"),
            number_column("Failed"),
            text_column("Failed, % of all"),
            text_column("Connecting, mean"),
        ],
    );
    for phase in &model.phases {
        let Some(load) = model.load(&phase.id) else {
            continue;
        };
        let share = &load.error_share;
        let share = number_text(
            DisplayUnit::Percent,
            Sign::NegativeOnly,
            share.point.get(),
            share.interval.value().map(ends),
        );
        let setup = model
            .connection_setup
            .iter()
            .find(|setup| setup.phase == phase.id)
            .and_then(|setup| setup.mean_seconds.value())
            .map(|mean| {
                let unit = DisplayUnit::for_times([mean.get()]);
                number_text(unit, Sign::NegativeOnly, mean.get(), None).to_string()
            });
        table.push(
            Some(mark(phase)),
            vec![
                Cell::new(fixed_text(load.target_rate.get(), 0)),
                Cell::new(fixed_text(load.achieved_rate.get(), 1)),
                Cell::new(fixed_text(load.lowest_slot_rate.get(), 1)),
                Cell::new(count_text(load.requests)),
                Cell::new(count_text(load.dropped_iterations)),
                Cell::new(count_text(load.failed_requests)),
                Cell::new(share.to_string()),
                Cell::optional(setup),
            ],
        );
    }
    table.aligned()
}
