//! Each rule of the headings: when it speaks, and when it must be silent.

use crate::fixture;
use meshdelta_report::model::*;

/// A model without findings: every overhead is undecided, every resource without an interval.
fn undecided() -> ReportModel {
    let mut model = fixture::five_phases();
    for overhead in &mut model.overheads {
        overhead.verdict = Verdict::Inconclusive;
    }
    for difference in &mut model.resource_differences {
        difference.difference = Measured::unknown("not measured");
    }
    model.resources.clear();
    model
}

const PHASES: [&str; 4] = ["sidecar", "sidecar-l7", "ambient", "ambient-l7"];

fn overhead<'a>(model: &'a mut ReportModel, phase: &str, statistic: Statistic) -> &'a mut Overhead {
    model
        .overheads
        .iter_mut()
        .find(|overhead| overhead.phase.as_str() == phase && overhead.statistic == statistic)
        .unwrap()
}

/// Gives an overhead an interval in milliseconds around its point, and a verdict; the baseline is 1 ms, so ratios are the same numbers.
fn judge(
    model: &mut ReportModel,
    phase: &str,
    statistic: Statistic,
    (lower, upper): (f64, f64),
    verdict: Verdict,
) {
    let overhead = overhead(model, phase, statistic);
    overhead.verdict = verdict;
    let Measured::Known { value } = &mut overhead.estimate else {
        panic!("the fixture has an estimate for every overhead");
    };
    let point = f64::midpoint(lower, upper);
    value.point = Effect::new(point, point / 1000.0);
    value.interval = Measured::known(EffectInterval {
        relative: Interval::new(lower, upper),
        absolute_seconds: Interval::new(lower / 1000.0, upper / 1000.0),
    });
}

/// The same interval and verdict for every phase.
fn judge_all(model: &mut ReportModel, statistic: Statistic, ends: (f64, f64), verdict: Verdict) {
    for phase in PHASES {
        judge(model, phase, statistic, ends, verdict);
    }
}

fn invalidate(model: &mut ReportModel, phase: &str) {
    for one in &mut model.phases {
        if one.id.as_str() == phase {
            one.validity = Validity::Invalid {
                reasons: vec!["for a test".to_owned()],
            };
        }
    }
}

fn findings(mut model: ReportModel) -> Findings {
    model.write_texts();
    model.findings
}

#[test]
fn without_findings_headings_are_plain_names() {
    let mut model = undecided();
    for overhead in &mut model.overheads {
        if let Measured::Known { value } = &mut overhead.estimate {
            value.round_differences.clear();
        }
    }
    let findings = findings(model);
    assert_eq!(findings.overheads, "What each phase adds to latency");
    assert_eq!(findings.spectrum, "Latency at each percentile");
    assert_eq!(findings.shift, "What is added at each percentile");
    assert_eq!(findings.rounds, "The difference in each round");
    assert_eq!(findings.resources, "CPU and memory by role");
    assert_eq!(findings.cost, "Cost against latency");
}

#[test]
fn two_phases_apart_at_the_median_are_named() {
    let mut model = undecided();
    judge(
        &mut model,
        "sidecar",
        Statistic::P50,
        (2.0, 3.0),
        Verdict::Higher,
    );
    judge(
        &mut model,
        "ambient",
        Statistic::P50,
        (0.5, 1.5),
        Verdict::Higher,
    );
    assert_eq!(
        findings(model.clone()).overheads,
        "Ambient (ztunnel) adds 1.00\u{2009}ms to the median request, Sidecar 2.50\u{2009}ms"
    );
    // Overlapping intervals are no order.
    judge(
        &mut model,
        "ambient",
        Statistic::P50,
        (0.5, 2.1),
        Verdict::Higher,
    );
    assert_eq!(findings(model).overheads, "What each phase adds to latency");
}

