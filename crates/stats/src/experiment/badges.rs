//! The marks on an overhead.

use std::collections::BTreeSet;

use super::assemble::{Core, MetricContext};
use super::cliff::on_cliff;
use super::{Badge, Inference, Metric, Pair, Statistic};
use crate::interval::skewness;
use crate::quantile::{LOW_COUNT_TAIL, is_below};
use crate::verdict::Verdict;

/// Skewness of the rounds' effects beyond which coverage suffers.
const SKEWED: f64 = 1.0;

impl MetricContext<'_> {
    /// Returns the marks that must stand beside an overhead.
    pub(crate) fn badges(
        &self,
        phase: usize,
        core: &Core,
        inference: &Inference,
        capped: bool,
    ) -> Vec<Badge> {
        let slots = || core.pairs.iter().flat_map(Pair::entries);
        let rounds_of_phase = self
            .table
            .of_phase(phase)
            .map(|entry| entry.round)
            .collect::<BTreeSet<_>>()
            .len();
        let all_rounds = self
            .prepared
            .slots
            .iter()
            .map(|slot| slot.measurement.round)
            .collect::<BTreeSet<_>>()
            .len();
        let low_count = |tail: f64| is_below(tail, LOW_COUNT_TAIL);
        let conditions = [
            (
                matches!(inference, Inference::WithinRun(_)),
                Badge::WithinRun,
            ),
            (
                matches!(inference, Inference::RunLevel(_)) && core.pairs.len() == 2,
                Badge::TwoRounds,
            ),
            (
                matches!(inference, Inference::ValueOnly { .. }),
                Badge::NoInterval,
            ),
            (
                slots().any(|entry| entry.reading.tail.is_some_and(low_count)),
                Badge::LowCount,
            ),
            (
                slots().any(|entry| entry.reading.bucket_limited),
                Badge::BucketLimited,
            ),
            (
                (core.pairs.len() >= 5 && skewness(&core.differences).abs() > SKEWED)
                    || self.on_cliff(phase, core),
                Badge::Skewed,
            ),
            (
                method_sensitive(inference, core.frame.margin),
                Badge::MethodSensitive,
            ),
            (capped, Badge::BelowNoiseFloor),
            (
                self.noise_floor
                    .as_ref()
                    .is_some_and(|floor| floor.drift_found),
                Badge::BaselineDrift,
            ),
            (
                core.pairs.len() < all_rounds.max(rounds_of_phase),
                Badge::RoundsDropped,
            ),
        ];
        let own = conditions
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, badge)| badge);
        let from_data = self.prepared.flags(phase).into_iter().map(Badge::from);
        own.chain(from_data)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

impl MetricContext<'_> {
    fn on_cliff(&self, phase: usize, core: &Core) -> bool {
        let Metric::Latency(Statistic::Quantile(q)) = self.metric else {
            return false;
        };
        let rounds = core.pairs.iter().map(|pair| pair.round).collect();
        on_cliff(self.prepared, phase, &rounds, *q)
    }
}

fn method_sensitive(inference: &Inference, margin: f64) -> bool {
    let Some(run) = inference.run_level() else {
        return false;
    };
    let chosen = Verdict::of_interval(run.spans.0, run.spans.1, margin);
    let others = [
        run.alternative.as_ref().map(|other| other.verdict),
        run.signed_rank.as_ref().map(|other| other.verdict),
    ];
    others
        .into_iter()
        .flatten()
        .any(|verdict| verdict != chosen)
}
