//! Every check fires on a fault that was put in, and is silent on a clean run.

use std::collections::BTreeMap;

use meshdelta_report::analysis::analyse_run;
use meshdelta_report::model::{PhaseId, QualityFinding, Severity};
use meshdelta_run::folder::SavedRun;
use meshdelta_run::manifest::{Completion, Unsampled};
use meshdelta_run::plan::{EnvironmentKind, Fault, FaultHop};
use meshdelta_run::{Series, TimestampMs};

use crate::builder::{Recipe, constant_shift, sample, slot_of};
use crate::faults::{add_failures, add_periods, histograms_of, measured_series};

fn findings(run: &SavedRun) -> Vec<QualityFinding> {
    analyse_run(run).unwrap().quality
}

/// The severity of a check, about the phase if one is given.
fn severity(run: &SavedRun, check: &str, phase: Option<&str>) -> Severity {
    let found = findings(run);
    let of_check = found.iter().filter(|finding| finding.check == check);
    let about = of_check
        .filter(|finding| phase.is_none() || finding.phase.as_ref().map(PhaseId::as_str) == phase);
    about
        .map(|finding| finding.severity)
        .max()
        .unwrap_or_else(|| panic!("no finding of {check} about {phase:?} in {found:#?}"))
}

/// Puts a fault into a slot of the sidecar, and asserts what the check says about that phase.
fn assert_fires(check: &str, expected: Severity, fault: impl FnOnce(&mut SavedRun, usize)) {
    let mut run = Recipe::default().build();
    let slot = slot_of(&run, "sidecar", 1);
    fault(&mut run, slot);
    assert_eq!(severity(&run, check, Some("sidecar")), expected, "{check}");
}

/// Puts a fault into the whole run.
fn assert_fires_on_run(check: &str, fault: impl FnOnce(&mut SavedRun)) {
    let mut run = Recipe::default().build();
    fault(&mut run);
    assert_eq!(severity(&run, check, None), Severity::Warn, "{check}");
}

#[test]
fn a_clean_run_passes_every_check() {
    let recipe = Recipe {
        rounds: 5,
        ..Recipe::default()
    };
    let found = findings(&recipe.build());
    assert_eq!(found.len(), 24, "one finding of each check");
    for finding in &found {
        assert_eq!(finding.severity, Severity::Pass, "{finding:?}");
        assert!(
            finding.advice.is_empty() && !finding.observed.is_empty() && !finding.limit.is_empty()
        );
    }
}

#[test]
fn slots_and_completeness() {
    assert_fires("valid-slots", Severity::Warn, |run, slot| {
        run.manifest.slots[slot].failures = vec!["a proof failed".to_owned()];
    });
    assert_fires_on_run("complete-run", |run| {
        run.manifest.completion = Completion::Incomplete {
            reason: "interrupted".to_owned(),
        };
    });
    assert_fires_on_run("run-warnings", |run| {
        run.manifest.warnings.push("the machine changed".to_owned());
    });
}

#[test]
fn rates() {
    assert_fires("achieved-rate", Severity::Warn, |run, slot| {
        run.manifest.slots[slot].load.succeeded_requests = 9_940;
    });
    assert_fires("achieved-rate", Severity::Fail, |run, slot| {
        run.manifest.slots[slot].load.succeeded_requests = 9_700;
    });
    assert_fires("equal-load", Severity::Fail, |run, _| {
        for slot in run
            .manifest
            .slots
            .iter_mut()
            .filter(|slot| slot.phase.as_str() == "sidecar")
        {
            slot.load.succeeded_requests = 9_850;
        }
    });
    assert_fires("excess-requests", Severity::Warn, |run, slot| {
        run.manifest.slots[slot].load.succeeded_requests = 10_200;
    });
    assert_fires("excess-requests", Severity::Fail, |run, slot| {
        run.manifest.slots[slot].load.succeeded_requests = 20_000;
    });
}

