//! Runs that lack something: a reason or a named error, never a panic, never NaN.

use meshdelta_report::analysis::{AnalysisError, analyse_run};
use meshdelta_report::model::{Badge, Completion, PhaseId, ReportModel, Statistic, Verdict};
use meshdelta_report::{TemplateSource, render_html, render_json};
use meshdelta_run::folder::SavedRun;
use meshdelta_run::manifest::{Completion as StoredCompletion, LoadSummary};

use crate::builder::{Recipe, slot_of};
use crate::faults::{histograms_of, measured_series};

/// Every number of the model is finite, or JSON could not be written.
fn analysed(run: &SavedRun) -> ReportModel {
    let model = analyse_run(run).unwrap();
    render_json(&model).unwrap();
    render_html(&model, &TemplateSource::Embedded).unwrap();
    model
}

/// Removes slots and everything that was stored of them.
fn keep_slots(run: &mut SavedRun, keep: impl Fn(usize) -> bool) {
    let kept = run.manifest.slots.iter().enumerate();
    run.manifest.slots = kept
        .filter(|(number, _)| keep(*number))
        .map(|(_, slot)| slot.clone())
        .collect();
}

#[test]
fn a_run_without_slots_is_an_error() {
    let mut run = Recipe::default().build();
    keep_slots(&mut run, |_| false);
    assert_eq!(analyse_run(&run), Err(AnalysisError::NoSlots));
}

#[test]
fn a_run_without_a_valid_baseline_says_which_slots_and_why() {
    let mut run = Recipe {
        rounds: 1,
        ..Recipe::default()
    }
    .build();
    for slot in run
        .manifest
        .slots
        .iter_mut()
        .filter(|slot| slot.phase.as_str() == "baseline")
    {
        slot.failures = vec!["a proof failed".to_owned()];
    }
    let error = analyse_run(&run).unwrap_err().to_string();
    assert_eq!(
        error,
        "no slot of the baseline is valid: round 1 slot 1: a proof failed; round 1 slot 4: a proof failed"
    );
}

#[test]
fn an_interrupted_run_reports_what_it_has() {
    let mut run = Recipe::default().build();
    // The first round, and of the second the baseline.
    keep_slots(&mut run, |number| number < 5);
    run.manifest.completion = StoredCompletion::Incomplete {
        reason: "interrupted".to_owned(),
    };
    let model = analysed(&run);
    assert_eq!(model.run.rounds, 1);
    assert!(matches!(
        model.run.completion,
        Completion::Partial {
            measured_slots: 5,
            planned_slots: 12,
            ..
        }
    ));
    assert!(
        model
            .overheads
            .iter()
            .all(|found| !found.verdict.is_conclusive())
    );
}

#[test]
fn a_baseline_alone_has_latencies_and_no_overheads() {
    let mut run = Recipe::default().build();
    keep_slots(&mut run, |number| number == 0);
    let model = analysed(&run);
    let overhead = model
        .overhead(&PhaseId::new("sidecar"), Statistic::P50)
        .unwrap();
    assert_eq!(overhead.estimate.reason(), Some("not measured"));
    assert_eq!(overhead.verdict, Verdict::NotEstimable);
    assert!(
        !model
            .phase(&PhaseId::new("sidecar"))
            .unwrap()
            .validity
            .is_valid()
    );
    assert!(
        model
            .absolute(&PhaseId::new("baseline"), Statistic::P50)
            .unwrap()
            .value
            .value()
            .is_some()
    );
}

#[test]
fn a_slot_of_few_intervals_has_a_value_without_interval() {
    let run = Recipe {
        rounds: 1,
        duration_seconds: 5,
        ..Recipe::default()
    }
    .build();
    let model = analysed(&run);
    let overhead = model
        .overhead(&PhaseId::new("sidecar"), Statistic::P50)
        .unwrap();
    let estimate = overhead.estimate.value().unwrap();
    assert_eq!(
        estimate.interval.reason(),
        Some("one round with 5 analysis intervals; 8 are needed")
    );
    assert!(overhead.badges.contains(&Badge::TooFewIntervals));
    let far = model
        .overhead(&PhaseId::new("sidecar"), Statistic::P999)
        .unwrap();
    let reason = far.estimate.reason().unwrap();
    assert!(
        reason.contains("2.5 observations beyond the quantile"),
        "{reason}"
    );
}

#[test]
fn empty_histograms_are_a_phase_without_numbers() {
    let mut run = Recipe::default().build();
    for round in 0..3 {
        let slot = slot_of(&run, "ambient", round);
        let series = measured_series(&run, slot);
        run.tables
            .histograms
            .retain(|sample| sample.series_id != series);
        run.manifest.slots[slot].load = LoadSummary::default();
    }
    let model = analysed(&run);
    let overhead = model
        .overhead(&PhaseId::new("ambient"), Statistic::P50)
        .unwrap();
    assert!(overhead.estimate.reason().is_some());
    assert!(
        !model
            .phase(&PhaseId::new("ambient"))
            .unwrap()
            .validity
            .is_valid()
    );
}

#[test]
fn a_sum_that_is_not_a_number_excludes_its_slot() {
    let mut run = Recipe::default().build();
    let slot = slot_of(&run, "ambient", 2);
    let series = measured_series(&run, slot);
    for sample in histograms_of(&mut run, series) {
        sample.sum = f64::NAN;
    }
    let model = analysed(&run);
    let overhead = model
        .overhead(&PhaseId::new("ambient"), Statistic::P50)
        .unwrap();
    assert_eq!(overhead.estimate.value().unwrap().rounds, 2);
    let finding = model
        .quality
        .iter()
        .find(|finding| finding.check == "valid-slots")
        .unwrap();
    assert!(finding.observed.contains("not finite"), "{finding:?}");
}

#[test]
fn a_schema_that_is_not_exponential_excludes_its_slot() {
    let mut run = Recipe::default().build();
    let slot = slot_of(&run, "ambient", 0);
    let series = measured_series(&run, slot);
    for sample in histograms_of(&mut run, series) {
        sample.schema = Some(-53);
    }
    let model = analysed(&run);
    let overhead = model
        .overhead(&PhaseId::new("ambient"), Statistic::P50)
        .unwrap();
    assert_eq!(overhead.estimate.value().unwrap().rounds, 2);
}

#[test]
fn a_run_without_resources_says_so() {
    let mut run = Recipe::default().build();
    let processes: Vec<u32> = run
        .tables
        .series
        .iter()
        .filter(|series| series.metric.starts_with("meshdelta_process"))
        .map(|series| series.id)
        .collect();
    run.tables
        .scalars
        .retain(|sample| !processes.contains(&sample.series_id));
    let model = analysed(&run);
    for resources in &model.resources {
        assert!(resources.total.reason().is_some() && resources.roles.is_empty());
    }
    for difference in &model.resource_differences {
        assert_eq!(
            difference.difference.reason(),
            Some("CPU and memory were not recorded")
        );
    }
}

#[test]
fn the_heat_map_has_the_warm_up_and_every_request() {
    let run = Recipe::default().build();
    let map = analysed(&run).heat_map;
    assert_eq!(map.slots.len(), run.manifest.slots.len());
    for (slot, record) in map.slots.iter().zip(&run.manifest.slots) {
        let requests = |is_warm_up: bool| -> u64 {
            let cells = slot
                .cells
                .iter()
                .filter(|cell| cell.is_warm_up == is_warm_up);
            cells.flat_map(|cell| &cell.counts).sum()
        };
        assert_eq!(requests(true), 200);
        assert_eq!(requests(false), record.load.succeeded_requests);
    }
}
