//! Whether one round disagrees with all others.
//!
//! A round is an outlier when its difference is more than five robust standard deviations (1.4826 times the median absolute
//! deviation of the other rounds) from their median, and by more than 5 %. It is named, never left out: leaving out what does not
//! fit would make every interval too narrow.

use meshdelta_run::Manifest;
use meshdelta_stats::experiment::{Analysis, OverheadEstimate};

use super::check::Check;
use crate::analysis::convert::{latency_metric, phase_id, stats_name};
use crate::analysis::text::change;
use crate::model::{QualityFinding, Severity, Statistic};

/// With fewer rounds there is no saying which of them is the odd one.
const FEWEST_ROUNDS: usize = 5;
const DEVIATIONS: f64 = 5.0;
/// Turns a median absolute deviation into a standard deviation of a normal distribution.
const NORMAL: f64 = 1.4826;
/// Rounds that differ by less, in logs, are alike however quiet the others are.
const SMALLEST: f64 = 0.05;

const CHECK: Check = Check {
    id: "outlier-rounds",
    title: "Rounds that stand out",
    limit: "warn when a round's difference is 5 robust deviations and 5 % away from the others",
    why: "One odd round moves the mean and widens the interval of its phase; it stays in, because leaving out what does not fit is no honest interval.",
    advice: "Look at that round in the heat map, and add rounds.",
};

pub(super) fn check(manifest: &Manifest, analysis: &Analysis) -> Vec<QualityFinding> {
    let metric = latency_metric(Statistic::P50);
    let mut is_tested = false;
    let mut findings = Vec::new();
    for phase in manifest
        .plan
        .phases
        .iter()
        .filter(|phase| !phase.is_baseline())
    {
        let estimate = analysis.overhead(&stats_name(&phase.id), &metric);
        let Some(overhead) = estimate.and_then(OverheadEstimate::estimated) else {
            continue;
        };
        let logs = overhead.rounds.iter();
        let logs: Vec<(u32, f64)> = logs
            .filter_map(|round| Some((round.round.0, round.effect.log_ratio?.get())))
            .collect();
        is_tested |= logs.len() >= FEWEST_ROUNDS;
        let texts: Vec<String> = outliers(&logs)
            .map(|(round, log, middle)| {
                let (own, others) = (change(log.exp_m1()), change(middle.exp_m1()));
                format!("round {round}: p50 {own}, the others {others}")
            })
            .collect();
        if !texts.is_empty() {
            let id = Some(phase_id(&phase.id));
            findings.push(CHECK.finding(Severity::Warn, id, texts.join("; ")));
        }
    }
    let passed = if is_tested {
        "no round is far from the others"
    } else {
        "not tested: five rounds are needed"
    };
    CHECK.or_pass(findings, passed)
}

/// Returns (round, its value, the median of the others) of every outlier.
fn outliers(logs: &[(u32, f64)]) -> impl Iterator<Item = (u32, f64, f64)> {
    logs.iter()
        .enumerate()
        .filter_map(|(place, &(round, log))| {
            if logs.len() < FEWEST_ROUNDS {
                return None;
            }
            let others = logs.iter().enumerate().filter(|(other, _)| *other != place);
            let mut others: Vec<f64> = others.map(|(_, (_, log))| *log).collect();
            let middle = median(&mut others);
            let mut deviations: Vec<f64> =
                others.iter().map(|other| (other - middle).abs()).collect();
            let spread = NORMAL * median(&mut deviations);
            let distance = (log - middle).abs();
            (distance > DEVIATIONS * spread && distance > SMALLEST).then_some((round, log, middle))
        })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odd_round_is_named_and_quiet_rounds_are_not() {
        let logs = [(1, 0.10), (2, 0.11), (3, 0.09), (4, 0.50), (5, 0.10)];
        let found: Vec<u32> = outliers(&logs).map(|(round, ..)| round).collect();
        assert_eq!(found, [4]);
        let quiet = [(1, 0.100), (2, 0.101), (3, 0.100), (4, 0.130), (5, 0.100)];
        assert_eq!(outliers(&quiet).count(), 0, "3 % is no outlier");
        assert_eq!(outliers(&logs[..4]).count(), 0, "four rounds cannot tell");
    }
}
