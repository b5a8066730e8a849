//! Puts the estimate of one overhead together.

use std::collections::BTreeMap;

use super::effect::EffectScale;
use super::infer::{half_width, infer, smallest_detectable, summarize};
use super::overhead::Kernel;
use super::pairs::{mean_bounds, smallest_tail};
use super::run_level::{Frame, spread_of_rounds};
use super::{
    Inference, Metric, NoiseFloor, Overhead, OverheadEstimate, OverheadResult, Pair, Pooled,
    Prepared, RoundEffect, Scale, Statistic, Table, complete_pairs, pooled, resolution_error,
};
use crate::interval::{RoundSummary, TwoWayFit, mean, sample_sd};
use crate::planning::{RoundsNeeded, better_phase_cells, rounds_needed};
use crate::quantile::{BucketEdges, NotEstimable, pessimistic_quantile};
use crate::units::{Amount, PhaseName};
use crate::verdict::{MinimumEffect, Verdict};

/// Everything about one metric that its phases share.
pub(crate) struct MetricContext<'a> {
    pub(crate) prepared: &'a Prepared<'a>,
    pub(crate) pooled: &'a [Pooled],
    pub(crate) suppressed: &'a BTreeMap<PhaseName, String>,
    pub(crate) metric: &'a Metric,
    pub(crate) minimum_effect: MinimumEffect,
    pub(crate) table: &'a Table,
    pub(crate) fit: TwoWayFit,
    /// Phases in the fit, the baseline counted once.
    pub(crate) fitted_phases: usize,
    pub(crate) noise_floor: Option<NoiseFloor>,
    pub(crate) switch_cost_in_cells: Option<f64>,
}

/// The parts of one overhead that everything else is computed from.
pub(crate) struct Core<'a> {
    pub(crate) pairs: Vec<Pair<'a>>,
    pub(crate) differences: Vec<f64>,
    pub(crate) frame: Frame,
}

