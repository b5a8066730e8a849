//! Gates of `compare`: files of limits, `--fail-on`, `--strict`, and the exit codes of each.

use meshdelta_run::RunId;
use meshdelta_run::folder;

use crate::compare::{EXAMPLE, copy};
use crate::support::{Said, TestEnvironment};

#[track_caller]
fn ends(said: &Said, code: i32, words: &str) {
    assert_eq!(said.code, Some(code), "{}", said.failure());
    assert!(said.stderr.contains(words), "{}", said.failure());
}

/// Saves the example anew with the requests of a phase some histogram buckets slower, each a factor of `2^(1/8)`.
pub(crate) fn slower(
    environment: &TestEnvironment,
    name: &str,
    phase: &str,
    buckets: i32,
) -> String {
    let mut run = folder::read(EXAMPLE.as_ref()).unwrap();
    let factor = (f64::from(buckets) / 8.0).exp2();
    for sample in &mut run.tables.histograms {
        let series = &run.tables.series[sample.series_id as usize];
        if series.phase.as_str() == phase && series.metric == "k6_http_req_duration_seconds" {
            sample.sum *= factor;
            for index in &mut sample.bucket_indices {
                *index += buckets;
            }
        }
    }
    let mut manifest = run.manifest;
    manifest.run_id = RunId::try_new(name).unwrap();
    for slot in &mut manifest.slots {
        if slot.phase.as_str() == phase {
            let exact = &mut slot.load.exact_seconds;
            for seconds in exact.values_mut() {
                *seconds *= factor;
            }
        }
    }
    fs_err::create_dir_all(environment.path(name)).unwrap();
    folder::save(&environment.path(name), manifest, &run.tables).unwrap();
    environment.text(name)
}

fn gates(environment: &TestEnvironment, text: &str) -> String {
    environment.write("gates.toml", &format!("[[gate]]\n{text}\n"))
}

#[test]
fn a_phase_of_which_every_slot_failed_is_invalid_for_both_commands() {
    let environment = TestEnvironment::new();
    let failed = copy(&environment, "failed", |manifest| {
        for slot in manifest["slots"].as_array_mut().unwrap() {
            if slot["phase"] == "sidecar" {
                slot["failures"] = serde_json::json!(["a proof failed"]);
            }
        }
    });
    let file = gates(
        &environment,
        "metric = 'p50'\nphase = 'sidecar'\nlimit = '10s'",
    );
    let report = ["report", &failed, "--format", "csv", "--gate", &file];
    let said = environment.run_without_programs(&report);
    assert_eq!(said.code, Some(5), "{}", said.failure());
    let change = gates(
        &environment,
        "scope = 'change'\nmetric = 'p50'\nphase = 'sidecar'\nlimit = '10s'",
    );
    let compare = ["compare", EXAMPLE, &failed, "--gate", &change];
    let said = environment.run_without_programs(&compare);
    assert_eq!(said.code, Some(5), "{}", said.failure());
}

#[test]
fn a_file_without_a_gate_is_a_mistake() {
    let environment = TestEnvironment::new();
    let file = environment.write("gates.toml", "gate = []\n");
    let said = environment.run_without_programs(&["report", EXAMPLE, "--gate", &file]);
    ends(&said, 2, "has no gate");
}

#[test]
fn a_regression_fails_and_an_improvement_is_a_change() {
    let environment = TestEnvironment::new();
    let slow = slower(&environment, "slow", "ambient", 8);
    let compare = |old: &str, new: &str, fail_on: &str| {
        environment.run_without_programs(&["compare", old, new, "--fail-on", fail_on])
    };
    for fail_on in ["regression", "any-change", "inconclusive"] {
        let said = compare(EXAMPLE, &slow, fail_on);
        ends(
            &said,
            3,
            &format!("gate failed (fail on {fail_on}): Ambient (ztunnel) p50 +"),
        );
    }
    let back = compare(&slow, EXAMPLE, "regression");
    ends(
        &back,
        0,
        "gate passed (fail on regression): none of 8 changes",
    );
    ends(&compare(&slow, EXAMPLE, "any-change"), 3, "improved");
}

