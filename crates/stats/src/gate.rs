//! Gates: limits on overheads, or on changes of overheads, that a pipeline enforces.
//!
//! `docs/statistics.md`, "Gates". "Fail if proven" keeps the family-wise rate of false alarms at 5 % (Holm 1979); "pass if
//! proven" is non-inferiority, and requiring every gate to pass is an intersection-union test without correction (Berger
//! 1982).

use serde::{Deserialize, Serialize};

use crate::compare::OverheadChange;
use crate::experiment::{Overhead, Scale};
use crate::interval::{Precision, Widest};
use crate::multiplicity::holm;
use crate::units::{Amount, Relative};

/// The family-wise level of false alarms.
const FAMILY_LEVEL: f64 = 0.05;

/// What a gate demands of the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GatePolicy {
    /// Fail only if the limit is proven to be exceeded.
    #[default]
    FailIfProven,
    /// Pass only if the limit is proven to be kept.
    PassIfProven,
}

/// The outcome of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOutcome {
    /// The limit is kept, as far as the policy asks for it.
    Pass,
    /// The limit is proven to be exceeded.
    Fail,
    /// The data cannot tell.
    Inconclusive,
}

/// The limit of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateLimit {
    /// Relative to the baseline; for metrics that are above zero.
    Relative(Relative),
    /// In the unit of the metric.
    Absolute(Amount),
}

/// What a gate looks at: an overhead or a change of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GateSubject {
    point: f64,
    resolution_error: f64,
    widest: Widest,
    scale: Scale,
    baseline: f64,
}

impl GateSubject {
    /// Takes an overhead; `None` unless it has a run-level interval.
    pub fn of_overhead(overhead: &Overhead) -> Option<Self> {
        let run = overhead.inference.run_level()?;
        Some(Self {
            point: overhead.kernel.point,
            resolution_error: overhead.kernel.resolution_error,
            widest: Widest::from(Precision {
                standard_error: run.standard_error,
                degrees_of_freedom: run.degrees_of_freedom,
            }),
            scale: overhead.scale,
            baseline: overhead.kernel.baseline,
        })
    }

    /// Takes a change of an overhead between two runs; `None` unless both runs have run-level intervals.
    pub fn of_change(change: &OverheadChange) -> Option<Self> {
        let precise = change.precision.as_ref().ok()?;
        Some(Self {
            point: change.kernel.delta,
            resolution_error: change.kernel.resolution_error,
            widest: precise.widest,
            scale: change.scale,
            baseline: change.kernel.reference,
        })
    }

    /// Puts a limit on the scale of the analysis; `None` if it has no meaning there.
    ///
    /// A limit that asks for less than nothing of a positive metric is negative infinity: any value exceeds it.
    fn limit(&self, limit: GateLimit) -> Option<f64> {
        let logarithm = |relative: f64| {
            if relative <= -1.0 {
                f64::NEG_INFINITY
            } else {
                relative.ln_1p()
            }
        };
        let value = match (self.scale, limit) {
            (Scale::Log, GateLimit::Relative(relative)) => logarithm(relative.get()),
            (Scale::Log, GateLimit::Absolute(amount)) => logarithm(amount.get() / self.baseline),
            (Scale::Difference, GateLimit::Relative(relative)) => relative.get() * self.baseline,
            (Scale::Difference, GateLimit::Absolute(amount)) => amount.get(),
        };
        Some(value).filter(|value| *value < f64::INFINITY)
    }

    /// `P(T >= (δ - e_res - limit) / SE)`.
    fn p_value(&self, limit: f64) -> f64 {
        self.widest
            .upper_tail(self.point - self.resolution_error - limit)
    }

    /// The one-sided 95 % bound from above.
    fn upper_bound(&self) -> f64 {
        self.point + self.widest.half_width(0.90) + self.resolution_error
    }
}

/// One gate to evaluate.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// What it looks at; `None` when there is no run-level interval, and the gate is then inconclusive.
    pub subject: Option<GateSubject>,
    /// The limit.
    pub limit: GateLimit,
    /// The policy.
    pub policy: GatePolicy,
}

/// The result of one gate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GateResult {
    /// The outcome.
    pub outcome: GateOutcome,
    /// The one-sided p-value of "the limit is exceeded".
    pub p_value: Option<f64>,
    /// The same after Holm, for gates that fail if proven.
    pub adjusted_p_value: Option<f64>,
}

/// Evaluates the gates of one report together, in the order given.
pub fn evaluate_gates(gates: &[Gate]) -> Vec<GateResult> {
    let p_values: Vec<Option<f64>> = gates.iter().map(|gate| Some(gate.tested()?.1)).collect();
    let family: Vec<usize> = (0..gates.len())
        .filter(|&place| {
            gates[place].policy == GatePolicy::FailIfProven && p_values[place].is_some()
        })
        .collect();
    let adjusted = holm(
        &family
            .iter()
            .filter_map(|&place| p_values[place])
            .collect::<Vec<_>>(),
    );
    let result = |(place, gate): (usize, &Gate)| {
        let adjusted = family
            .binary_search(&place)
            .ok()
            .map(|member| adjusted[member]);
        GateResult {
            outcome: gate.outcome(adjusted),
            p_value: p_values[place],
            adjusted_p_value: adjusted,
        }
    };
    gates.iter().enumerate().map(result).collect()
}

