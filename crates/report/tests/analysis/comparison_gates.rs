//! Comparisons of made-up runs: the answer is known by hand, and every question of a pipeline has its state.
//!
//! A bucket is a factor of `2^(1/8)`. A sidecar that was 2 buckets slower than the baseline and is now 4 has changed by `2^(2/8) - 1 = 18.92 %`
//! of its own latency, whatever the machine does.

use meshdelta_report::comparison::{
    ChangeMetric, ChangeVerdict, ComparisonError, ComparisonModel, ComparisonSettings, FailOn,
    Grade, Thresholds, compare_runs, render_comparison_csv, render_comparison_json,
    render_comparison_markdown, render_comparison_terminal,
};
use meshdelta_report::gates::{GateRule, GateState, parse_gates};
use meshdelta_report::model::PhaseId;
use meshdelta_run::RunId;
use meshdelta_run::folder::SavedRun;
use meshdelta_run::manifest::ProgramFact;

use crate::builder::{Recipe, constant_shift};

fn run(id: &str, recipe: &Recipe) -> SavedRun {
    let mut run = recipe.build();
    run.manifest.run_id = RunId::try_new(id).unwrap();
    run
}

fn before() -> SavedRun {
    run("before", &Recipe::default())
}

/// Two buckets more for the sidecar, on a machine that is three buckets slower.
fn regressed() -> Recipe {
    Recipe {
        shift: |phase, round| {
            3 + constant_shift(phase, round) + if phase == "sidecar" { 2 } else { 0 }
        },
        ..Recipe::default()
    }
}

/// The sidecar varies by several buckets from round to round.
fn noisy() -> Recipe {
    Recipe {
        shift: |phase, round| {
            let noise = i32::try_from(round * 7 % 5).unwrap() - 2;
            constant_shift(phase, round) + if phase == "sidecar" { noise } else { 0 }
        },
        ..Recipe::default()
    }
}

fn compared(after: &SavedRun, settings: &ComparisonSettings) -> ComparisonModel {
    compare_runs(&[before()], std::slice::from_ref(after), settings).unwrap()
}

fn asked(fail_on: FailOn) -> ComparisonSettings {
    ComparisonSettings {
        fail_on: Some(fail_on),
        ..ComparisonSettings::default()
    }
}

/// What became of one question, and why.
fn answer(after: &Recipe, fail_on: FailOn) -> (GateState, String) {
    only_gate(&compared(&run("after", after), &asked(fail_on)))
}

fn only_gate(model: &ComparisonModel) -> (GateState, String) {
    assert_eq!(model.gates.len(), 1);
    let gate = &model.gates[0];
    assert_eq!(gate.reason.lines().count(), 1, "{}", gate.reason);
    (gate.state, gate.reason.clone())
}

fn verdict(model: &ComparisonModel, phase: &str, metric: ChangeMetric) -> ChangeVerdict {
    model.change(&PhaseId::new(phase), metric).unwrap().verdict
}

#[test]
fn the_change_is_what_was_put_in() {
    let model = compared(&run("after", &regressed()), &ComparisonSettings::default());
    for metric in [ChangeMetric::P50, ChangeMetric::P90, ChangeMetric::P99] {
        let change = model.change(&PhaseId::new("sidecar"), metric).unwrap();
        let estimate = change.estimate.value().unwrap();
        let relative = estimate.change.relative.unwrap().get();
        assert!(
            (relative - 0.189_207_115).abs() < 1e-6,
            "{metric:?} {relative}"
        );
        // In seconds: of the old sidecar, which is 2 buckets above the old baseline.
        let old = estimate.before.point;
        let phase =
            old.absolute / old.relative.unwrap().get() * (1.0 + old.relative.unwrap().get());
        let absolute = estimate.change.absolute;
        assert!((absolute / phase - relative).abs() < 1e-9, "{metric:?}");
    }
    assert_eq!(
        verdict(&model, "sidecar", ChangeMetric::P50),
        ChangeVerdict::Regressed
    );
    let ambient = model
        .change(&PhaseId::new("ambient"), ChangeMetric::P50)
        .unwrap();
    let ambient = ambient.estimate.value().unwrap();
    assert!(ambient.change.absolute.abs() < 1e-12);
}

