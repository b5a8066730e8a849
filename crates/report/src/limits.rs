//! Metrics and limits as users write them: `p99`, `10%`, `0.5ms`, `20MiB`.

use meshdelta_run::plan::nearest;
use meshdelta_stats::experiment::{Metric, Statistic};
use meshdelta_stats::gate::GateLimit;
use meshdelta_stats::{Amount, MetricName, Quantile, Relative};

use crate::analysis::{CPU_METRIC, MEMORY_METRIC};

/// Text that is no metric or no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// There is no such metric.
    #[error("there is no metric `{metric}`{}: use {}", did_you_mean(nearest.as_deref()), METRICS.join(", "))]
    Metric {
        /// The metric as given.
        metric: String,
        /// The most similar one.
        nearest: Option<String>,
    },
    /// A limit is no number with a unit of its metric.
    #[error("`{limit}` is no limit for {metric}: use for example {example}")]
    Limit {
        /// The limit as given.
        limit: String,
        /// The metric that it is for.
        metric: String,
        /// What would do.
        example: &'static str,
    },
    /// The size of a change is zero or less.
    #[error("`{limit}` for {metric} is not above zero, so it is no size of a change")]
    NotPositive {
        /// The limit as given.
        limit: String,
        /// The metric that it is for.
        metric: String,
    },
}

/// The metrics, as users write them.
const METRICS: [&str; 8] = ["mean", "p50", "p90", "p95", "p99", "p99.9", "cpu", "memory"];

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

/// Parses `mean`, a percentile such as `p99` or `p99.9`, `cpu` (CPU seconds per 1,000 requests) or `memory`.
pub(crate) fn parse_metric(name: &str) -> Result<Metric, LimitError> {
    let unknown = || LimitError::Metric {
        metric: name.to_owned(),
        nearest: nearest(name, METRICS.into_iter()),
    };
    match name {
        "mean" => return Ok(Metric::Latency(Statistic::Mean)),
        "cpu" => return Ok(Metric::Scalar(MetricName::new(CPU_METRIC))),
        "memory" => return Ok(Metric::Scalar(MetricName::new(MEMORY_METRIC))),
        _ => {}
    }
    Quantile::STANDARD
        .into_iter()
        .find(|quantile| quantile.to_string() == name)
        .map(Metric::from)
        .ok_or_else(unknown)
}

/// Parses a limit of a metric: relative (`10%`), or absolute (`0.5ms`, `200us`, `0.01s` for CPU seconds, `20MiB`).
pub(crate) fn parse_limit(metric: &str, limit: &str) -> Result<GateLimit, LimitError> {
    // How many of a unit make one of the metric's own. Divided by, because 1000 is exact in binary and 0.001 is not:
    // 200us are then the very 0.0002 s that is nearest.
    const KIBIBYTES: f64 = 1.0 / 1024.0;
    let (units, example): (&[(&str, f64)], _) = match metric {
        "memory" => (
            &[
                ("GiB", KIBIBYTES * KIBIBYTES * KIBIBYTES),
                ("MiB", KIBIBYTES * KIBIBYTES),
                ("KiB", KIBIBYTES),
            ],
            "10% or 20MiB",
        ),
        "cpu" => (&[("ms", 1e3), ("s", 1.0)], "10% or 0.01s"),
        _ => (
            &[("us", 1e6), ("µs", 1e6), ("ms", 1e3), ("s", 1.0)],
            "10% or 0.5ms",
        ),
    };
    let text = limit.trim();
    let number = |text: &str| {
        let number: f64 = text.trim().parse().ok()?;
        Some(number).filter(|number| number.is_finite())
    };
    let parsed = if let Some(percent) = text.strip_suffix('%') {
        let percent = number(percent).filter(|percent| *percent > -100.0);
        percent.map(|percent| GateLimit::Relative(Relative(percent / 100.0)))
    } else {
        units.iter().find_map(|(unit, per_own)| {
            let amount = number(text.strip_suffix(unit)?)?;
            Some(GateLimit::Absolute(Amount(amount / per_own)))
        })
    };
    parsed.ok_or_else(|| LimitError::Limit {
        limit: limit.to_owned(),
        metric: metric.to_owned(),
        example,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_one() {
        for metric in METRICS {
            assert!(parse_metric(metric).is_ok(), "{metric}");
        }
        let error = parse_metric("p98").unwrap_err().to_string();
        assert!(
            error.starts_with("there is no metric `p98` (did you mean `p9"),
            "{error}"
        );
        assert!(error.ends_with("p99, p99.9, cpu, memory"), "{error}");
    }

    #[test]
    fn limits_are_in_the_unit_of_their_metric() {
        let relative = |size| GateLimit::Relative(Relative(size));
        let absolute = |size| GateLimit::Absolute(Amount(size));
        for (metric, limit, expected) in [
            ("p99", "5%", relative(0.05)),
            ("p99", " 12.5 % ", relative(0.125)),
            ("p50", "0.5ms", absolute(0.0005)),
            ("mean", "2s", absolute(2.0)),
            ("cpu", "20ms", absolute(0.02)),
            ("memory", "2KiB", absolute(2048.0)),
            // An improvement that is asked for: only a percentage ends at -100.
            ("p50", "-200us", absolute(-0.0002)),
        ] {
            assert_eq!(parse_limit(metric, limit).unwrap(), expected, "{limit}");
        }
        for (metric, limit) in [
            ("p99", "5"),
            ("p99", "5MiB"),
            ("memory", "5ms"),
            ("cpu", "5us"),
            ("p50", "%"),
            ("p50", "NaN%"),
            ("p50", "infms"),
            ("p50", "-100%"),
            ("p50", ""),
        ] {
            assert!(parse_limit(metric, limit).is_err(), "{metric} {limit}");
        }
    }
}