impl Gate {
    /// Returns the subject with the p-value of the limit being exceeded, and the limit.
    fn tested(&self) -> Option<(GateSubject, f64, f64)> {
        let subject = self.subject?;
        let limit = subject.limit(self.limit)?;
        Some((subject, subject.p_value(limit), limit))
    }

    fn outcome(&self, adjusted: Option<f64>) -> GateOutcome {
        let Some((subject, p_value, limit)) = self.tested() else {
            return GateOutcome::Inconclusive;
        };
        match self.policy {
            GatePolicy::FailIfProven if adjusted.is_some_and(|p| p <= FAMILY_LEVEL) => {
                GateOutcome::Fail
            }
            GatePolicy::FailIfProven => GateOutcome::Pass,
            GatePolicy::PassIfProven if subject.upper_bound() < limit => GateOutcome::Pass,
            GatePolicy::PassIfProven if p_value <= FAMILY_LEVEL => GateOutcome::Fail,
            GatePolicy::PassIfProven => GateOutcome::Inconclusive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(point: f64, standard_error: f64, limit: f64, policy: GatePolicy) -> Gate {
        let subject = GateSubject {
            point,
            resolution_error: 0.0,
            widest: Widest::from(Precision {
                standard_error,
                degrees_of_freedom: 4.0,
            }),
            scale: Scale::Log,
            baseline: 1.0,
        };
        Gate {
            subject: Some(subject),
            limit: GateLimit::Relative(Relative(limit.exp_m1())),
            policy,
        }
    }

    fn outcomes(gates: &[Gate]) -> Vec<GateOutcome> {
        evaluate_gates(gates)
            .into_iter()
            .map(|result| result.outcome)
            .collect()
    }

    #[test]
    fn a_proven_excess_fails_and_an_unproven_one_passes() {
        use GatePolicy::FailIfProven;
        // t = 3 on 4 degrees of freedom: p = 0.0200; t = 2: p = 0.0581.
        assert_eq!(
            outcomes(&[gate(0.13, 0.01, 0.10, FailIfProven)]),
            [GateOutcome::Fail]
        );
        assert_eq!(
            outcomes(&[gate(0.12, 0.01, 0.10, FailIfProven)]),
            [GateOutcome::Pass]
        );
    }

    #[test]
    fn holm_guards_the_family() {
        let three = vec![gate(0.13, 0.01, 0.10, GatePolicy::FailIfProven); 3];
        let results = evaluate_gates(&three);
        assert!(
            results
                .iter()
                .all(|result| result.outcome == GateOutcome::Pass)
        );
        assert!(
            (results[0].adjusted_p_value.unwrap() - 3.0 * results[0].p_value.unwrap()).abs()
                < 1e-12
        );
    }

    #[test]
    fn pass_if_proven_has_three_outcomes() {
        use GatePolicy::PassIfProven;
        // t_{0.95, 4} = 2.132.
        let gates = [
            gate(0.07, 0.01, 0.10, PassIfProven),
            gate(0.08, 0.01, 0.10, PassIfProven),
            gate(0.13, 0.01, 0.10, PassIfProven),
        ];
        assert_eq!(
            outcomes(&gates),
            [
                GateOutcome::Pass,
                GateOutcome::Inconclusive,
                GateOutcome::Fail
            ]
        );
    }

    #[test]
    fn the_resolution_error_is_to_the_advantage_of_neither_side() {
        let mut failing = gate(0.13, 0.01, 0.10, GatePolicy::FailIfProven);
        let mut passing = gate(0.07, 0.01, 0.10, GatePolicy::PassIfProven);
        for gate in [&mut failing, &mut passing] {
            gate.subject.as_mut().unwrap().resolution_error = 0.02;
        }
        assert_eq!(outcomes(&[failing]), [GateOutcome::Pass]);
        assert_eq!(outcomes(&[passing]), [GateOutcome::Inconclusive]);
    }

    #[test]
    fn without_a_run_level_interval_nothing_is_decided() {
        for policy in [GatePolicy::FailIfProven, GatePolicy::PassIfProven] {
            let gate = Gate {
                subject: None,
                limit: GateLimit::Relative(Relative(0.1)),
                policy,
            };
            assert_eq!(outcomes(&[gate]), [GateOutcome::Inconclusive]);
        }
        let meaningless = Gate {
            limit: GateLimit::Absolute(Amount(f64::NAN)),
            ..gate(0.1, 0.1, 0.1, GatePolicy::FailIfProven)
        };
        assert_eq!(outcomes(&[meaningless]), [GateOutcome::Inconclusive]);
    }

    #[test]
    fn a_limit_below_nothing_is_exceeded_by_anything() {
        for policy in [GatePolicy::FailIfProven, GatePolicy::PassIfProven] {
            for limit in [
                GateLimit::Relative(Relative(-1.0)),
                // The baseline is 1, so this asks for a phase that answers before it is asked.
                GateLimit::Absolute(Amount(-1.5)),
            ] {
                let gate = Gate {
                    limit,
                    ..gate(-0.5, 10.0, 0.1, policy)
                };
                assert_eq!(outcomes(&[gate]), [GateOutcome::Fail], "{limit:?}");
            }
        }
    }
}
