//! Units of display, and how a column chooses one.

use super::THIN_SPACE;

/// A unit in which numbers are shown. Numbers come in the base unit: seconds, bytes, parts, cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisplayUnit {
    /// Microseconds, from seconds.
    Microseconds,
    /// Milliseconds, from seconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Percent, from parts of one.
    Percent,
    /// Milliseconds of CPU time, from seconds.
    CpuMilliseconds,
    /// Seconds of CPU time.
    CpuSeconds,
    /// Thousandths of a core, from cores.
    MilliCpu,
    /// Cores.
    Cpu,
    /// Mebibytes, from bytes.
    Mebibytes,
    /// Gibibytes, from bytes.
    Gibibytes,
    /// Requests per second.
    RequestsPerSecond,
}

impl DisplayUnit {
    /// The unit of a column of times.
    pub fn for_times(seconds: impl IntoIterator<Item = f64>) -> Self {
        match largest(seconds) {
            largest if largest >= 1.0 => Self::Seconds,
            largest if largest >= 1e-4 => Self::Milliseconds,
            _ => Self::Microseconds,
        }
    }

    /// The unit of a column of CPU times.
    pub fn for_cpu_times(seconds: impl IntoIterator<Item = f64>) -> Self {
        if largest(seconds) >= 1.0 {
            Self::CpuSeconds
        } else {
            Self::CpuMilliseconds
        }
    }

    /// The unit of a column of cores.
    pub fn for_cores(cores: impl IntoIterator<Item = f64>) -> Self {
        if largest(cores) >= 1.0 {
            Self::Cpu
        } else {
            Self::MilliCpu
        }
    }

    /// The unit of a column of memory.
    pub fn for_memory(bytes: impl IntoIterator<Item = f64>) -> Self {
        if largest(bytes) >= 10.0 * 1_073_741_824.0 {
            Self::Gibibytes
        } else {
            Self::Mebibytes
        }
    }

    /// The symbol.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Percent => "%",
            Self::CpuMilliseconds => "CPU ms",
            Self::CpuSeconds => "CPU s",
            Self::MilliCpu => "m CPU",
            Self::Cpu => "CPU",
            Self::Mebibytes => "MiB",
            Self::Gibibytes => "GiB",
            Self::RequestsPerSecond => "req/s",
        }
    }

    /// Converts a number from the base unit.
    pub fn scale(self, value: f64) -> f64 {
        match self {
            Self::Microseconds => value * 1e6,
            Self::Milliseconds | Self::CpuMilliseconds | Self::MilliCpu => value * 1e3,
            Self::Percent => value * 1e2,
            Self::Mebibytes => value / 1_048_576.0,
            Self::Gibibytes => value / 1_073_741_824.0,
            Self::Seconds | Self::CpuSeconds | Self::Cpu | Self::RequestsPerSecond => value,
        }
    }

    /// Writes the unit behind a number.
    pub fn attach(self, number: &str) -> String {
        format!("{number}{THIN_SPACE}{}", self.symbol())
    }
}

fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values
        .into_iter()
        .map(f64::abs)
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max)
}
