//! The numbers of a comparison as text, with the unit that each column has in every output.

use super::model::{
    AddedChange, Change, ChangeMetric, ChangeUnit, ComparisonModel, Difference, DifferenceInterval,
    SideOverhead, ValueChange,
};
use crate::number_format::{DisplayUnit, NumberText, Sign, number_text};
use crate::numbers::{Numbers, difference_text, two_digits};

/// The units of a comparison's columns.
pub(super) fn numbers(model: &ComparisonModel) -> Numbers {
    let changes = || {
        model
            .changes
            .iter()
            .filter(|change| change.metric != ChangeMetric::P999)
            .filter_map(|change| Some((change, change.estimate.value()?)))
    };
    let overheads = |unit: ChangeUnit| {
        changes()
            .filter(move |(change, _)| change.unit == unit)
            .flat_map(|(_, estimate)| {
                [
                    estimate.before.point.absolute,
                    estimate.after.point.absolute,
                    estimate.change.absolute,
                ]
            })
    };
    let values = |unit: ChangeUnit| {
        model
            .values
            .iter()
            .filter(move |value| value.unit == unit && value.metric != ChangeMetric::P999)
            .flat_map(|value| [value.before, value.after])
    };
    Numbers {
        overhead: DisplayUnit::for_times(overheads(ChangeUnit::Seconds)),
        latency: DisplayUnit::for_times(values(ChangeUnit::Seconds)),
        cpu: DisplayUnit::for_cpu_times(values(ChangeUnit::CpuSecondsPerThousandRequests)),
        cores: DisplayUnit::Cpu,
        memory: DisplayUnit::for_memory(values(ChangeUnit::Bytes)),
    }
}

/// The unit of differences of a metric.
pub(super) const fn unit_of(numbers: Numbers, metric: ChangeMetric) -> DisplayUnit {
    match metric.unit() {
        ChangeUnit::Seconds => numbers.overhead,
        ChangeUnit::CpuSecondsPerThousandRequests => numbers.cpu,
        ChangeUnit::Bytes => numbers.memory,
    }
}

/// A change in its unit.
pub(super) fn absolute(numbers: Numbers, change: &Change) -> Option<NumberText> {
    let point = change.point()?.absolute;
    let ends = change.interval().map(DifferenceInterval::absolute);
    Some(difference_text(
        unit_of(numbers, change.metric),
        point,
        ends,
    ))
}

/// A change in percent.
pub(super) fn relative(change: &Change) -> Option<NumberText> {
    let point = change.point()?.relative?.get();
    let ends = change.interval().and_then(DifferenceInterval::relative);
    Some(difference_text(DisplayUnit::Percent, point, ends))
}

/// An overhead of one side.
pub(super) fn overhead(numbers: Numbers, metric: ChangeMetric, side: &SideOverhead) -> NumberText {
    let ends = side.interval.as_ref().map(DifferenceInterval::absolute);
    difference_text(unit_of(numbers, metric), side.point.absolute, ends)
}

/// The difference of two added latencies.
pub(super) fn added(numbers: Numbers, metric: ChangeMetric, added: &AddedChange) -> NumberText {
    difference_text(unit_of(numbers, metric), added.point, added.interval)
}

/// A size in the unit of a metric, with two significant digits.
pub(super) fn size(numbers: Numbers, metric: ChangeMetric, size: &Difference) -> String {
    two_digits(unit_of(numbers, metric), size.absolute)
}

/// A plain value before and after.
pub(super) fn values(numbers: Numbers, value: &ValueChange) -> [NumberText; 2] {
    let unit = match value.unit {
        ChangeUnit::Seconds => numbers.latency,
        _ => unit_of(numbers, value.metric),
    };
    [value.before, value.after].map(|value| number_text(unit, Sign::NegativeOnly, value, None))
}

/// The change of a plain value in percent.
pub(super) fn value_change(value: &ValueChange) -> Option<NumberText> {
    let ends = value
        .interval
        .as_ref()
        .and_then(DifferenceInterval::relative);
    let point = value.change.relative?.get();
    Some(difference_text(DisplayUnit::Percent, point, ends))
}
