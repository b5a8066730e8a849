//! Latencies as such.

use super::{Cell, DASH, Table, mark, number_column, text_column};
use crate::model::{Absolute, AbsoluteValue, PessimisticQuantile, Phase, ReportModel, Statistic};
use crate::number_format::{Sign, count_text, number_text};
use crate::numbers::{Numbers, ends};

/// A matrix: a row for each phase, a column for each statistic.
pub(crate) fn latencies(model: &ReportModel) -> Table {
    let numbers = Numbers::new(model);
    let mut columns = vec![text_column("Phase")];
    columns.extend(Statistic::ALL.map(|statistic| number_column(statistic.label())));
    let caption = format!(
        "Latency of successful requests in {}, geometric mean over rounds",
        numbers.latency.symbol()
    );
    let mut table = Table::new(caption, columns);
    for phase in &model.phases {
        let cells = Statistic::ALL.map(|statistic| {
            let value = model
                .absolute(&phase.id, statistic)
                .and_then(|absolute| absolute.value.value());
            value.map_or_else(Cell::dash, |value| {
                let interval = value.interval_seconds.value();
                Cell::new(numbers.latency(value.point_seconds, interval).value)
            })
        });
        table.push(Some(mark(phase)), cells.into());
    }
    table.aligned()
}

/// Everything known about each latency.
pub(crate) fn absolutes(model: &ReportModel) -> Table {
    let numbers = Numbers::new(model);
    let unit = numbers.latency.symbol();
    let mut table = Table::new(
        format!("Latency in {unit}: interval, bucket, and how many observations carry it"),
        vec![
            text_column("Phase"),
            text_column("Statistic"),
            number_column("Value"),
            text_column("Interval"),
            text_column("Certainly within"),
            number_column("Prometheus"),
            number_column("All requests"),
            text_column("Pessimistic"),
            number_column("n"),
            number_column("Beyond"),
        ],
    );
    for phase in &model.phases {
        for statistic in Statistic::ALL {
            if let Some(absolute) = model.absolute(&phase.id, statistic) {
                table.push(Some(mark(phase)), cells(numbers, phase, absolute));
            }
        }
    }
    table.aligned()
}

fn cells(numbers: Numbers, _phase: &Phase, absolute: &Absolute) -> Vec<Cell> {
    let mut cells = vec![Cell::new(absolute.statistic.label())];
    let Some(value) = absolute.value.value() else {
        cells.push(Cell::dash());
        cells.push(Cell::new(absolute.value.reason().unwrap_or_default()));
        cells.extend((0..6).map(|_| Cell::dash()));
        return cells;
    };
    let text = numbers.latency(value.point_seconds, value.interval_seconds.value());
    let bare = |seconds: f64| number_text(numbers.latency, Sign::NegativeOnly, seconds, None).value;
    let bounds = value.bucket_bounds_seconds.map(|bounds| {
        let (lower, upper) = ends(&bounds);
        format!("{} to {}", bare(lower), bare(upper))
    });
    cells.extend([
        Cell::new(text.value.clone()),
        Cell::bracket(Some(&text)),
        Cell::optional(bounds),
        Cell::optional(value.prometheus_seconds.map(|seconds| bare(seconds.get()))),
        Cell::optional(
            value
                .all_requests_seconds
                .map(|seconds| bare(seconds.get())),
        ),
        Cell::new(pessimistic(value, bare)),
        Cell::new(count_text(value.sample_count)),
        Cell::optional(value.tail_count.map(count_text)),
    ]);
    cells
}

fn pessimistic(value: &AbsoluteValue, bare: impl Fn(f64) -> String) -> String {
    match value.pessimistic {
        None => DASH.to_owned(),
        Some(PessimisticQuantile::SameBucket) => "same bucket".to_owned(),
        Some(PessimisticQuantile::Value { seconds }) => bare(seconds.get()),
        Some(PessimisticQuantile::BeyondObserved { largest_seconds }) => {
            format!("> {}", bare(largest_seconds.get()))
        }
    }
}