#[test]
fn every_question_of_a_pipeline_has_its_state_and_one_line() {
    let better = Recipe {
        shift: |phase, round| constant_shift(phase, round) - if phase == "sidecar" { 2 } else { 0 },
        ..Recipe::default()
    };
    let one_round = Recipe {
        rounds: 1,
        duration_seconds: 60,
        ..Recipe::default()
    };
    let recipes = [
        ("regressed", regressed()),
        ("better", better),
        ("noisy", noisy()),
        ("one round", one_round),
    ];
    let mut shown = Vec::new();
    for (name, recipe) in &recipes {
        for fail_on in [FailOn::Regression, FailOn::AnyChange, FailOn::Inconclusive] {
            let (state, reason) = answer(recipe, fail_on);
            shown.push(format!(
                "{name}, {}: {}\n  {reason}",
                fail_on.label(),
                state.words()
            ));
        }
    }
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_failed_quality_check_is_no_pass() {
    let mut after = run("after", &Recipe::default());
    for slot in &mut after.manifest.slots {
        if slot.phase.as_str() == "ambient" {
            slot.failures = vec!["a proof failed".to_owned()];
        }
    }
    for fail_on in [FailOn::Regression, FailOn::AnyChange, FailOn::Inconclusive] {
        let (state, reason) = only_gate(&compared(&after, &asked(fail_on)));
        assert_eq!(state, GateState::Invalid, "{reason}");
        assert!(reason.contains("Ambient"), "{reason}");
    }
    let gates = rules("metric = 'p50'\nphase = 'ambient'\nlimit = '50%'");
    let (state, _) = only_gate(&compared(&after, &limited(gates)));
    assert_eq!(state, GateState::Invalid);
}

fn rules(text: &str) -> Vec<GateRule> {
    let text = format!("[[gate]]\nscope = 'change'\n{text}");
    parse_gates("gates.toml".as_ref(), &text).unwrap()
}

fn limited(gates: Vec<GateRule>) -> ComparisonSettings {
    ComparisonSettings {
        gates,
        ..ComparisonSettings::default()
    }
}

#[test]
fn limits_on_changes_are_held_against_the_change() {
    let gate = |metric: &str, limit: &str, policy: &str, after: &Recipe| {
        let rules = rules(&format!(
            "metric = '{metric}'\nphase = 'sidecar'\nlimit = '{limit}'\npolicy = '{policy}'"
        ));
        only_gate(&compared(&run("after", after), &limited(rules)))
    };
    let (fail, pass) = ("fail-if-proven", "pass-if-proven");
    // 18.92 % is proven to be above 5 %, and to be below 30 %.
    let failed = gate("p50", "5%", fail, &regressed());
    assert_eq!(failed.0, GateState::Failed, "{}", failed.1);
    assert!(
        failed.1.starts_with(
            "the change of p50 of sidecar is proven to exceed its limit of 5%: +18.92\u{2009}% ["
        ),
        "{}",
        failed.1
    );
    assert_eq!(gate("p50", "30%", fail, &regressed()).0, GateState::Passed);
    assert_eq!(gate("p50", "30%", pass, &regressed()).0, GateState::Passed);
    assert_eq!(gate("p50", "5%", pass, &regressed()).0, GateState::Failed);
    // A limit in the unit of the metric: 0.1892 of the old sidecar's 2.65 ms.
    let absolute = gate("p50", "0.1ms", fail, &regressed());
    assert_eq!(absolute.0, GateState::Failed, "{}", absolute.1);
    assert!(
        absolute.1.contains(": +0.501\u{2009}ms ["),
        "{}",
        absolute.1
    );
    assert_eq!(gate("p50", "1ms", pass, &regressed()).0, GateState::Passed);
    // Noise proves neither.
    assert_eq!(gate("p50", "5%", fail, &noisy()).0, GateState::Passed);
    assert_eq!(gate("p50", "5%", pass, &noisy()).0, GateState::Inconclusive);
    let one_round = Recipe {
        rounds: 1,
        duration_seconds: 60,
        ..regressed()
    };
    assert_eq!(gate("p50", "5%", fail, &one_round).0, GateState::Undecided);
    assert_eq!(
        gate("p50", "5%", pass, &one_round).0,
        GateState::Inconclusive
    );
}

#[test]
fn a_threshold_of_the_plan_is_looked_at_as_one_of_the_command_is() {
    let looks_at_p90 = |of_plan: bool, of_command: bool| {
        let mut after = run("after", &regressed());
        let mut settings = asked(FailOn::Regression);
        if of_plan {
            let threshold = &mut after.manifest.plan.compare.threshold;
            threshold.insert("p90".to_owned(), "5%".to_owned());
        }
        if of_command {
            settings.thresholds.add_threshold("p90", "5%").unwrap();
        }
        only_gate(&compared(&after, &settings)).1.contains(" p90 ")
    };
    assert!(!looks_at_p90(false, false));
    assert!(looks_at_p90(true, false));
    assert!(looks_at_p90(false, true));
}

#[test]
fn the_command_wins_over_the_plan_of_the_last_run() {
    let mut after = run("after", &regressed());
    let threshold = &mut after.manifest.plan.compare.threshold;
    threshold.insert("p50".to_owned(), "60%".to_owned());
    let mut settings = ComparisonSettings::default();
    let of_plan = compared(&after, &settings);
    assert_eq!(
        verdict(&of_plan, "sidecar", ChangeMetric::P50),
        ChangeVerdict::Equivalent
    );
    settings.thresholds.add_threshold("p50", "5%").unwrap();
    let of_command = compared(&after, &settings);
    assert_eq!(
        verdict(&of_command, "sidecar", ChangeMetric::P50),
        ChangeVerdict::Regressed
    );
}

#[test]
fn an_equivalence_margin_can_be_narrower_than_the_threshold() {
    let verdict_of = |margin: &str| {
        let mut thresholds = Thresholds::default();
        thresholds.add_threshold("p50", "60%").unwrap();
        thresholds.add_equivalence_margin("p50", margin).unwrap();
        let settings = ComparisonSettings {
            thresholds,
            ..ComparisonSettings::default()
        };
        let model = compared(&run("after", &regressed()), &settings);
        verdict(&model, "sidecar", ChangeMetric::P50)
    };
    assert_eq!(verdict_of("40%"), ChangeVerdict::Equivalent);
    assert_eq!(verdict_of("1%"), ChangeVerdict::WorseSizeUnclear);
}

#[test]
fn a_wrong_threshold_of_a_plan_is_refused() {
    let mut after = run("after", &Recipe::default());
    let threshold = &mut after.manifest.plan.compare.threshold;
    threshold.insert("p50".to_owned(), "5 apples".to_owned());
    let error = compare_runs(&[before()], &[after], &ComparisonSettings::default()).unwrap_err();
    assert!(matches!(error, ComparisonError::Plan { .. }));
    assert!(
        error.to_string().contains("`compare.threshold.p50`"),
        "{error}"
    );
}

#[test]
fn phases_that_not_all_runs_have_are_named_and_left_out() {
    let fewer = run(
        "after",
        &Recipe {
            phases: vec!["baseline", "sidecar"],
            ..Recipe::default()
        },
    );
    let model = compared(&fewer, &ComparisonSettings::default());
    assert!(
        model
            .changes
            .iter()
            .all(|it| it.phase.as_str() == "sidecar")
    );
    assert_eq!(model.intervals.simultaneous_comparisons, 1);
    let alerts = model.alerts.join("\n");
    assert!(
        alerts.contains(
            "Not compared, because not every run has it: Ambient (ztunnel) (not in after)."
        ),
        "{alerts}"
    );
    // One phase is compared, so nothing is to be corrected for.
    let change = model
        .change(&PhaseId::new("sidecar"), ChangeMetric::P50)
        .unwrap();
    let estimate = change.estimate.value().unwrap();
    assert_eq!(
        estimate.simultaneous_interval.as_ref(),
        estimate.interval.value()
    );
    let other = run(
        "other",
        &Recipe {
            phases: vec!["baseline", "ambient"],
            ..Recipe::default()
        },
    );
    let error = compare_runs(&[fewer], &[other], &ComparisonSettings::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the runs have no phase in common beside the baseline: sidecar before and ambient after"
    );
}

#[test]
fn what_varies_on_purpose_is_said_on_top() {
    let mut after = run("after", &Recipe::default());
    after.manifest.plan.local.proxy_concurrency = 4;
    let program = ProgramFact {
        version: "1.41.0".to_owned(),
        sha256: None,
    };
    let programs = &mut after.manifest.environment.programs;
    programs.insert("envoy".to_owned(), program);
    let vary = |facts: &[&str]| ComparisonSettings {
        vary: facts.iter().map(|&fact| fact.to_owned()).collect(),
        ..ComparisonSettings::default()
    };
    let compare = |settings: &ComparisonSettings| {
        compare_runs(&[before()], std::slice::from_ref(&after), settings)
    };
    let refused = compare(&vary(&["environment.programs.envoy"])).unwrap_err();
    assert!(matches!(refused, ComparisonError::NotComparable { .. }));
    let model = compare(&vary(&[
        "environment.programs.envoy",
        "plan.local.proxy_concurrency",
    ]))
    .unwrap();
    assert!(!model.comparability.is_forced);
    assert_eq!(model.comparability.of_grade(Grade::OnPurpose).count(), 2);
    let said = "Varied on purpose: ";
    assert!(model.alerts[0].starts_with(said), "{:?}", model.alerts);
    assert!(render_comparison_markdown(&model).contains(said));
    let error = compare(&vary(&["plan.local.proxy_concurency"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the runs do not differ in `plan.local.proxy_concurency`; did you mean `plan.local.proxy_concurrency`?"
    );
}

#[test]
fn a_forced_comparison_says_so_in_every_text() {
    let mut after = run("after", &Recipe::default());
    after.manifest.plan.local.response_bytes = 7;
    let settings = ComparisonSettings {
        force: true,
        ..ComparisonSettings::default()
    };
    let model = compared(&after, &settings);
    let said = "did not measure the same thing";
    assert!(model.alerts[0].contains(said), "{:?}", model.alerts);
    assert!(render_comparison_markdown(&model).contains(said));
    assert!(render_comparison_json(&model).unwrap().contains(said));
    let terminal = render_comparison_terminal(&model, 200, meshdelta_report::Colour::Off);
    assert!(terminal.contains(said), "{terminal}");
    assert!(render_comparison_csv(&model).contains("forced"));
}

#[test]
fn several_runs_pool_to_the_mean_of_their_overheads() {
    let side = |ids: [&str; 2], buckets: fn(&str, u32) -> i32| -> Vec<SavedRun> {
        let recipe = Recipe {
            shift: buckets,
            ..Recipe::default()
        };
        vec![run(ids[0], &Recipe::default()), run(ids[1], &recipe)]
    };
    // Old: sidecars of 2 and 2 buckets; new: of 2 and 6, so 4 in the mean, on logs.
    let old = side(["a", "b"], constant_shift);
    let new = side(["c", "d"], |phase, round| {
        constant_shift(phase, round) + if phase == "sidecar" { 4 } else { 0 }
    });
    let model = compare_runs(&old, &new, &ComparisonSettings::default()).unwrap();
    let change = model
        .change(&PhaseId::new("sidecar"), ChangeMetric::P50)
        .unwrap();
    let estimate = change.estimate.value().unwrap();
    let relative = estimate.change.relative.unwrap().get();
    assert!((relative - 0.189_207_115).abs() < 1e-6, "{relative}");
    // New runs lie apart by 4 buckets of w = ln 2 / 8, old ones by none: pooled s² = (8 w² + 0) / 2 on 2 degrees, SE² = s² (1/2 + 1/2).
    let expected = 2.0 * std::f64::consts::LN_2 / 8.0;
    let error = estimate.standard_error.unwrap();
    assert!((error / expected - 1.0).abs() < 1e-6, "{error} {expected}");
    assert_eq!(estimate.degrees_of_freedom, Some(2.0));
}