#[test]
fn containers_at_their_limit() {
    assert_fires("throttling", Severity::Warn, |run, slot| {
        add_periods(run, slot, "application", 1000.0, 5.0);
        add_periods(run, slot, "client-sidecar", 1000.0, 12.0);
    });
    let mut run = Recipe::default().build();
    let slot = slot_of(&run, "sidecar", 1);
    add_periods(&mut run, slot, "client-sidecar", 1000.0, 9.0);
    // Two containers of a role count together.
    add_periods(&mut run, slot, "application", 1000.0, 15.0);
    add_periods(&mut run, slot, "application", 1000.0, 0.0);
    assert_eq!(severity(&run, "throttling", None), Severity::Pass);
}

#[test]
fn omitted_and_failed_requests() {
    assert_fires("dropped-iterations", Severity::Warn, |run, slot| {
        run.manifest.slots[slot].load.dropped_iterations = 2;
    });
    assert_fires("dropped-iterations", Severity::Fail, |run, slot| {
        run.manifest.slots[slot].load.dropped_iterations = 150;
    });
    assert_fires("error-share", Severity::Warn, |run, slot| {
        add_failures(run, slot, 20);
    });
    assert_fires("error-share", Severity::Fail, |run, slot| {
        add_failures(run, slot, 200);
    });
    assert_fires("zero-durations", Severity::Warn, |run, slot| {
        let series = measured_series(run, slot);
        for sample in histograms_of(run, series) {
            sample.zero_count = 20;
            sample.count += 20;
        }
    });
}

#[test]
fn counts_that_disagree() {
    assert_fires("counts-agree", Severity::Fail, |run, slot| {
        run.manifest.slots[slot].load.succeeded_requests += 1;
    });
    assert_fires("counts-agree", Severity::Fail, |run, slot| {
        let id = run.manifest.slots[slot].id;
        let counter = |series: &&Series| series.slot == id && series.metric == "k6_http_reqs_total";
        let series = run.tables.series.iter().find(counter).unwrap().id;
        let samples = run
            .tables
            .scalars
            .iter_mut()
            .filter(|sample| sample.series_id == series);
        samples.last().unwrap().value += 1.0;
    });
}

#[test]
fn the_same_data_under_two_names() {
    let mut run = Recipe::default().build();
    let slots = [slot_of(&run, "sidecar", 0), slot_of(&run, "sidecar", 2)];
    let [from, to] = slots.map(|slot| measured_series(&run, slot));
    let last: Vec<_> = histograms_of(&mut run, from)
        .map(|sample| sample.clone())
        .collect();
    for (sample, copy) in histograms_of(&mut run, to).zip(last) {
        *sample = meshdelta_run::HistogramSample {
            series_id: to,
            timestamp: sample.timestamp,
            ..copy
        };
    }
    assert_eq!(
        severity(&run, "duplicates", Some("sidecar")),
        Severity::Fail
    );
}

/// Removes the samples of a part of the window.
fn cut(run: &mut SavedRun, slot: usize, from_ms: i64, to_ms: i64) {
    let series = measured_series(run, slot);
    let start = run.manifest.slots[slot].window.start;
    let cut = start.plus_ms(from_ms)..start.plus_ms(to_ms);
    run.tables
        .histograms
        .retain(|sample| sample.series_id != series || !cut.contains(&sample.timestamp));
}

#[test]
fn gaps_and_absent_load_generators() {
    assert_fires("missing-cells", Severity::Warn, |run, slot| {
        cut(run, slot, 5_000, 6_000);
    });
    assert_fires("missing-cells", Severity::Fail, |run, slot| {
        cut(run, slot, 5_000, 10_000);
    });
    let mut run = Recipe::default().build();
    // A second load generator in every slot but one.
    let absent = slot_of(&run, "sidecar", 1);
    for slot in (0..run.manifest.slots.len()).filter(|slot| *slot != absent) {
        let like = run.tables.series[measured_series(&run, slot) as usize].clone();
        let id = u32::try_from(run.tables.series.len()).unwrap();
        let time = run.manifest.slots[slot].window.start.plus_ms(500);
        run.tables.series.push(Series {
            id,
            runner: Some("2".to_owned()),
            ..like
        });
        run.tables
            .histograms
            .push(sample(id, time, &[(-70, 3)].into(), 0.0));
    }
    assert_eq!(
        severity(&run, "load-generators", Some("sidecar")),
        Severity::Fail
    );
}

