//! Makes saved runs of which the answer is known.
//!
//! Every slot has the same shape of latencies, moved by whole histogram buckets, so that the ratio of two phases is a power of
//! `2^(1/8)` at every quantile and in the mean. k6 pushes in the middle of each second and once after the window.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;

use meshdelta_run::folder::SavedRun;
use meshdelta_run::manifest::{
    Completion, EnvironmentFacts, FORMAT_VERSION, HostFacts, LoadSummary, Proof, ProofStage,
    SlotRecord, Window,
};
use meshdelta_run::order::run_order;
use meshdelta_run::{
    HistogramSample, Manifest, MetricKind, Phase, Plan, RunId, ScalarSample, Series, Tables,
    TimestampMs,
};

/// Requests in each bucket in one second, from bucket -74 on.
const SHAPE: [u64; 9] = [5, 20, 50, 100, 150, 100, 50, 20, 5];
const FIRST_BUCKET: i32 = -74;
/// Requests per second: the sum of the shape.
pub(crate) const RATE: u32 = 500;
pub(crate) const START: i64 = 1_795_414_694_000;

/// What to make.
pub(crate) struct Recipe {
    pub(crate) rounds: u32,
    pub(crate) duration_seconds: u32,
    pub(crate) phases: Vec<&'static str>,
    /// By how many buckets a phase is slower than the baseline in a round.
    pub(crate) shift: fn(phase: &str, round: u32) -> i32,
}

/// Two buckets for the sidecar (+18.9 %), one for ambient (+9.05 %), in every round.
pub(crate) fn constant_shift(phase: &str, _round: u32) -> i32 {
    match phase {
        "sidecar" => 2,
        "ambient" => 1,
        _ => 0,
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            rounds: 3,
            duration_seconds: 20,
            phases: vec!["baseline", "sidecar", "ambient"],
            shift: constant_shift,
        }
    }
}

/// The slot of a phase in a round, counted from 0; of two baselines the first.
pub(crate) fn slot_of(run: &SavedRun, phase: &str, round: u32) -> usize {
    run.manifest
        .slots
        .iter()
        .position(|slot| slot.phase.as_str() == phase && slot.id.round == round)
        .unwrap()
}

impl Recipe {
    pub(crate) fn build(&self) -> SavedRun {
        let phases = self.phases.iter().map(|id| Phase::find(id).unwrap());
        let plan = Plan {
            rounds: NonZeroU32::new(self.rounds).unwrap(),
            rate_per_second: RATE,
            duration_seconds: self.duration_seconds,
            warmup_seconds: 2,
            seed: 7,
            phases: phases.collect(),
            ..Plan::default()
        };
        let order = run_order(&plan);
        let mut tables = Tables::default();
        let mut slots = Vec::new();
        let slot_ms = i64::from(self.duration_seconds + 6) * 1000;
        for (number, planned) in (0..).zip(&order) {
            let entered_at = TimestampMs(START + number * slot_ms);
            let shift = (self.shift)(planned.phase.as_str(), planned.id.round);
            let maker = SlotMaker {
                number,
                round: planned.id.round,
                shift,
                window: Window {
                    start: entered_at.plus_ms(4000),
                    end: entered_at.plus_ms(4000 + i64::from(self.duration_seconds) * 1000),
                },
            };
            tables.append(maker.tables(planned));
            slots.push(SlotRecord {
                id: planned.id,
                phase: planned.phase.clone(),
                entered_at,
                window: maker.window,
                load: maker.load(),
                proofs: vec![proof(true)],
                failures: Vec::new(),
                unsampled: Vec::new(),
            });
        }
        SavedRun {
            folder: PathBuf::from("run"),
            manifest: Manifest {
                format_version: FORMAT_VERSION,
                run_id: RunId::try_new("made-up").unwrap(),
                meshdelta_version: "0.1.0".to_owned(),
                started_at: TimestampMs(START),
                finished_at: TimestampMs(START + i64::try_from(order.len()).unwrap() * slot_ms),
                completion: Completion::Complete,
                plan,
                order,
                environment: EnvironmentFacts {
                    host: HostFacts {
                        logical_cores: Some(2),
                        load_average: Some(0.2),
                        ..HostFacts::default()
                    },
                    ..EnvironmentFacts::default()
                },
                slots,
                warnings: Vec::new(),
                files: BTreeMap::new(),
            },
            tables,
        }
    }
}

