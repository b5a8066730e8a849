//! Overheads and values over the whole distribution.
//!
//! `docs/statistics.md`, "Estimands": the shift function (Doksum 1974) on a grid of 60 quantiles, uniform in
//! `log10(1/(1-q))`, from 0.05 to the largest that every slot can estimate. Its intervals are pointwise.

use serde::Serialize;

use crate::experiment::{
    Effect, EffectInterval, EffectScale, Metric, Pair, Prepared, RoundInputs, Statistic, Table,
    complete_pairs, fit, pointwise,
};
use crate::interval::mean;
use crate::quantile::MINIMUM_TAIL;
use crate::units::{Amount, PhaseName, Quantile};

/// The number of quantiles.
pub const GRID_POINTS: usize = 60;

/// The lowest quantile.
const LOWEST: f64 = 0.05;

/// One point of a shift function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ShiftPoint {
    /// The quantile.
    pub quantile: Quantile,
    /// The overhead there.
    pub effect: Effect,
    /// Its 95 % interval, for this point alone; absent where there is none.
    pub interval: Option<EffectInterval>,
}

/// The overhead of one phase at every quantile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShiftFunction {
    /// The phase.
    pub phase: PhaseName,
    /// The points, from the lowest quantile up; those that are not estimable are left out.
    pub points: Vec<ShiftPoint>,
    /// Whether the intervals are of the run (two rounds and more) or within it.
    pub run_level: bool,
}

/// One point of a spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpectrumPoint {
    /// The quantile.
    pub quantile: Quantile,
    /// The median of the rounds.
    pub median: Amount,
    /// The lowest round.
    pub minimum: Amount,
    /// The highest round.
    pub maximum: Amount,
}

/// The latency of one phase at every quantile, over its rounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spectrum {
    /// The phase.
    pub phase: PhaseName,
    /// The points, from the lowest quantile up.
    pub points: Vec<SpectrumPoint>,
}

/// Returns the shift function of every phase but the baseline, and the spectrum of every phase.
pub(crate) fn shift_functions(prepared: &Prepared) -> (Vec<ShiftFunction>, Vec<Spectrum>) {
    let tables: Vec<(Quantile, Table)> = quantile_grid(fewest_observations(prepared).unwrap_or(0))
        .into_iter()
        .map(|q| {
            (
                q,
                Table::new(prepared, &Metric::Latency(Statistic::Quantile(q))),
            )
        })
        .collect();
    let fits: Vec<_> = tables.iter().map(|(_, table)| fit(table)).collect();
    let shift = |phase: usize| {
        let mut function = ShiftFunction {
            phase: prepared.phases[phase].clone(),
            points: Vec::new(),
            run_level: false,
        };
        for ((q, table), (fit, phases)) in tables.iter().zip(&fits) {
            if let Ok(pairs) = complete_pairs(table, phase) {
                function.run_level = pairs.len() > 1;
                function.points.push(shift_point(
                    *q,
                    table,
                    &pairs,
                    &RoundInputs {
                        fit,
                        phases: *phases,
                    },
                ));
            }
        }
        function
    };
    let spectrum = |phase: usize| Spectrum {
        phase: prepared.phases[phase].clone(),
        points: tables
            .iter()
            .filter_map(|(q, table)| spectrum_point(*q, table, phase))
            .collect(),
    };
    (
        (1..prepared.phases.len()).map(shift).collect(),
        (0..prepared.phases.len()).map(spectrum).collect(),
    )
}

fn shift_point(
    quantile: Quantile,
    table: &Table,
    pairs: &[Pair],
    inputs: &RoundInputs,
) -> ShiftPoint {
    let baseline: Vec<f64> = pairs.iter().map(Pair::baseline_value).collect();
    let scale = EffectScale::new(table.scale, mean(&baseline));
    let (point, span) = pointwise(pairs, inputs);
    ShiftPoint {
        quantile,
        effect: scale.effect(point),
        interval: span.map(|span| scale.interval(0.95, span)),
    }
}

fn spectrum_point(quantile: Quantile, table: &Table, phase: usize) -> Option<SpectrumPoint> {
    if table.failures.contains_key(&phase) {
        return None;
    }
    let entries: Vec<_> = table.of_phase(phase).collect();
    let mut rounds: Vec<f64> = entries
        .chunk_by(|left, right| left.round == right.round)
        .map(|round| {
            mean(
                &round
                    .iter()
                    .map(|entry| entry.reading.value.ln())
                    .collect::<Vec<_>>(),
            )
            .exp()
            .min(f64::MAX)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let (minimum, maximum) = (*rounds.first()?, *rounds.last()?);
    let middle = rounds[(rounds.len() - 1) / 2].sqrt() * rounds[rounds.len() / 2].sqrt();
    let middle = middle.clamp(minimum, maximum);
    Some(SpectrumPoint {
        quantile,
        median: Amount(middle),
        minimum: Amount(minimum),
        maximum: Amount(maximum),
    })
}

/// Returns the fewest observations of any slot that has some.
pub(crate) fn fewest_observations(prepared: &Prepared) -> Option<u64> {
    let counts = prepared.slots.iter().map(|slot| slot.grid.count());
    counts.filter(|&count| count > 0).min()
}

/// Returns the quantiles that every slot with as many observations can estimate.
pub(crate) fn quantile_grid(fewest: u64) -> Vec<Quantile> {
    let highest = 1.0 - MINIMUM_TAIL / fewest as f64;
    if highest <= LOWEST || LOWEST * (fewest as f64) < MINIMUM_TAIL {
        return Vec::new();
    }
    let (start, end) = (-(1.0 - LOWEST).log10(), -(1.0 - highest).log10());
    let place = |point: usize| start + (end - start) * point as f64 / (GRID_POINTS as f64 - 1.0);
    (0..GRID_POINTS)
        .filter_map(|point| Quantile::try_new(1.0 - 10_f64.powf(-place(point))).ok())
        .collect()
}