#[test]
fn a_load_generator_that_started_anew() {
    assert_fires("resets", Severity::Warn, |run, slot| {
        let series = measured_series(run, slot);
        let before: Vec<u64> = histograms_of(run, series)
            .nth(9)
            .unwrap()
            .bucket_counts
            .clone();
        for sample in histograms_of(run, series).skip(10) {
            for (count, before) in sample.bucket_counts.iter_mut().zip(&before) {
                *count -= before;
            }
            sample.count = sample.bucket_counts.iter().sum();
        }
    });
}

#[test]
fn clocks_that_differ() {
    assert_fires("clock-skew", Severity::Warn, |run, slot| {
        let series = measured_series(run, slot);
        for sample in histograms_of(run, series) {
            sample.timestamp = TimestampMs(sample.timestamp.0 + 9_000);
        }
    });
}

#[test]
fn processes_of_a_cluster_are_only_seen_in_the_inner_window() {
    let mut run = Recipe::default().build();
    let slot = slot_of(&run, "sidecar", 1);
    let record = &run.manifest.slots[slot];
    let (id, inner) = (record.id, record.window.start.plus_ms(6_000));
    let cpu = run.tables.series.iter().filter(|series| {
        series.slot == id && series.metric == "meshdelta_process_cpu_seconds_total"
    });
    let cpu: Vec<u32> = cpu.map(|series| series.id).collect();
    run.tables
        .scalars
        .retain(|sample| !cpu.contains(&sample.series_id) || sample.timestamp > inner);
    let about = Some("sidecar");
    assert_eq!(severity(&run, "clock-skew", about), Severity::Warn);
    run.manifest.plan.environment = EnvironmentKind::Kubernetes;
    assert_eq!(severity(&run, "clock-skew", None), Severity::Pass);
}

#[test]
fn a_container_on_the_path_that_nobody_saw() {
    let sidecar = |instance: &str| Unsampled {
        role: "server-sidecar".to_owned(),
        instance: instance.to_owned(),
    };
    assert_fires("unsampled", Severity::Warn, |run, slot| {
        run.manifest.slots[slot].unsampled = vec![sidecar("pod-a"), sidecar("pod-b")];
        let found = findings(run);
        let finding = found.iter().find(|one| one.check == "unsampled").unwrap();
        assert!(
            finding
                .observed
                .ends_with("nothing of server-sidecar pod-a, server-sidecar pod-b"),
            "{}",
            finding.observed
        );
    });
}

#[test]
fn quantiles_of_k6_that_cannot_be() {
    assert_fires("quantiles-rise", Severity::Fail, |run, slot| {
        run.manifest.slots[slot]
            .load
            .exact_seconds
            .insert("p(90)".to_owned(), 1e-4);
    });
    assert_fires("exact-quantiles", Severity::Warn, |run, slot| {
        let exact = &mut run.manifest.slots[slot].load.exact_seconds;
        let median = exact["med"];
        exact.insert("med".to_owned(), median * 1.08);
    });
    assert_fires("exact-quantiles", Severity::Fail, |run, slot| {
        let exact = &mut run.manifest.slots[slot].load.exact_seconds;
        let median = exact["med"];
        exact.insert("med".to_owned(), median * 1.3);
    });
}

#[test]
fn a_busy_machine() {
    assert_fires_on_run("machine-load", |run| {
        run.manifest.environment.host.load_average = Some(2.5);
    });
    // k6 uses 0.41 of a core, all processes 0.66.
    assert_fires("saturation", Severity::Warn, |run, slot| {
        let id = run.manifest.slots[slot].id;
        let k6: Vec<u32> = run
            .tables
            .series
            .iter()
            .filter(|series| series.slot == id && series.runner.as_deref() == Some("k6"))
            .map(|series| series.id)
            .collect();
        for sample in run
            .tables
            .scalars
            .iter_mut()
            .filter(|sample| k6.contains(&sample.series_id))
        {
            sample.value *= 4.5;
        }
    });
}