#[test]
fn what_is_equivalent_or_invalid_is_not_said_to_add() {
    let mut model = undecided();
    judge(
        &mut model,
        "sidecar",
        Statistic::P50,
        (2.0, 3.0),
        Verdict::Higher,
    );
    judge(
        &mut model,
        "ambient",
        Statistic::P50,
        (-0.1, 0.1),
        Verdict::Equivalent,
    );
    assert_eq!(
        findings(model.clone()).overheads,
        "What each phase adds to latency"
    );
    judge(
        &mut model,
        "ambient",
        Statistic::P50,
        (0.5, 1.5),
        Verdict::Higher,
    );
    invalidate(&mut model, "ambient");
    assert_eq!(findings(model).overheads, "What each phase adds to latency");
}

#[test]
fn an_order_that_turns_in_the_tail_is_said() {
    let mut model = undecided();
    judge(
        &mut model,
        "sidecar",
        Statistic::P50,
        (2.0, 3.0),
        Verdict::Higher,
    );
    judge(
        &mut model,
        "ambient",
        Statistic::P50,
        (0.5, 1.5),
        Verdict::Higher,
    );
    judge(
        &mut model,
        "sidecar",
        Statistic::P99,
        (2.0, 4.0),
        Verdict::Higher,
    );
    judge(
        &mut model,
        "ambient",
        Statistic::P99,
        (5.0, 9.0),
        Verdict::Higher,
    );
    assert_eq!(
        findings(model).overheads,
        "Ambient (ztunnel) adds less than Sidecar to the median, more to p99"
    );
}

#[test]
fn p99_speaks_when_the_median_does_not_tell_phases_apart() {
    let mut model = undecided();
    judge_all(&mut model, Statistic::P50, (0.5, 1.5), Verdict::Higher);
    judge(
        &mut model,
        "sidecar",
        Statistic::P99,
        (4.0, 6.0),
        Verdict::Higher,
    );
    judge(
        &mut model,
        "ambient",
        Statistic::P99,
        (1.0, 3.0),
        Verdict::Higher,
    );
    assert_eq!(
        findings(model).overheads,
        "Ambient (ztunnel) adds 2.0\u{2009}ms to p99, Sidecar 5.0\u{2009}ms"
    );
}

#[test]
fn what_holds_for_every_phase_is_said_of_both_statistics() {
    let mut model = undecided();
    judge_all(&mut model, Statistic::P50, (0.5, 1.5), Verdict::Higher);
    assert_eq!(
        findings(model.clone()).overheads,
        "Every phase adds to the median"
    );
    judge_all(
        &mut model,
        Statistic::P99,
        (0.5, 1.5),
        Verdict::HigherSizeUnclear,
    );
    assert_eq!(
        findings(model.clone()).overheads,
        "Every phase adds to the median and to p99"
    );
    invalidate(&mut model, "sidecar");
    assert_eq!(
        findings(model.clone()).overheads,
        "Every valid phase adds to the median and to p99"
    );
    let mut equivalent = undecided();
    for statistic in Statistic::PRIMARY {
        judge_all(&mut equivalent, statistic, (-0.1, 0.1), Verdict::Equivalent);
    }
    assert_eq!(
        findings(equivalent).overheads,
        "No phase adds what matters, to the median or to p99"
    );
}

#[test]
fn the_tail_alone_pays_only_where_the_body_is_shown_not_to() {
    let mut model = undecided();
    judge(
        &mut model,
        "sidecar",
        Statistic::P50,
        (-0.1, 0.1),
        Verdict::Equivalent,
    );
    judge(
        &mut model,
        "sidecar",
        Statistic::P99,
        (2.0, 3.0),
        Verdict::Higher,
    );
    assert_eq!(
        findings(model.clone()).spectrum,
        "The tail, not the body, pays for Sidecar"
    );
    // An undecided body may pay as well.
    judge(
        &mut model,
        "sidecar",
        Statistic::P50,
        (-0.1, 4.0),
        Verdict::Inconclusive,
    );
    assert_eq!(findings(model).spectrum, "Latency at each percentile");
}

