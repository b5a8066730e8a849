//! What is reported about the overhead of one phase in one metric.

use serde::Serialize;

use super::{
    Badge, BucketDirection, Effect, EffectInterval, Metric, NoInterval, NoiseFloor, Scale,
};
use crate::interval::{RunMethod, Span, StandardErrorParts};
use crate::planning::RoundsNeeded;
use crate::quantile::{BucketEdges, NotEstimable, PessimisticQuantile};
use crate::units::{PhaseName, Round};
use crate::verdict::{MinimumEffect, Verdict};

/// The overhead of one phase in one metric, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverheadEstimate {
    /// The phase.
    pub phase: PhaseName,
    /// The metric.
    pub metric: Metric,
    /// The result.
    pub result: OverheadResult,
}

/// An overhead or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OverheadResult {
    /// There is a number.
    Estimated(Box<Overhead>),
    /// There is none.
    NotEstimable {
        /// Why.
        cause: NotEstimable,
    },
}

impl OverheadEstimate {
    /// Returns the overhead, if there is one.
    pub fn estimated(&self) -> Option<&Overhead> {
        match &self.result {
            OverheadResult::Estimated(overhead) => Some(overhead),
            OverheadResult::NotEstimable { .. } => None,
        }
    }

    /// Returns the verdict.
    pub fn verdict(&self) -> Verdict {
        self.estimated()
            .map_or(Verdict::NotEstimable, |overhead| overhead.verdict)
    }
}

/// The effect of one round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RoundEffect {
    /// The round.
    pub round: Round,
    /// The phase against the baseline of that round.
    pub effect: Effect,
}

/// An estimated overhead.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overhead {
    /// How the phase is compared with the baseline.
    pub scale: Scale,
    /// The geometric-mean ratio over rounds (the mean difference on the scale of differences).
    pub point: Effect,
    /// The complete rounds that entered.
    pub rounds: Vec<RoundEffect>,
    /// How precise it is.
    pub inference: Inference,
    /// What the finite width of buckets may add on either side; it is part of every interval here.
    pub resolution_error: Effect,
    /// The bounds between which the geometric mean of the baseline's sample quantiles certainly lies.
    pub baseline_bounds: Option<BucketEdges>,
    /// The same for the phase.
    pub phase_bounds: Option<BucketEdges>,
    /// Whether the pooled distribution functions agree on a direction at the edges of those buckets, where they are exact.
    pub bucket_direction: Option<BucketDirection>,
    /// The fewest observations beyond the quantile in any slot that entered.
    pub tail: Option<f64>,
    /// The quantile of the phase if all failed and dropped requests were the slowest.
    pub pessimistic: Option<PessimisticQuantile>,
    /// The baseline against itself in the same metric.
    pub noise_floor: Option<NoiseFloor>,
    /// The smallest effect that matters.
    pub margin: Effect,
    /// The verdict.
    pub verdict: Verdict,
    /// Half the width of the 95 % interval: what this run can resolve.
    pub resolution: Option<Effect>,
    /// The effect that a run like this would find with a probability of 80 %.
    pub smallest_detectable: Option<Effect>,
    /// How many rounds would resolve the smallest effect that matters.
    pub rounds_needed: Option<RoundsNeeded>,
    /// How many cells a phase should have for the best precision in the same time, if the cost of a switch is known.
    pub better_phase_cells: Option<f64>,
    /// Marks that must stand beside the number.
    pub badges: Vec<Badge>,
    /// Numbers on the scale of the analysis, for further computing.
    #[serde(skip)]
    pub(crate) kernel: Kernel,
}

/// The bare numbers of an overhead.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kernel {
    pub(crate) point: f64,
    pub(crate) resolution_error: f64,
    pub(crate) baseline: f64,
    pub(crate) minimum_effect: MinimumEffect,
}

/// How precise an overhead is, and against what: a type per promise, so that one round never passes for a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Inference {
    /// From two rounds: where the overhead of a rerun may lie.
    RunLevel(Box<RunLevelInterval>),
    /// From one round: precision within this run, which says nothing about a rerun.
    WithinRun(Box<WithinRunInterval>),
    /// A value without an interval.
    ValueOnly {
        /// Why.
        cause: NoInterval,
    },
}

impl Inference {
    /// Returns the run-level interval, if it is one.
    pub fn run_level(&self) -> Option<&RunLevelInterval> {
        match self {
            Self::RunLevel(interval) => Some(interval),
            _ => None,
        }
    }

    /// Returns the 95 % interval of either kind.
    pub fn interval(&self) -> Option<EffectInterval> {
        match self {
            Self::RunLevel(run) => Some(run.interval),
            Self::WithinRun(within) => Some(within.interval),
            Self::ValueOnly { .. } => None,
        }
    }
}

/// A run-level interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunLevelInterval {
    /// The rule.
    pub method: RunMethod,
    /// Degrees of freedom.
    pub degrees_of_freedom: f64,
    /// The standard error on the scale of the analysis.
    pub standard_error: f64,
    /// The standard errors that competed.
    pub parts: StandardErrorParts,
    /// The 95 % interval.
    pub interval: EffectInterval,
    /// The 90 % interval, for two one-sided tests at 5 %.
    pub interval90: EffectInterval,
    /// The interval that holds for all phases at once with 95 %.
    pub simultaneous: EffectInterval,
    /// The other of the two rules.
    pub alternative: Option<AlternativeInterval>,
    /// The distribution-free estimate; from six rounds.
    pub signed_rank: Option<SignedRankInterval>,
    /// 95 and 90 % on the scale of the analysis.
    #[serde(skip)]
    pub(crate) spans: (Span, Span),
}

/// The interval by the rule that was not chosen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlternativeInterval {
    /// The rule.
    pub method: RunMethod,
    /// Degrees of freedom.
    pub degrees_of_freedom: f64,
    /// The standard error on the scale of the analysis.
    pub standard_error: f64,
    /// The 95 % interval.
    pub interval: EffectInterval,
    /// The verdict it would give.
    pub verdict: Verdict,
}

/// The Hodges-Lehmann estimate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignedRankInterval {
    /// The median of all pairwise means of the rounds' effects.
    pub estimate: Effect,
    /// The exact interval of the signed-rank test, at least 95 %.
    pub interval: EffectInterval,
    /// The verdict it would give.
    pub verdict: Verdict,
}

/// The rule that gave the wider within-run interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WithinRule {
    /// Four consecutive parts of every slot.
    Sectioning,
    /// All cells, with their autocorrelation.
    Linearised,
}

/// A within-run interval: the hull of two rules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WithinRunInterval {
    /// The rule that is wider at 95 %.
    pub rule: WithinRule,
    /// Degrees of freedom of that rule.
    pub degrees_of_freedom: f64,
    /// The standard error of that rule on the scale of the analysis.
    pub standard_error: f64,
    /// The 95 % interval.
    pub interval: EffectInterval,
    /// The 90 % interval.
    pub interval90: EffectInterval,
    /// 95 and 90 % on the scale of the analysis.
    #[serde(skip)]
    pub(crate) spans: (Span, Span),
}
