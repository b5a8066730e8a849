//! How the numbers were computed, in words that fit the run.

use super::RunEvaluation;
use super::run_summary::intervals;
use crate::model::{IntervalScope, MethodNote};

/// Returns the description of the method.
pub(super) fn method(evaluation: &RunEvaluation<'_>) -> Vec<MethodNote> {
    let intervals = intervals(evaluation);
    let interval = match intervals.scope {
        IntervalScope::BetweenRounds => between_rounds(&intervals.method),
        IntervalScope::WithinRunOnly => WITHIN_RUN.to_owned(),
    };
    let notes = [
        ("Unit of replication", UNIT.to_owned()),
        ("Requests", REQUESTS.to_owned()),
        ("Quantiles", QUANTILES.to_owned()),
        ("Overhead", OVERHEAD.to_owned()),
        ("Interval", interval),
        ("Verdict", VERDICT.to_owned()),
        ("Errors", ERRORS.to_owned()),
        ("CPU and memory", RESOURCES.to_owned()),
    ];
    notes
        .into_iter()
        .map(|(title, text)| MethodNote {
            title: title.to_owned(),
            text,
        })
        .collect()
}

const UNIT: &str = "The round: one pass over all phases, the baseline first and last, the others in an order drawn by the seed. Phases are compared within a round, so what drifts from round to round cancels.";
const REQUESTS: &str = "Latencies are those of successful requests of the measured scenario, from the native histograms that k6 wrote. The first sample of a series counts, because every slot is a new k6 process; requests that began in the window and ended after it are in its last interval. Connecting is not part of the latency.";
const QUANTILES: &str = "Exponential interpolation within the histogram bucket, as Prometheus 3 does it. The difference to a monotone-cubic interpolation is taken as the error of resolution and is part of every interval of an overhead.";
const OVERHEAD: &str = "The geometric mean over rounds of the ratio to the baseline of the same round, which is the geometric mean of its two slots. The absolute overhead is that ratio at the mean baseline, so both agree in sign. Rounds with an invalid slot are left out for that phase.";
const WITHIN_RUN: &str = "One round: the wider of two within-run intervals, from four consecutive parts of each slot and from its analysis intervals with their autocorrelation. It says how precise this run was and nothing about a rerun, so verdicts only say what was observed.";
const VERDICT: &str = "The 95 % interval is held against the smallest difference that matters; \"equivalent\" needs the whole 90 % interval within it. A difference that is not shown is never called none. A failed quality check takes the verdict away, not the numbers, and a verdict smaller than the difference of the two baselines is lowered to inconclusive.";
const ERRORS: &str =
    "Wilson's interval of the share of failed requests, widened where errors come in bursts.";
const RESOURCES: &str = "CPU time between the first and the last sample within the window, divided by the time between them, for 1,000 successful requests. The total has the processes on the path of a request: the application and its proxies, not k6. Roles and totals are means over rounds; differences come from the ratios within rounds.";

fn between_rounds(method: &str) -> String {
    format!(
        "95 %, {method}, on the log scale. With two to four rounds the standard error is the largest of the paired, the pooled and the within-run one; from five rounds on it is the paired one. Simultaneous intervals are widened by Bonferroni over the phases."
    )
}
