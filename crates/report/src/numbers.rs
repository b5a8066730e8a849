//! The numbers of a model as text, with the unit that each column has in every output.

use crate::model::{
    Interval, Margin, NoiseFloor, Overhead, Quantity, ReportModel, ResourceMetric, ResourceValue,
    Seconds, Statistic,
};
use crate::number_format::{DisplayUnit, NumberText, Sign, number_text};

/// What stands in front of a difference that has no interval.
const ABOUT: &str = "≈\u{2009}";

/// The units of a model's columns, and its numbers in them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    /// The unit of all overheads.
    pub(crate) overhead: DisplayUnit,
    /// The unit of all latencies.
    pub(crate) latency: DisplayUnit,
    /// The unit of CPU time per 1,000 requests.
    pub(crate) cpu: DisplayUnit,
    /// The unit of cores.
    pub(crate) cores: DisplayUnit,
    /// The unit of memory.
    pub(crate) memory: DisplayUnit,
}

impl Numbers {
    /// Chooses the units for a model.
    pub(crate) fn new(model: &ReportModel) -> Self {
        let uses = || {
            model
                .resources
                .iter()
                .filter_map(|resources| resources.total.value())
        };
        Self {
            overhead: DisplayUnit::for_times(body_overheads(model)),
            latency: DisplayUnit::for_times(body_latencies(model)),
            cpu: DisplayUnit::for_cpu_times(
                uses().map(|used| used.cpu_seconds_per_thousand_requests.get()),
            ),
            cores: DisplayUnit::for_cores(uses().map(|used| used.cpu_cores.get())),
            memory: DisplayUnit::for_memory(uses().map(|used| used.memory_max_bytes.get())),
        }
    }

    /// An overhead in time.
    pub(crate) fn absolute(self, overhead: &Overhead) -> Option<NumberText> {
        let ends = overhead
            .interval()
            .map(|interval| ends(&interval.absolute_seconds));
        let point = overhead.point()?.absolute_seconds.get();
        Some(difference_text(self.overhead, point, ends))
    }

    /// An overhead in percent of the baseline.
    pub(crate) fn relative(overhead: &Overhead) -> Option<NumberText> {
        let ends = overhead.interval().map(|interval| ends(&interval.relative));
        let point = overhead.point()?.relative.get();
        Some(difference_text(DisplayUnit::Percent, point, ends))
    }

    /// A latency with its interval.
    pub(crate) fn latency(
        self,
        point: Seconds,
        interval: Option<&Interval<Seconds>>,
    ) -> NumberText {
        number_text(
            self.latency,
            Sign::NegativeOnly,
            point.get(),
            interval.map(ends),
        )
    }

    /// The margin in time.
    pub(crate) fn margin(self, margin: &Margin) -> String {
        self.size(margin.effect.absolute_seconds.get())
    }

    /// The noise floor in time.
    pub(crate) fn noise_floor(self, floor: &NoiseFloor) -> String {
        self.size(floor.largest.absolute_seconds.get())
    }

    /// A size in the unit of overheads, with two significant digits.
    pub(crate) fn size(self, seconds: f64) -> String {
        two_digits(self.overhead, seconds)
    }

    /// The difference of a resource.
    pub(crate) fn resource(self, value: &ResourceValue) -> NumberText {
        let unit = match value {
            ResourceValue::CpuSeconds { .. } => self.cpu,
            ResourceValue::Bytes { .. } => self.memory,
        };
        difference_text(unit, value.point(), value.ends())
    }

    /// A resource as such.
    pub(crate) fn resource_value(self, metric: ResourceMetric, value: f64) -> NumberText {
        let unit = match metric {
            ResourceMetric::CpuPerThousandRequests => self.cpu,
            ResourceMetric::MemoryMean => self.memory,
        };
        number_text(unit, Sign::NegativeOnly, value, None)
    }
}

/// A difference; one without an interval looks different from one with.
pub(crate) fn difference_text(
    unit: DisplayUnit,
    point: f64,
    ends: Option<(f64, f64)>,
) -> NumberText {
    let mut text = number_text(unit, Sign::Always, point, ends);
    if text.interval.is_none() {
        text.value.insert_str(0, ABOUT);
    }
    text
}

/// A positive size with two significant digits: margins, floors, resolutions.
pub(crate) fn two_digits(unit: DisplayUnit, value: f64) -> String {
    let size = value.abs();
    unit.attach(&number_text(unit, Sign::NegativeOnly, size, Some((0.0, 2.0 * size))).value)
}

/// The ends of an interval as numbers.
pub(crate) fn ends<U: Quantity>(interval: &Interval<U>) -> (f64, f64) {
    (interval.lower.get(), interval.upper.get())
}

fn body_overheads(model: &ReportModel) -> impl Iterator<Item = f64> {
    // p99.9 does not choose the unit: its intervals are often wider than everything else together.
    model
        .overheads
        .iter()
        .filter(|overhead| overhead.statistic != Statistic::P999)
        .filter_map(Overhead::point)
        .map(|effect| effect.absolute_seconds.get())
}

fn body_latencies(model: &ReportModel) -> impl Iterator<Item = f64> {
    model
        .absolutes
        .iter()
        .filter(|absolute| absolute.statistic != Statistic::P999)
        .filter_map(|absolute| absolute.value.value())
        .map(|value| value.point_seconds.get())
}
