//! CPU and memory.

use super::{Cell, Table, mark, number_column, text_column};
use crate::model::{Measured, ReportModel, ResourceMetric};
use crate::number_format::{Sign, number_text};
use crate::numbers::Numbers;

/// What each role used.
pub(crate) fn roles(model: &ReportModel) -> Table {
    let numbers = Numbers::new(model);
    let mut table = Table::new(
        "CPU and memory of each role over the measured time",
        vec![
            text_column("Phase"),
            text_column("Role"),
            number_column(format!("{} per 1,000 requests", numbers.cpu.symbol())),
            number_column(numbers.cores.symbol()),
            number_column(format!("Memory mean, {}", numbers.memory.symbol())),
            number_column(format!("max, {}", numbers.memory.symbol())),
        ],
    );
    let text = |unit, value| Cell::new(number_text(unit, Sign::NegativeOnly, value, None).value);
    for phase in &model.phases {
        let Some(resources) = model.resources(&phase.id) else {
            continue;
        };
        let total = resources
            .total
            .value()
            .map(|used| ("total".to_owned(), *used));
        let roles = resources.roles.iter().map(|role| {
            let note = if role.is_in_total {
                ""
            } else {
                " (not in the total)"
            };
            (format!("{}{note}", role.title), role.used)
        });
        for (name, used) in roles.chain(total) {
            let cells = vec![
                Cell::new(name),
                text(numbers.cpu, used.cpu_seconds_per_thousand_requests.get()),
                text(numbers.cores, used.cpu_cores.get()),
                text(numbers.memory, used.memory_mean_bytes.get()),
                text(numbers.memory, used.memory_max_bytes.get()),
            ];
            table.push(Some(mark(phase)), cells);
        }
    }
    table.aligned()
}

/// What each phase used more than the baseline.
pub(crate) fn resource_differences(model: &ReportModel) -> Table {
    let numbers = Numbers::new(model);
    let mut table = Table::new(
        "CPU and memory above the baseline",
        vec![
            text_column("Phase"),
            number_column(format!("CPU, {} per 1,000 requests", numbers.cpu.symbol())),
            text_column("interval"),
            number_column(format!("Memory, {}", numbers.memory.symbol())),
            text_column("interval"),
        ],
    );
    for phase in model.treatments() {
        let mut cells = Vec::new();
        for metric in ResourceMetric::ALL {
            let difference = model.resource_difference(&phase.id, metric);
            match difference.map(|difference| &difference.difference) {
                Some(Measured::Known { value }) => {
                    let text = numbers.resource(value);
                    cells.push(Cell::difference(Some(&text)));
                    cells.push(Cell::bracket(Some(&text)));
                }
                Some(Measured::Unknown { reason }) => {
                    cells.push(Cell::dash());
                    cells.push(Cell::new(reason.as_str()));
                }
                None => cells.extend([Cell::dash(), Cell::dash()]),
            }
        }
        table.push(Some(mark(phase)), cells);
    }
    table.aligned()
}