pub(crate) fn proof(passed: bool) -> Proof {
    Proof {
        stage: ProofStage::After,
        subject: "requests through application".to_owned(),
        expected: "10".to_owned(),
        observed: if passed { "10" } else { "3" }.to_owned(),
        passed,
    }
}

struct SlotMaker {
    number: i64,
    round: u32,
    shift: i32,
    window: Window,
}

pub(crate) type Buckets = BTreeMap<i32, u64>;

impl SlotMaker {
    fn seconds(&self) -> i64 {
        self.window.end.ms_since(self.window.start) / 1000
    }

    /// The requests of one second: the shape, with a few that move to the tail by second and round.
    fn second(&self, second: i64) -> Buckets {
        let mut buckets: Buckets = (FIRST_BUCKET + self.shift..).zip(SHAPE).collect();
        let moved = u64::try_from((second * 7 + i64::from(self.round) * 3) % 5).unwrap() + 1;
        *buckets.get_mut(&(FIRST_BUCKET + 4 + self.shift)).unwrap() -= moved;
        *buckets.get_mut(&(FIRST_BUCKET + 8 + self.shift)).unwrap() += moved;
        buckets
    }

    fn until(&self, seconds: i64) -> Buckets {
        let mut sum = Buckets::new();
        for (index, count) in (0..seconds).flat_map(|second| self.second(second)) {
            *sum.entry(index).or_default() += count;
        }
        sum
    }

    /// Cumulative snapshots: half of each second at its middle, and the whole just after the window.
    fn snapshots(&self) -> Vec<(TimestampMs, Buckets)> {
        let middle = |second: i64| {
            let mut buckets = self.until(second);
            for (index, count) in self.second(second) {
                *buckets.entry(index).or_default() += count / 2;
            }
            let time = self.window.start.plus_ms(second * 1000 + 500);
            (time, buckets)
        };
        let last = (self.window.end.plus_ms(20), self.until(self.seconds()));
        (0..self.seconds()).map(middle).chain([last]).collect()
    }

    /// Every duration in the geometric middle of its bucket, so that k6's exact quantiles are known.
    fn load(&self) -> LoadSummary {
        let values: Vec<f64> = self
            .until(self.seconds())
            .into_iter()
            .flat_map(|(index, count)| (0..count).map(move |_| middle(index)))
            .collect();
        // As k6 does it: on the line between the two requests around the place.
        let at = |thousandths: usize| {
            let place = thousandths * (values.len() - 1);
            let (low, high) = (values[place / 1000], values[place.div_ceil(1000)]);
            low + (high - low) * (place % 1000) as f64 / 1000.0
        };
        let quantiles = [
            ("min", 0),
            ("med", 500),
            ("p(90)", 900),
            ("p(95)", 950),
            ("p(99)", 990),
            ("p(99.9)", 999),
            ("max", 1000),
        ];
        LoadSummary {
            succeeded_requests: values.len() as u64,
            warmup_requests: 200,
            exact_seconds: quantiles
                .map(|(name, thousandths)| (name.to_owned(), at(thousandths)))
                .into_iter()
                .collect(),
            ..LoadSummary::default()
        }
    }

