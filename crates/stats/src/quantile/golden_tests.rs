use proptest::prelude::*;

use super::*;
use crate::histogram::{
    BucketKind, BucketList, BucketRange, CustomHistogram, NativeHistogram, Schema, strategies,
};
use crate::units::Quantile;

/// The worked example of `docs/statistics.md`, "Golden vectors".
fn golden() -> NativeHistogram {
    let buckets = vec![
        (-72, 3),
        (-71, 25),
        (-70, 140),
        (-69, 410),
        (-68, 820),
        (-67, 900),
        (-66, 610),
        (-65, 300),
        (-64, 120),
        (-63, 60),
        (-62, 25),
        (-61, 10),
        (-60, 4),
        (-50, 8),
        (-45, 3),
        (-44, 2),
    ];
    NativeHistogram::try_new(Some(Schema::K6), 0.0, 0, 3440, 10.0, buckets).unwrap()
}

fn assert_near(actual: f64, expected: f64, relative: f64) {
    assert!(
        (actual - expected).abs() <= relative * expected.abs(),
        "{actual} instead of {expected}"
    );
}

#[test]
fn the_golden_quantiles_hold_to_every_printed_digit() {
    let expected = [
        (
            Quantile::P50,
            0.002_762_135_864,
            0.003_012_130_518,
            0.002_849_100_489,
            0.002_847_033_756,
        ),
        (
            Quantile::P90,
            0.003_284_751_622,
            0.003_582_047_044,
            0.003_468_032_979,
            0.003_439_167_951,
        ),
        (
            Quantile::P95,
            0.003_582_047_044,
            0.003_906_250_000,
            0.003_740_637_815,
            0.003_710_286_509,
        ),
        (
            Quantile::P99,
            0.004_259_795_831,
            0.004_645_340_293,
            0.004_527_718_562,
            0.004_488_269_917,
        ),
    ];
    for (q, lower, upper, value, cubic) in expected {
        let estimate = quantile(&golden(), q).unwrap();
        assert_near(estimate.bounds.lower.get(), lower, 2e-10);
        assert_near(estimate.bounds.upper.get(), upper, 2e-10);
        assert_near(estimate.value.get(), value, 2e-10);
        assert_near(estimate.monotone_cubic.get(), cubic, 2e-10);
    }
}

#[test]
fn the_golden_far_tail_is_too_thin_to_report_but_agrees() {
    // 3,440 observations leave 3.44 beyond p99.9: refused, but ten times as many are not.
    assert!(matches!(
        quantile(&golden(), Quantile::P999),
        Err(NotEstimable::TailTooSmall { needed: 5000.0, .. })
    ));
    let tenfold = NativeHistogram::merge_all(&vec![golden(); 10]).unwrap();
    let estimate = quantile(&tenfold, Quantile::P999).unwrap();
    assert_near(estimate.bounds.lower.get(), 0.018_581_361_172, 2e-10);
    assert_near(estimate.bounds.upper.get(), 0.020_263_118_041, 2e-10);
    assert_near(estimate.value.get(), 0.019_437_682_083, 2e-10);
    assert_near(estimate.monotone_cubic.get(), 0.019_556_731_573, 2e-10);
}

#[test]
fn the_three_servers_disagree_on_two_modes() {
    // Recorded from Prometheus 2.42.0, 2.53.3 and 3.5.3: 50 observations in (0.917, 1] and 50 in (29.3, 32].
    let bimodal =
        NativeHistogram::try_new(Some(Schema::K6), 0.0, 0, 100, 1.0, vec![(0, 50), (40, 50)])
            .unwrap();
    let list = BucketList::from(&bimodal);
    assert_eq!(compat_quantile(CompatRule::Prom242, 0.5, &list), Some(1.0));
    assert_near(
        compat_quantile(CompatRule::Prom2, 0.5, &list).unwrap(),
        29.344_129_382_549_476,
        1e-15,
    );
    assert_near(
        compat_quantile(CompatRule::Prom3, 0.5, &list).unwrap(),
        29.344_129_382_549_476,
        1e-12,
    );
    assert_near(
        quantile(&bimodal, Quantile::P50).unwrap().value.get(),
        29.344_129_382_549_476,
        1e-12,
    );
}