impl MetricContext<'_> {
    /// Returns the overhead of one phase.
    pub(crate) fn overhead(&self, phase: usize) -> OverheadEstimate {
        let result = match self.core(phase) {
            Ok(core) => OverheadResult::Estimated(Box::new(self.assemble(phase, &core))),
            Err(cause) => OverheadResult::NotEstimable { cause },
        };
        OverheadEstimate {
            phase: self.prepared.phases[phase].clone(),
            metric: self.metric.clone(),
            result,
        }
    }

    fn core(&self, phase: usize) -> Result<Core<'_>, NotEstimable> {
        let pairs = complete_pairs(self.table, phase)?;
        let differences: Vec<f64> = pairs.iter().map(Pair::difference).collect();
        let baseline: Vec<f64> = pairs.iter().map(Pair::baseline_value).collect();
        let scale = EffectScale::new(self.table.scale, mean(&baseline));
        let reference = Amount(scale.baseline);
        let margin = match scale.scale {
            Scale::Log => self.minimum_effect.log_margin(reference).get(),
            Scale::Difference => self.minimum_effect.absolute_margin(reference).get(),
        };
        let frame = Frame {
            scale,
            point: mean(&differences),
            resolution_error: resolution_error(&pairs),
            margin,
        };
        Ok(Core {
            pairs,
            differences,
            frame,
        })
    }

    fn assemble(&self, phase: usize, core: &Core) -> Overhead {
        let frame = core.frame;
        let summary = summarize(
            &core.pairs,
            &core.differences,
            &self.fit,
            self.fitted_phases,
        );
        let inference = infer(
            &core.pairs,
            frame,
            &summary,
            self.prepared.phases.len().saturating_sub(1),
        );
        let (own, capped) = self.verdict(&inference, core);
        let verdict = if self.suppressed.contains_key(&self.prepared.phases[phase]) {
            Verdict::Invalid
        } else {
            own
        };
        let [phase_bounds, baseline_bounds] = [
            mean_bounds(core.pairs.iter().map(|pair| pair.phase.as_slice())),
            mean_bounds(core.pairs.iter().map(|pair| pair.baseline.as_slice())),
        ];
        let half_width = half_width(&inference, frame);
        Overhead {
            scale: frame.scale.scale,
            point: frame.scale.effect(frame.point),
            rounds: round_effects(core),
            resolution_error: frame.scale.effect(frame.resolution_error),
            bucket_direction: self.direction(phase, core),
            baseline_bounds,
            phase_bounds,
            tail: smallest_tail(&core.pairs),
            pessimistic: self.pessimistic(phase),
            noise_floor: self.noise_floor.clone(),
            margin: frame.scale.effect(frame.margin),
            verdict,
            resolution: half_width.map(|half| frame.scale.effect(half)),
            smallest_detectable: smallest_detectable(&inference, frame)
                .map(|size| frame.scale.effect(size)),
            rounds_needed: self.rounds_needed(&inference, &summary, frame),
            better_phase_cells: self.better_phase_cells(core),
            badges: self.badges(phase, core, &inference, capped),
            kernel: Kernel {
                point: frame.point,
                resolution_error: frame.resolution_error,
                baseline: frame.scale.baseline,
                minimum_effect: self.minimum_effect,
            },
            inference,
        }
    }

    /// Returns the verdict, and whether the noise floor took a claim away.
    fn verdict(&self, inference: &Inference, core: &Core) -> (Verdict, bool) {
        let margin = core.frame.margin;
        let verdict = match inference {
            Inference::RunLevel(run) => Verdict::of_interval(run.spans.0, run.spans.1, margin),
            Inference::WithinRun(within) => {
                Verdict::of_interval(within.spans.0, within.spans.1, margin).of_one_round()
            }
            Inference::ValueOnly { .. } => Verdict::Unclear,
        };
        let below = self
            .noise_floor
            .as_ref()
            .is_some_and(|floor| floor.size > core.frame.point.abs());
        match (below && verdict.claims_direction(), inference) {
            (false, _) => (verdict, false),
            (true, Inference::RunLevel(_)) => (Verdict::Inconclusive, true),
            (true, _) => (Verdict::Unclear, true),
        }
    }

    fn direction(&self, phase: usize, core: &Core) -> Option<super::BucketDirection> {
        let edges: Vec<BucketEdges> = core
            .pairs
            .iter()
            .flat_map(Pair::entries)
            .filter_map(|entry| entry.reading.bounds)
            .collect();
        if edges.is_empty() {
            return None;
        }
        let find = |phase: usize| {
            self.pooled
                .iter()
                .find(|pooled| pooled.phase == self.prepared.phases[phase])
        };
        pooled::direction(find(phase)?, find(0)?, &edges)
    }

    fn pessimistic(&self, phase: usize) -> Option<crate::quantile::PessimisticQuantile> {
        let Metric::Latency(Statistic::Quantile(q)) = self.metric else {
            return None;
        };
        let pooled = self
            .pooled
            .iter()
            .find(|pooled| pooled.phase == self.prepared.phases[phase])?;
        pessimistic_quantile(&pooled.histogram, *q, pooled.omitted)
    }

    fn rounds_needed(
        &self,
        inference: &Inference,
        summary: &RoundSummary,
        frame: Frame,
    ) -> Option<RoundsNeeded> {
        let run = inference.run_level()?;
        let spread = spread_of_rounds(summary, run);
        Some(rounds_needed(
            spread,
            frame.margin,
            frame.resolution_error,
            self.fitted_phases,
        ))
    }

    fn better_phase_cells(&self, core: &Core) -> Option<f64> {
        if core.pairs.len() < 2 {
            return None;
        }
        let within: Vec<f64> = core
            .pairs
            .iter()
            .map(Pair::within_variance)
            .collect::<Option<_>>()?;
        let cell = |entry: &super::Entry| {
            entry
                .reading
                .within
                .map(|within| entry.reading.cells as f64 * within.standard_error.powi(2))
        };
        let cells: Vec<f64> = core
            .pairs
            .iter()
            .flat_map(Pair::entries)
            .map(cell)
            .collect::<Option<_>>()?;
        let between = (sample_sd(&core.differences).powi(2) - mean(&within)).max(0.0) / 2.0;
        better_phase_cells(self.switch_cost_in_cells?, mean(&cells), between)
    }
}

fn round_effects(core: &Core) -> Vec<RoundEffect> {
    core.pairs
        .iter()
        .zip(&core.differences)
        .map(|(pair, &difference)| RoundEffect {
            round: pair.round,
            effect: core.frame.scale.effect(difference),
        })
        .collect()
}
