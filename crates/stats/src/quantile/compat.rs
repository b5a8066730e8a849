//! What `histogram_quantile` and `histogram_fraction` of real servers return, for validation.
//!
//! Prometheus, `promql/quantile.go`, at 2.42, 2.53 and 3.5. Unlike the rest of this crate these functions follow `PromQL` in
//! returning infinities and, as `None`, its NaN.

use serde::{Deserialize, Serialize};

use crate::histogram::{BucketKind, BucketList, BucketRange};

/// The rule of a range of Prometheus versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompatRule {
    /// 2.40 to 2.45: from the bottom, linear.
    #[serde(rename = "prom2.42")]
    Prom242,
    /// 2.46 to 2.55: from the top for quantiles of 0.5 and more, linear.
    #[serde(rename = "prom2")]
    Prom2,
    /// From 3.0: like 2.46, but exponential in exponential buckets. Where the sum is NaN, as from 3.5.
    #[serde(rename = "prom3")]
    Prom3,
}

/// Returns what `histogram_quantile(q, h)` returns, or `None` where `PromQL` returns NaN.
///
/// Custom buckets under the rules of Prometheus 2 are `None` as well: those servers print meaningless bounds for them.
pub fn compat_quantile(rule: CompatRule, q: f64, list: &BucketList) -> Option<f64> {
    if q < 0.0 {
        return Some(f64::NEG_INFINITY);
    }
    if q > 1.0 {
        return Some(f64::INFINITY);
    }
    if list.count() == 0
        || q.is_nan()
        || (list.kind() == BucketKind::Custom && rule != CompatRule::Prom3)
    {
        return None;
    }
    let forward = rule == CompatRule::Prom242 || list.sum().is_nan() || q < 0.5;
    let total = list.count() as f64;
    let rank = if forward {
        q * total
    } else {
        (1.0 - q) * total
    };
    let (bucket, reached) = walk(list.buckets(), rank, forward)?;
    let range = match finite_range(list, bucket) {
        Range::Interpolate(lower, upper) => (lower, upper),
        Range::Fixed(value) => return Some(value),
    };
    let reached = reached.min(total);
    if reached < rank {
        return if rule == CompatRule::Prom3 && list.sum().is_nan() {
            None
        } else {
            Some(range.1)
        };
    }
    let within = if forward {
        rank - (reached - bucket.count as f64)
    } else {
        reached - rank
    };
    let (range, bucket) = match overrun(rule, list, bucket) {
        Some(highest) => ((highest.lower, highest.upper), highest),
        None => (range, bucket),
    };
    Some(interpolate(
        rule,
        list.kind(),
        range,
        within / bucket.count as f64,
    ))
}

/// Returns the bucket that a server interpolates in although the rank lies in an earlier one.
///
/// Where the sum is NaN, servers from 3.5 to at least 3.14 go on to the last bucket, looking for observations that are in none, and then
/// forget which bucket it was.
fn overrun(rule: CompatRule, list: &BucketList, found: BucketRange) -> Option<BucketRange> {
    let highest = *list.buckets().last()?;
    (rule == CompatRule::Prom3 && list.sum().is_nan() && highest != found).then_some(highest)
}

fn walk(buckets: &[BucketRange], rank: f64, forward: bool) -> Option<(BucketRange, f64)> {
    let mut reached = 0.0;
    let mut found = None;
    let mut visit = |bucket: &BucketRange| {
        reached += bucket.count as f64;
        found = Some((*bucket, reached));
        reached >= rank
    };
    if forward {
        let _ = buckets.iter().any(&mut visit);
    } else {
        let _ = buckets.iter().rev().any(&mut visit);
    }
    found
}

enum Range {
    Interpolate(f64, f64),
    Fixed(f64),
}

/// Gives the zero bucket and the open-ended custom buckets the bounds that the server assumes.
fn finite_range(list: &BucketList, bucket: BucketRange) -> Range {
    match list.kind() {
        BucketKind::Exponential if bucket.lower < 0.0 && bucket.upper > 0.0 => {
            let (lower, upper) = zero_range(list, bucket);
            Range::Interpolate(lower, upper)
        }
        BucketKind::Custom if bucket.lower == f64::NEG_INFINITY && bucket.upper <= 0.0 => {
            Range::Fixed(bucket.upper)
        }
        BucketKind::Custom if bucket.lower == f64::NEG_INFINITY => {
            Range::Interpolate(0.0, bucket.upper)
        }
        BucketKind::Custom if bucket.upper == f64::INFINITY => Range::Fixed(bucket.lower),
        _ => Range::Interpolate(bucket.lower, bucket.upper),
    }
}