#[test]
fn compat_rules_return_what_promql_returns_outside_the_unit_interval() {
    let list = BucketList::from(&golden());
    for rule in [CompatRule::Prom242, CompatRule::Prom2, CompatRule::Prom3] {
        assert_eq!(compat_quantile(rule, -0.1, &list), Some(f64::NEG_INFINITY));
        assert_eq!(compat_quantile(rule, 1.1, &list), Some(f64::INFINITY));
        assert_eq!(compat_quantile(rule, f64::NAN, &list), None);
        assert_eq!(
            compat_quantile(rule, 0.5, &BucketList::from(&NativeHistogram::empty())),
            None
        );
        assert_near(
            compat_quantile(rule, 1.0, &list).unwrap(),
            Schema::K6.upper_bound(-44),
            1e-15,
        );
    }
}

#[test]
fn the_zero_bucket_starts_at_zero_when_nothing_is_negative() {
    let native =
        NativeHistogram::try_new(Some(Schema::K6), 0.25, 50, 100, 1.0, vec![(0, 50)]).unwrap();
    assert_eq!(
        compat_quantile(CompatRule::Prom3, 0.25, &BucketList::from(&native)),
        Some(0.125)
    );
    let alone = NativeHistogram::try_new(None, 0.25, 50, 50, 1.0, vec![]).unwrap();
    assert_eq!(
        compat_quantile(CompatRule::Prom3, 0.25, &BucketList::from(&alone)),
        Some(-0.125)
    );
}

#[test]
fn negative_buckets_are_mirrored() {
    let buckets = vec![
        BucketRange {
            lower: -4.0,
            upper: -2.0,
            count: 10,
        },
        BucketRange {
            lower: -1e-9,
            upper: 1e-9,
            count: 10,
        },
    ];
    let list = BucketList::try_new(BucketKind::Exponential, buckets, 20, -30.0).unwrap();
    assert_near(
        compat_quantile(CompatRule::Prom3, 0.25, &list).unwrap(),
        -(1.5_f64.exp2()),
        1e-15,
    );
    assert_eq!(compat_quantile(CompatRule::Prom2, 0.25, &list), Some(-3.0));
    assert_eq!(
        compat_quantile(CompatRule::Prom3, 0.75, &list),
        Some(-0.5e-9)
    );
}

#[test]
fn custom_buckets_are_linear_with_closed_ends() {
    let list =
        BucketList::from(&CustomHistogram::try_new(vec![1.0, 3.0], vec![10, 10, 5], 0.0).unwrap());
    assert_eq!(compat_quantile(CompatRule::Prom3, 0.2, &list), Some(0.5));
    assert_eq!(compat_quantile(CompatRule::Prom3, 0.6, &list), Some(2.0));
    assert_eq!(compat_quantile(CompatRule::Prom3, 0.99, &list), Some(3.0));
    assert_eq!(compat_quantile(CompatRule::Prom2, 0.6, &list), None);
}

#[test]
fn unreachable_ranks_follow_each_version() {
    let with_nan =
        NativeHistogram::try_new(Some(Schema::K6), 0.0, 0, 20, f64::NAN, vec![(0, 10)]).unwrap();
    let list = BucketList::from(&with_nan);
    assert_eq!(compat_quantile(CompatRule::Prom242, 0.9, &list), Some(1.0));
    assert_eq!(compat_quantile(CompatRule::Prom2, 0.9, &list), Some(1.0));
    assert_eq!(compat_quantile(CompatRule::Prom3, 0.9, &list), None);
}

#[test]
fn fractions_are_exact_at_edges_and_interpolated_between() {
    let list = BucketList::from(&golden());
    let edge = Schema::K6.upper_bound(-68);
    assert_near(
        compat_fraction(CompatRule::Prom3, f64::NEG_INFINITY, edge, &list).unwrap(),
        1398.0 / 3440.0,
        1e-12,
    );
    for rule in [CompatRule::Prom2, CompatRule::Prom3] {
        let median = compat_quantile(rule, 0.5, &list).unwrap();
        assert_near(
            compat_fraction(rule, 0.0, median, &list).unwrap(),
            0.5,
            1e-12,
        );
    }
    assert_eq!(
        compat_fraction(CompatRule::Prom3, 2.0, 1.0, &list),
        Some(0.0)
    );
    assert_eq!(
        compat_fraction(CompatRule::Prom3, f64::NAN, 1.0, &list),
        None
    );
}

