//! The run-level interval of an overhead from two or more rounds, with the methods that check it.

use super::effect::EffectScale;
use super::{AlternativeInterval, RunLevelInterval, SignedRankInterval};
use crate::interval::{
    Precision, RoundSummary, RunMethod, Span, hybrid_t, paired_t, run_precision, signed_rank,
};
use crate::multiplicity::bonferroni_level;
use crate::verdict::Verdict;

/// What the intervals of one overhead have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) scale: EffectScale,
    pub(crate) point: f64,
    pub(crate) resolution_error: f64,
    pub(crate) margin: f64,
}

impl Frame {
    fn span(&self, precision: Precision, level: f64) -> Span {
        Span::around(
            self.point,
            precision.half_width(level) + self.resolution_error,
        )
    }

    fn verdict(&self, precision: Precision) -> Verdict {
        Verdict::of_interval(
            self.span(precision, 0.95),
            self.span(precision, 0.90),
            self.margin,
        )
    }
}

/// Returns the run-level interval, or `None` when nothing varies.
pub(crate) fn run_level(
    frame: Frame,
    summary: &RoundSummary,
    comparisons: usize,
) -> Option<RunLevelInterval> {
    let (method, precision) = run_precision(summary);
    let precision = precision?;
    let (interval, interval90) = (frame.span(precision, 0.95), frame.span(precision, 0.90));
    let simultaneous = frame.span(precision, bonferroni_level(0.95, comparisons));
    Some(RunLevelInterval {
        method,
        degrees_of_freedom: precision.degrees_of_freedom,
        standard_error: precision.standard_error,
        parts: summary.parts(),
        interval: frame.scale.interval(0.95, interval),
        interval90: frame.scale.interval(0.90, interval90),
        simultaneous: frame.scale.interval(0.95, simultaneous),
        alternative: alternative(frame, summary, method),
        signed_rank: distribution_free(frame, summary),
        spans: (interval, interval90),
    })
}

fn alternative(
    frame: Frame,
    summary: &RoundSummary,
    chosen: RunMethod,
) -> Option<AlternativeInterval> {
    let (method, precision) = match chosen {
        RunMethod::HybridT => (RunMethod::PairedT, paired_t(summary)?),
        RunMethod::PairedT => (RunMethod::HybridT, hybrid_t(summary)?),
    };
    Some(AlternativeInterval {
        method,
        degrees_of_freedom: precision.degrees_of_freedom,
        standard_error: precision.standard_error,
        interval: frame.scale.interval(0.95, frame.span(precision, 0.95)),
        verdict: frame.verdict(precision),
    })
}

fn distribution_free(frame: Frame, summary: &RoundSummary) -> Option<SignedRankInterval> {
    let outer = signed_rank(summary.differences, 0.95)?;
    let inner = signed_rank(summary.differences, 0.90)?;
    let span = outer.interval.widened(frame.resolution_error);
    let test = inner.interval.widened(frame.resolution_error);
    Some(SignedRankInterval {
        estimate: frame.scale.effect(outer.estimate),
        interval: frame.scale.interval(0.95, span),
        verdict: Verdict::of_interval(span, test, frame.margin),
    })
}

/// Returns `σ_D`, the spread of one round's difference that planning assumes.
pub(crate) fn spread_of_rounds(summary: &RoundSummary, interval: &RunLevelInterval) -> f64 {
    match interval.method {
        RunMethod::PairedT if interval.parts.paired > 0.0 => {
            crate::interval::sample_sd(summary.differences)
        }
        _ => interval.standard_error * (summary.differences.len() as f64).sqrt(),
    }
}
