//! All statistics of a run of 5 phases x 5 rounds x 120 cells x 120 buckets, with two baselines and shift functions.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use meshdelta_stats::experiment::{AnalysisSettings, Experiment, SlotMeasurement, analyse};
use meshdelta_stats::histogram::{NativeHistogram, Schema};
use meshdelta_stats::{Round, SlotPosition};

const ORDER: [&str; 6] = [
    "baseline",
    "sidecar",
    "ambient",
    "sidecar-l7",
    "ambient-l7",
    "baseline",
];

/// A histogram of 120 populated buckets, different for every cell.
fn cell(seed: u64) -> NativeHistogram {
    let count = |bucket: u64| {
        1 + 2000 / (1 + bucket.abs_diff(40 + seed % 3)) + (seed * 31 + bucket * 17) % 7
    };
    let buckets: Vec<(i32, u64)> = (0..120_u64)
        .map(|bucket| (i32::try_from(bucket).unwrap_or(0) - 100, count(bucket)))
        .collect();
    let total: u64 = buckets.iter().map(|&(_, count)| count).sum();
    let sum = buckets
        .iter()
        .map(|&(index, count)| Schema::K6.upper_bound(index) * count as f64)
        .sum();
    let threshold = NativeHistogram::DEFAULT_ZERO_THRESHOLD;
    NativeHistogram::try_new(Some(Schema::K6), threshold, 0, total, sum, buckets)
        .expect("buckets add up")
}

fn run() -> Experiment {
    let slot = |round: u32, position: u32, phase: &str| {
        let mut slot = SlotMeasurement::new(
            Round(round),
            SlotPosition(position),
            phase.into(),
            phase == "baseline",
        );
        let seed = u64::from(round) * 1000 + u64::from(position) * 10;
        slot.cells = (0..120).map(|place| cell(seed + place)).collect();
        slot
    };
    let round = |round: u32| {
        (0..)
            .zip(ORDER)
            .map(move |(position, phase)| slot(round, position, phase))
    };
    Experiment::new((1..=5).flat_map(round).collect())
}

fn statistics(criterion: &mut Criterion) {
    let experiment = run();
    let settings = AnalysisSettings::default();
    criterion.bench_function("all statistics of a run", |bencher| {
        bencher.iter(|| analyse(black_box(&experiment), black_box(&settings)));
    });
    let without = AnalysisSettings {
        shift_functions: false,
        ..settings
    };
    criterion.bench_function("without shift functions", |bencher| {
        bencher.iter(|| analyse(black_box(&experiment), black_box(&without)));
    });
}

criterion_group!(benches, statistics);
criterion_main!(benches);