#[test]
fn degenerate_histograms_have_named_reasons() {
    assert_eq!(
        quantile(&NativeHistogram::empty(), Quantile::P50),
        Err(NotEstimable::Empty)
    );
    let zero = NativeHistogram::try_new(None, 1e-3, 100, 100, 0.0, vec![]).unwrap();
    assert_eq!(
        quantile(&zero, Quantile::P50),
        Err(NotEstimable::ZeroBucket {
            upper: crate::Amount(1e-3)
        })
    );
    let overflow = NativeHistogram::from_values(Schema::K6, vec![f64::INFINITY; 100]);
    assert_eq!(
        quantile(&overflow, Quantile::P50),
        Err(NotEstimable::Overflow)
    );
    let one_bucket = NativeHistogram::from_values(Schema::K6, vec![0.002; 100]);
    let estimate = quantile(&one_bucket, Quantile::P50).unwrap();
    assert_eq!(estimate.warnings, vec![QuantileWarning::BucketLimited]);
    let huge =
        NativeHistogram::try_new(Some(Schema::K6), 0.0, 0, u64::MAX, 1.0, vec![(1, u64::MAX)])
            .unwrap();
    assert!(
        quantile(&huge, Quantile::P999)
            .unwrap()
            .value
            .get()
            .is_finite()
    );
}

#[test]
fn twenty_in_the_tail_are_enough_and_five_are_reported_with_a_mark() {
    let warned = |count: usize| {
        let values = (0..count).map(|place| 1.0 + place as f64 / 100.0);
        quantile(
            &NativeHistogram::from_values(Schema::K6, values),
            Quantile::P90,
        )
        .map(|estimate| estimate.warnings)
    };
    assert_eq!(warned(200), Ok(vec![]));
    assert_eq!(warned(50), Ok(vec![QuantileWarning::LowCount]));
    assert!(matches!(
        warned(49),
        Err(NotEstimable::TailTooSmall { needed: 50.0, .. })
    ));
}

fn quantile_number() -> impl Strategy<Value = f64> {
    0.001..0.999_f64
}

proptest! {
    #[test]
    fn a_quantile_lies_in_its_bucket(histogram in strategies::histogram(), q in quantile_number()) {
        if let Ok(estimate) = quantile(&histogram, Quantile::try_new(q).unwrap()) {
            for value in [estimate.value, estimate.monotone_cubic] {
                prop_assert!(estimate.bounds.lower <= value && value <= estimate.bounds.upper);
            }
        }
    }

    #[test]
    fn quantiles_never_fall_as_q_rises(histogram in strategies::histogram(), a in quantile_number(), b in quantile_number()) {
        let [low, high] = [a.min(b), a.max(b)].map(|q| quantile(&histogram, Quantile::try_new(q).unwrap()));
        if let (Ok(low), Ok(high)) = (low, high) {
            prop_assert!(low.value.get() <= high.value.get() * (1.0 + 1e-12));
            prop_assert!(low.monotone_cubic.get() <= high.monotone_cubic.get() * (1.0 + 1e-9));
        }
    }

    #[test]
    fn scaling_all_counts_moves_no_quantile(histogram in strategies::histogram(), q in quantile_number()) {
        let q = Quantile::try_new(q).unwrap();
        let eightfold = NativeHistogram::merge_all(&vec![histogram.clone(); 8]).unwrap();
        if let Ok(estimate) = quantile(&histogram, q) {
            let scaled = quantile(&eightfold, q).unwrap();
            prop_assert_eq!(scaled.value, estimate.value);
        }
    }

    #[test]
    fn our_rule_is_that_of_prometheus_3(histogram in strategies::histogram(), q in quantile_number()) {
        if let Ok(estimate) = quantile(&histogram, Quantile::try_new(q).unwrap()) {
            let server = compat_quantile(CompatRule::Prom3, q, &BucketList::from(&histogram)).unwrap();
            prop_assert!((estimate.value.get() - server).abs() <= 1e-12 * server, "{} {}", estimate.value.get(), server);
        }
    }
}
