//! Agreement with Prometheus' own code, recorded from three versions of it over hand-made histograms.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use meshdelta_stats::histogram::{BucketKind, BucketList, BucketRange, Schema};
use meshdelta_stats::quantile::{CompatRule, compat_fraction, compat_quantile};
use serde_json::Value;

const RULES: [(&str, CompatRule); 3] = [
    ("prom2.42", CompatRule::Prom242),
    ("prom2", CompatRule::Prom2),
    ("prom3", CompatRule::Prom3),
];

fn recorded() -> Value {
    serde_json::from_str(include_str!("data/promql.json")).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

fn bucket_list(case: &Value) -> BucketList {
    let buckets = case["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| BucketRange {
            lower: number(&bucket[0]),
            upper: number(&bucket[1]),
            count: bucket[2].as_str().unwrap().parse().unwrap(),
        });
    let count = case["count"].as_str().unwrap().parse().unwrap();
    BucketList::try_new(BucketKind::Exponential, buckets.collect(), count, 1.0).unwrap()
}

/// Compares within 1e-12 relative; `None` stands for NaN.
fn assert_agrees(actual: Option<f64>, expected: f64, what: &str) {
    let agrees = match actual {
        None => expected.is_nan(),
        Some(actual) if expected.is_infinite() => actual.to_bits() == expected.to_bits(),
        Some(actual) => (actual - expected).abs() <= 1e-12 * expected.abs(),
    };
    assert!(agrees, "{what}: {actual:?} instead of {expected}");
}

#[test]
fn quantiles_agree_with_three_versions() {
    let recorded = recorded();
    let mut compared = 0;
    for case in recorded["cases"].as_array().unwrap() {
        let list = bucket_list(case);
        for (name, rule) in RULES {
            let expected = case["quantiles"][name].as_array().unwrap();
            for (q, expected) in recorded["q"].as_array().unwrap().iter().zip(expected) {
                let q = q.as_f64().unwrap();
                let what = format!("{name} quantile {q} of {}", case["name"]);
                assert_agrees(compat_quantile(rule, q, &list), number(expected), &what);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 17 * 3 * 15);
}

#[test]
fn fractions_agree_with_three_versions() {
    let recorded = recorded();
    for case in recorded["cases"].as_array().unwrap() {
        let list = bucket_list(case);
        for (name, rule) in RULES {
            let expected = case["fractions"][name].as_array().unwrap();
            for (range, expected) in recorded["ranges"].as_array().unwrap().iter().zip(expected) {
                let (lower, upper) = (range[0].as_f64().unwrap(), range[1].as_f64().unwrap());
                let what = format!("{name} fraction {lower}..{upper} of {}", case["name"]);
                assert_agrees(
                    compat_fraction(rule, lower, upper, &list),
                    number(expected),
                    &what,
                );
            }
        }
    }
}

#[test]
fn bounds_are_bit_for_bit_those_of_the_server() {
    let mut compared = 0;
    for case in recorded()["cases"].as_array().unwrap() {
        for bucket in bucket_list(case).buckets() {
            if bucket.lower > 0.0 && bucket.upper < f64::MAX {
                let (schema, index): (Schema, i32) =
                    Schema::from_bounds(bucket.lower, bucket.upper)
                        .unwrap_or_else(|| panic!("{bucket:?}"));
                assert_eq!(schema.upper_bound(index).to_bits(), bucket.upper.to_bits());
                assert_eq!(schema.lower_bound(index).to_bits(), bucket.lower.to_bits());
                compared += 1;
            }
        }
    }
    assert!(compared > 250, "{compared}");
}