#[test]
fn a_tail_that_pays_more_is_said_with_both_numbers() {
    let mut model = undecided();
    judge(
        &mut model,
        "sidecar",
        Statistic::P50,
        (0.4, 0.6),
        Verdict::Higher,
    );
    judge(
        &mut model,
        "sidecar",
        Statistic::P99,
        (1.0, 2.0),
        Verdict::Higher,
    );
    let heading = "Sidecar slows the median by 50\u{2009}%, p99 by 150\u{2009}%";
    assert_eq!(findings(model.clone()).spectrum, heading);
    // 0.85 is less than 1.5 times 0.6.
    judge(
        &mut model,
        "sidecar",
        Statistic::P99,
        (0.85, 2.0),
        Verdict::Higher,
    );
    assert_eq!(
        findings(model.clone()).spectrum,
        "Latency at each percentile"
    );
    // A body that pays more is a finding as well.
    judge(
        &mut model,
        "sidecar",
        Statistic::P99,
        (0.10, 0.20),
        Verdict::Higher,
    );
    assert!(findings(model).spectrum.ends_with("p99 by 15.0\u{2009}%"));
}

#[test]
fn more_added_time_at_p99_needs_intervals_apart() {
    let mut model = undecided();
    judge_all(&mut model, Statistic::P50, (0.5, 1.0), Verdict::Higher);
    judge_all(&mut model, Statistic::P99, (1.1, 3.0), Verdict::Higher);
    assert_eq!(
        findings(model.clone()).shift,
        "Every phase adds more to p99 than to the median"
    );
    judge(
        &mut model,
        "ambient",
        Statistic::P99,
        (0.9, 3.0),
        Verdict::Higher,
    );
    assert_eq!(
        findings(model.clone()).shift,
        "Sidecar, Sidecar + L7 policy and Ambient + waypoint add more to p99 than to the median"
    );
    for phase in ["sidecar-l7", "ambient-l7"] {
        judge(
            &mut model,
            phase,
            Statistic::P99,
            (0.9, 3.0),
            Verdict::Higher,
        );
    }
    assert_eq!(
        findings(model).shift,
        "Sidecar adds more to p99 than to the median"
    );
}

/// Gives every phase these differences at a statistic, in milliseconds.
fn rounds(model: &mut ReportModel, statistic: Statistic, differences: &[f64]) {
    for phase in PHASES {
        let Measured::Known { value } = &mut overhead(model, phase, statistic).estimate else {
            panic!("the fixture has an estimate for every overhead");
        };
        value.round_differences = (1..)
            .zip(differences)
            .map(|(round, milliseconds)| RoundDifference {
                round,
                slot: 2,
                effect: Effect::new(*milliseconds, milliseconds / 1000.0),
            })
            .collect();
    }
}

#[test]
fn slower_in_all_rounds_speaks_of_the_statistics_for_which_it_holds() {
    let mut model = undecided();
    rounds(&mut model, Statistic::P50, &[0.1, 0.2, 0.3]);
    rounds(&mut model, Statistic::P99, &[0.1, 0.2, 0.3]);
    assert_eq!(
        findings(model.clone()).rounds,
        "Every phase was slower in all 3 rounds, median and p99"
    );
    rounds(&mut model, Statistic::P99, &[0.1, -0.2, 0.3]);
    assert_eq!(
        findings(model.clone()).rounds,
        "Every phase was slower in all 3 rounds, at the median"
    );
    rounds(&mut model, Statistic::P50, &[0.1, -0.2, 0.3]);
    assert_eq!(findings(model).rounds, "The difference in each round");
}

#[test]
fn a_phase_that_lacks_a_round_was_not_slower_in_all() {
    let mut model = undecided();
    for statistic in Statistic::PRIMARY {
        rounds(&mut model, statistic, &[0.1, 0.2, 0.3]);
    }
    let Measured::Known { value } = &mut overhead(&mut model, "ambient", Statistic::P99).estimate
    else {
        panic!("the fixture has an estimate for every overhead");
    };
    value.round_differences.remove(0);
    assert_eq!(
        findings(model.clone()).rounds,
        "Every phase was slower in all valid rounds, median and p99"
    );
    // The same when a round was dropped for every phase.
    let mut dropped = model.clone();
    dropped.run.rounds = 2;
    for statistic in Statistic::PRIMARY {
        rounds(&mut dropped, statistic, &[0.1, 0.2]);
    }
    assert!(findings(dropped).rounds.contains("in all valid rounds"));
    invalidate(&mut model, "ambient");
    assert_eq!(
        findings(model).rounds,
        "Every valid phase was slower in all 3 rounds, median and p99"
    );
}