fn zero_range(list: &BucketList, bucket: BucketRange) -> (f64, f64) {
    let has_positive = list
        .buckets()
        .last()
        .is_some_and(|last| last.lower > 0.0 || last.lower >= bucket.upper);
    let has_negative = list
        .buckets()
        .first()
        .is_some_and(|first| first.upper < 0.0 || first.upper <= bucket.lower);
    match (has_negative, has_positive) {
        (false, true) => (0.0, bucket.upper),
        (true, false) => (bucket.lower, 0.0),
        _ => (bucket.lower, bucket.upper),
    }
}

fn interpolate(
    rule: CompatRule,
    kind: BucketKind,
    (lower, upper): (f64, f64),
    fraction: f64,
) -> f64 {
    if rule != CompatRule::Prom3 || kind == BucketKind::Custom || (lower <= 0.0 && upper >= 0.0) {
        return lower + (upper - lower) * fraction;
    }
    let (log_lower, log_upper) = (lower.abs().log2(), upper.abs().log2());
    if lower > 0.0 {
        (log_lower + (log_upper - log_lower) * fraction).exp2()
    } else {
        -(log_upper + (log_lower - log_upper) * (1.0 - fraction)).exp2()
    }
}

/// Returns what `histogram_fraction(lower, upper, h)` returns, or `None` where `PromQL` returns NaN.
pub fn compat_fraction(rule: CompatRule, lower: f64, upper: f64, list: &BucketList) -> Option<f64> {
    if list.count() == 0 || lower.is_nan() || upper.is_nan() {
        return None;
    }
    if lower >= upper {
        return Some(0.0);
    }
    let total = list.count() as f64;
    let (below_lower, below_upper) = (rank_of(rule, lower, list), rank_of(rule, upper, list));
    Some((below_upper - below_lower) / total)
}

/// Returns the interpolated number of observations below a value.
fn rank_of(rule: CompatRule, value: f64, list: &BucketList) -> f64 {
    let mut rank = 0.0;
    for bucket in list.buckets() {
        let count = bucket.count as f64;
        let crosses_zero = bucket.lower <= 0.0 && bucket.upper >= 0.0;
        let (lower, upper) = if crosses_zero && list.kind() == BucketKind::Exponential {
            zero_range(list, *bucket)
        } else {
            (bucket.lower, bucket.upper)
        };
        if lower >= value {
            return rank;
        }
        if upper > value {
            let linear =
                rule != CompatRule::Prom3 || list.kind() == BucketKind::Custom || crosses_zero;
            return rank + count * part_below(linear, value, lower, upper);
        }
        rank += count;
    }
    list.count() as f64
}

fn part_below(linear: bool, value: f64, lower: f64, upper: f64) -> f64 {
    if linear {
        return (value - lower) / (upper - lower);
    }
    let (log_value, log_lower, log_upper) =
        (value.abs().log2(), lower.abs().log2(), upper.abs().log2());
    if value > 0.0 {
        (log_value - log_lower) / (log_upper - log_lower)
    } else {
        1.0 - (log_value - log_upper) / (log_lower - log_upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from 2.53.3 and 3.5.3, where k6 had observed both infinities.
    #[test]
    fn where_the_sum_is_nan_prometheus_3_interpolates_in_the_last_bucket() {
        let bucket = |lower, upper, count| BucketRange {
            lower,
            upper,
            count,
        };
        let buckets = vec![
            bucket(f64::NEG_INFINITY, f64::MIN, 3),
            bucket(-1.0, -0.917_004_043_204_671_1, 4),
            bucket(0.917_004_043_204_671_1, 1.0, 10),
            bucket(f64::MAX, f64::INFINITY, 2),
        ];
        let list = BucketList::try_new(BucketKind::Exponential, buckets, 19, f64::NAN).unwrap();
        let at = |rule, q| compat_quantile(rule, q, &list).unwrap();
        assert!((at(CompatRule::Prom2, 0.5) - 0.937_753_032_403_503_3).abs() < 1e-15);
        assert_eq!(at(CompatRule::Prom3, 0.5), f64::INFINITY);
        assert!(at(CompatRule::Prom3, 0.0).is_nan());
    }
}