#[test]
fn a_delay_that_was_injected_on_purpose() {
    let mut run = Recipe::default().build();
    run.manifest.plan.local.fault = Some(Fault {
        hop: FaultHop::ServerSidecar,
        delay_ms: 5,
    });
    let found: Vec<QualityFinding> = findings(&run)
        .into_iter()
        .filter(|finding| finding.check == "injected-delay")
        .collect();
    let about: Vec<&str> = found
        .iter()
        .filter_map(|finding| finding.phase.as_ref().map(PhaseId::as_str))
        .collect();
    assert_eq!(about, ["sidecar"]);
    assert_eq!(found[0].severity, Severity::Warn);
    assert_eq!(found[0].observed, "5 ms in every request at server-sidecar");
    let caveat = analyse_run(&run).unwrap().run.caveat.unwrap();
    assert!(caveat.contains("5 ms was injected on purpose"), "{caveat}");
}

/// Makes everything after the middle of a slot two buckets slower.
fn slow_down(run: &mut SavedRun, slot: usize) {
    let series = measured_series(run, slot);
    let mut stored = BTreeMap::new();
    let mut slower: BTreeMap<i32, u64> = BTreeMap::new();
    for (number, sample) in histograms_of(run, series).enumerate() {
        let buckets = sample.bucket_indices.iter().copied();
        let buckets: BTreeMap<i32, u64> = buckets.zip(sample.bucket_counts.clone()).collect();
        for (index, count) in &buckets {
            let before = stored.get(index).copied().unwrap_or(0);
            let place = if number < 10 { *index } else { index + 2 };
            *slower.entry(place).or_default() += count - before;
        }
        sample.bucket_indices = slower.keys().copied().collect();
        sample.bucket_counts = slower.values().copied().collect();
        stored = buckets;
    }
}

#[test]
fn latency_that_drifts_within_a_slot() {
    assert_fires("drift", Severity::Warn, slow_down);
}

#[test]
fn baselines_and_rounds_that_move() {
    let recipe = |shift| Recipe {
        rounds: 5,
        shift,
        ..Recipe::default()
    };
    let rising = recipe(|phase, round| {
        constant_shift(phase, round) + i32::try_from(round).unwrap() + i32::from(round > 2)
    });
    assert_eq!(
        severity(&rising.build(), "baseline-trend", None),
        Severity::Warn
    );
    let odd = recipe(|phase, round| {
        constant_shift(phase, round) + i32::from(phase == "sidecar" && round == 3) * 4
    });
    assert_eq!(
        severity(&odd.build(), "outlier-rounds", Some("sidecar")),
        Severity::Warn
    );
}

/// Moves every snapshot of a slot by whole buckets.
fn move_buckets(run: &mut SavedRun, slot: usize, buckets: i32) {
    let series = measured_series(run, slot);
    for sample in histograms_of(run, series) {
        for index in &mut sample.bucket_indices {
            *index += buckets;
        }
    }
}

#[test]
fn the_last_baseline_and_the_place_in_a_round() {
    let mut run = Recipe {
        rounds: 5,
        ..Recipe::default()
    }
    .build();
    for slot in 0..run.manifest.slots.len() {
        let place = run.manifest.slots[slot].id.slot;
        let round = run.manifest.slots[slot].id.round;
        // Two buckets a place, with a wobble of the round so that nothing is exact.
        let wobble = i32::from(round == 2 && place == 3);
        move_buckets(&mut run, slot, i32::try_from(place).unwrap() * 2 + wobble);
    }
    assert_eq!(severity(&run, "baseline-drift", None), Severity::Warn);
    assert_eq!(severity(&run, "order-effect", None), Severity::Warn);
}