#[test]
fn one_round_is_no_repetition() {
    let mut model = undecided();
    model.run.rounds = 1;
    model.run.order.truncate(1);
    for statistic in Statistic::PRIMARY {
        rounds(&mut model, statistic, &[0.1]);
    }
    assert_eq!(findings(model).rounds, "The difference in each round");
}

/// Gives a phase an interval of CPU time and one at p99, each around its own point.
fn cost(model: &mut ReportModel, phase: &str, cpu: (f64, f64), latency: (f64, f64)) {
    judge(model, phase, Statistic::P99, latency, Verdict::Higher);
    for difference in &mut model.resource_differences {
        if difference.phase.as_str() == phase
            && difference.metric == ResourceMetric::CpuPerThousandRequests
        {
            difference.difference = Measured::known(ResourceValue::CpuSeconds {
                point: CpuSeconds::new(f64::midpoint(cpu.0, cpu.1)),
                interval: Measured::known(Interval::new(cpu.0, cpu.1)),
            });
        }
    }
}

#[test]
fn the_cheapest_phase_is_named_only_where_intervals_are_apart() {
    let mut model = undecided();
    for phase in PHASES {
        cost(&mut model, phase, (0.4, 0.8), (2.0, 4.0));
    }
    assert_eq!(findings(model.clone()).cost, "Cost against latency");
    // The least by points, within the intervals of the others.
    cost(&mut model, "ambient", (0.1, 0.5), (1.0, 2.5));
    assert_eq!(findings(model.clone()).cost, "Cost against latency");
    cost(&mut model, "ambient", (0.1, 0.3), (1.0, 2.5));
    assert_eq!(
        findings(model.clone()).cost,
        "Ambient (ztunnel) costs the least CPU; at p99 intervals overlap"
    );
    cost(&mut model, "ambient", (0.1, 0.5), (1.0, 1.5));
    assert_eq!(
        findings(model.clone()).cost,
        "Ambient (ztunnel) adds the least to p99; in CPU intervals overlap"
    );
    cost(&mut model, "ambient", (0.1, 0.3), (1.0, 1.5));
    assert_eq!(
        findings(model.clone()).cost,
        "Ambient (ztunnel) costs the least CPU and the least p99"
    );
    cost(&mut model, "ambient", (0.1, 0.3), (2.0, 4.0));
    cost(&mut model, "sidecar", (0.4, 0.8), (1.0, 1.5));
    assert_eq!(
        findings(model.clone()).cost,
        "Ambient (ztunnel) costs the least CPU, Sidecar the least p99"
    );
    // A valid phase of which one number is not known may be the cheapest.
    overhead(&mut model, "sidecar-l7", Statistic::P99).verdict = Verdict::Inconclusive;
    assert_eq!(findings(model).cost, "Cost against latency");
}

#[test]
fn a_heading_on_a_slide_has_few_words() {
    let titles: Vec<String> = fixture::five_phases()
        .phases
        .iter()
        .map(|phase| phase.title.clone())
        .collect();
    for model in [fixture::five_phases(), fixture::invalid_phase()] {
        let Findings {
            overheads,
            spectrum,
            shift,
            rounds,
            cost,
            quality,
            ..
        } = findings(model);
        for heading in [overheads, spectrum, shift, rounds, cost, quality] {
            // A title counts as one word.
            let short = titles
                .iter()
                .rev()
                .fold(heading.clone(), |text, title| text.replace(title, "Phase"));
            let words = short.split_whitespace().count();
            assert!(words <= 12, "{words} words: {heading}");
        }
    }
}