#[test]
fn limits_on_changes_end_with_their_codes() {
    let environment = TestEnvironment::new();
    let slow = slower(&environment, "slow", "ambient", 8);
    let gate = |text: &str, more: &[&str]| {
        let file = gates(
            &environment,
            &format!("scope = 'change'\nmetric = 'p50'\n{text}"),
        );
        let arguments = ["compare", EXAMPLE, &slow, "--gate", &file];
        environment.run_without_programs(&[&arguments[..], more].concat())
    };
    // Eight buckets are twice the time: +100 %.
    let said = gate("phase = 'ambient'\nlimit = '20%'", &[]);
    ends(
        &said,
        3,
        "gate failed (p50 of ambient within 20%): the change of p50 of ambient is proven to exceed its limit of 20%: +100\u{2009}% [",
    );
    assert!(
        said.stdout
            .contains("**Gate (p50 of ambient within 20%) failed:**"),
        "{}",
        said.stdout
    );
    ends(
        &gate("phase = 'ambient'\nlimit = '400%'", &[]),
        0,
        "gate passed",
    );
    ends(
        &gate(
            "phase = 'sidecar'\nlimit = '0.01%'\npolicy = 'pass-if-proven'",
            &[],
        ),
        4,
        "gate inconclusive",
    );
    // There are too few requests for p99.9, so nothing is decided.
    let undecided = gates(
        &environment,
        "scope = 'change'\nmetric = 'p99.9'\nphase = 'ambient'\nlimit = '5%'",
    );
    let arguments = ["compare", EXAMPLE, &slow, "--gate", &undecided];
    ends(
        &environment.run_without_programs(&arguments),
        0,
        "gate undecided",
    );
    ends(
        &environment.run_without_programs(&[&arguments[..], &["--strict"]].concat()),
        4,
        "gate undecided",
    );
}

#[test]
fn a_gate_that_does_not_fit_is_a_mistake_in_the_command() {
    let environment = TestEnvironment::new();
    let copy = copy(&environment, "copy", |_| {});
    let compare = |text: &str| {
        let file = gates(&environment, text);
        environment.run_without_programs(&["compare", EXAMPLE, &copy, "--gate", &file])
    };
    let rest = "metric = 'p50'\nphase = 'ambient'\nlimit = '5%'";
    ends(
        &compare(rest),
        2,
        "has scope `overhead`, which `meshdelta report` looks at",
    );
    let change = |text: &str| compare(&format!("scope = 'change'\n{text}"));
    ends(
        &change("metric = 'p50'\nphase = 'ambint'\nlimit = '5%'"),
        2,
        "there is no phase `ambint` to limit: use sidecar",
    );
    ends(
        &change("metric = 'p51'\nphase = 'ambient'\nlimit = '5%'"),
        2,
        "there is no metric `p51`",
    );
    ends(
        &change("metric = 'p50'\nphase = 'ambient'\nlimit = '5'"),
        2,
        "is no limit for p50",
    );
    ends(&compare("scope = 'changes'"), 2, "gates.toml");
    let file = gates(&environment, &format!("scope = 'change'\n{rest}"));
    let report =
        environment.run_without_programs(&["report", EXAMPLE, "--format", "json", "--gate", &file]);
    ends(
        &report,
        2,
        "has scope `change`, which `meshdelta compare` looks at",
    );
}

#[test]
fn a_plan_that_says_nonsense_about_changes_is_refused_before_the_run() {
    let environment = TestEnvironment::new();
    for (text, words) in [
        (
            "threshold = { p98 = '5%' }",
            "`compare.threshold.p98` is wrong: there is no metric `p98` (did you mean `p9",
        ),
        (
            "threshold = { p99 = '5' }",
            "`compare.threshold.p99` is wrong: `5` is no limit for p99",
        ),
        (
            "equivalence_margin = { p99 = '-5%' }",
            "`compare.equivalence_margin.p99` is wrong",
        ),
    ] {
        let plan = environment.write("plan.toml", &format!("[compare]\n{text}\n"));
        let output = environment.text("run");
        for arguments in [
            &["run", &plan, "--dry-run"][..],
            &["run", &plan, "--output", &output],
        ] {
            let said = environment.run_without_programs(arguments);
            ends(&said, 2, words);
            ends(&said, 2, "plan.toml` cannot be used");
        }
        assert!(!environment.path("run").exists());
    }
}

#[test]
fn a_saved_plan_that_says_nonsense_is_refused_when_comparing() {
    let environment = TestEnvironment::new();
    let wrong = copy(&environment, "wrong", |manifest| {
        manifest["plan"]["compare"] = serde_json::json!({ "threshold": { "p99": "much" } });
    });
    let said = environment.run_without_programs(&["compare", EXAMPLE, &wrong]);
    ends(&said, 2, "`compare.threshold.p99` is wrong");
}

#[test]
fn a_threshold_of_the_plan_widens_what_is_looked_at() {
    let environment = TestEnvironment::new();
    let plain = copy(&environment, "plain", |_| {});
    let wide = copy(&environment, "wide", |manifest| {
        manifest["plan"]["compare"] = serde_json::json!({ "threshold": { "p90": "0.1%" } });
    });
    let gate = |new: &str| {
        environment.run_without_programs(&["compare", EXAMPLE, new, "--fail-on", "inconclusive"])
    };
    assert!(!gate(&plain).stderr.contains(" p90 "));
    assert!(
        gate(&wide).stderr.contains(" p90 "),
        "{}",
        gate(&wide).stderr
    );
}