    fn tables(&self, planned: &meshdelta_run::order::PlannedSlot) -> Tables {
        let mut tables = Tables::default();
        let mut add =
            |metric: &str, kind, scenario: Option<&str>, runner: &str, on_path: Option<bool>| {
                let id = u32::try_from(tables.series.len()).unwrap();
                let label = on_path.map(|on_path| ("on_path".to_owned(), on_path.to_string()));
                tables.series.push(Series {
                    id,
                    metric: metric.to_owned(),
                    unit: "seconds".to_owned(),
                    kind,
                    phase: planned.phase.clone(),
                    slot: planned.id,
                    runner: Some(runner.to_owned()),
                    scenario: scenario.map(str::to_owned),
                    status: None,
                    expected_response: scenario.map(|_| true),
                    labels: label.into_iter().collect(),
                });
                id
            };
        let duration = "k6_http_req_duration_seconds";
        let histogram = MetricKind::Histogram;
        let measure = add(duration, histogram, Some("measure"), "1", None);
        let warmup = add(duration, histogram, Some("warmup"), "1", None);
        let blocked = add(
            "k6_http_req_blocked_seconds",
            histogram,
            Some("measure"),
            "1",
            None,
        );
        let requests = add(
            "k6_http_reqs_total",
            MetricKind::Counter,
            Some("measure"),
            "1",
            None,
        );
        let roles = [
            ("application", true),
            ("client-sidecar", planned.phase.as_str() == "sidecar"),
            ("k6", false),
        ];
        let processes = roles.map(|(role, on_path)| {
            let cpu = "meshdelta_process_cpu_seconds_total";
            let memory = "meshdelta_process_resident_memory_bytes";
            (
                add(cpu, MetricKind::Counter, None, role, Some(on_path)),
                add(memory, MetricKind::Gauge, None, role, Some(on_path)),
                role,
            )
        });
        let before = self.window.start.plus_ms(-500);
        tables.histograms.push(sample(
            warmup,
            before,
            &Buckets::from([(FIRST_BUCKET, 200)]),
            0.0,
        ));
        // No two measurements agree to the last digit of their sums.
        let own = self.number as f64 * 1e-9;
        for (time, buckets) in self.snapshots() {
            tables.histograms.push(sample(measure, time, &buckets, own));
            tables
                .histograms
                .push(sample(blocked, time, &Buckets::from([(-120, 100)]), 0.0));
            let value = buckets.values().sum::<u64>() as f64;
            tables.scalars.push(ScalarSample {
                series_id: requests,
                timestamp: time,
                value,
            });
        }
        for (cpu, memory, role) in processes {
            self.add_process(&mut tables, cpu, memory, role);
        }
        tables
            .histograms
            .sort_by_key(|sample| (sample.series_id, sample.timestamp));
        tables
            .scalars
            .sort_by_key(|sample| (sample.series_id, sample.timestamp));
        tables
    }

    /// Samples every 400 ms from a second before the window to a second after it.
    fn add_process(&self, tables: &mut Tables, cpu: u32, memory: u32, role: &str) {
        let cores = match role {
            "application" => 0.10,
            "client-sidecar" => 0.15,
            _ => 0.40,
        };
        // The round makes the machine a little slower or faster for everything.
        let cores = cores * (1.0 + 0.01 * f64::from(self.round));
        let end = self.window.end.plus_ms(1000);
        let mut time = self.window.start.plus_ms(-1000);
        let mut seconds = 0.0;
        while time < end {
            let inside = (self.window.start..self.window.end).contains(&time);
            tables.scalars.push(ScalarSample {
                series_id: cpu,
                timestamp: time,
                value: seconds,
            });
            let bytes = 50.0e6 + if inside { 10.0e6 } else { 500.0e6 };
            tables.scalars.push(ScalarSample {
                series_id: memory,
                timestamp: time,
                value: bytes,
            });
            // Outside of the window it burns five times as much, which must not count.
            seconds += 0.4 * cores * if inside { 1.0 } else { 5.0 };
            time = time.plus_ms(400);
        }
    }
}

/// The geometric middle of a bucket.
pub(crate) fn middle(index: i32) -> f64 {
    ((f64::from(index) - 0.5) / 8.0).exp2()
}

pub(crate) fn sample(
    series_id: u32,
    timestamp: TimestampMs,
    buckets: &Buckets,
    extra: f64,
) -> HistogramSample {
    let sum: f64 = buckets
        .iter()
        .map(|(index, count)| middle(*index) * *count as f64)
        .sum();
    HistogramSample {
        series_id,
        timestamp,
        schema: Some(3),
        zero_threshold: None,
        zero_count: 0,
        count: buckets.values().sum(),
        sum: sum + extra,
        bucket_indices: buckets.keys().copied().collect(),
        bucket_counts: buckets.values().copied().collect(),
    }
}
