//! The Hodges-Lehmann estimate with the exact interval of Wilcoxon's signed-rank test.
//!
//! With `R` differences there are `M = R(R+1)/2` Walsh averages; their median is the estimate, and the `k`-th smallest and
//! `k`-th largest bound the interval, `k` the largest with `P(W <= k - 1) <= α/2`. Below six rounds no such interval reaches
//! 95 %, because `2/2^5 > 0.05`.

use super::{Span, mean};

/// The fewest rounds with a 95 % interval.
pub(crate) const MINIMUM_ROUNDS: usize = 6;

/// Beyond this many rounds the exact distribution is not computed; runs are far shorter.
const MAXIMUM_ROUNDS: usize = 60;

/// The estimate and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SignedRank {
    pub(crate) estimate: f64,
    pub(crate) interval: Span,
}

/// Returns the estimate with its interval, or `None` for too few (or far too many) rounds.
pub(crate) fn signed_rank(differences: &[f64], level: f64) -> Option<SignedRank> {
    let rounds = differences.len();
    if !(MINIMUM_ROUNDS..=MAXIMUM_ROUNDS).contains(&rounds) {
        return None;
    }
    let mut walsh: Vec<f64> = Vec::with_capacity(rounds * (rounds + 1) / 2);
    for (place, &left) in differences.iter().enumerate() {
        walsh.extend(
            differences[place..]
                .iter()
                .map(|&right| f64::midpoint(left, right)),
        );
    }
    walsh.sort_by(f64::total_cmp);
    let depth = critical_depth(rounds, (1.0 - level) / 2.0)?;
    let count = walsh.len();
    let middle = [walsh[(count - 1) / 2], walsh[count / 2]];
    Some(SignedRank {
        estimate: mean(&middle),
        interval: Span {
            lower: walsh[depth - 1],
            upper: walsh[count - depth],
        },
    })
}

/// Returns the largest `k >= 1` with `P(W <= k - 1) <= tail`.
fn critical_depth(rounds: usize, tail: f64) -> Option<usize> {
    let mut reached = 0.0;
    let probabilities = rank_sum_probabilities(rounds);
    let depth = probabilities.iter().take_while(|&&probability| {
        reached += probability;
        // 1/64 summed exactly must not fail against a tail of 0.025 by rounding.
        reached <= tail * (1.0 + 1e-12)
    });
    Some(depth.count()).filter(|&depth| depth > 0)
}

/// Returns the distribution of the sum of ranks with positive sign, each of 1..=rounds having it with probability 1/2.
fn rank_sum_probabilities(rounds: usize) -> Vec<f64> {
    let mut probabilities = vec![1.0];
    for rank in 1..=rounds {
        let mut next = vec![0.0; probabilities.len() + rank];
        for (sum, probability) in probabilities.iter().enumerate() {
            next[sum] += probability / 2.0;
            next[sum + rank] += probability / 2.0;
        }
        probabilities = next;
    }
    probabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_are_those_of_the_published_tables() {
        // Two-sided 5 % critical values of Wilcoxon's signed-rank statistic are one less than the depth.
        for (rounds, critical) in [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (12, 13), (15, 25)] {
            assert_eq!(
                critical_depth(rounds, 0.025),
                Some(critical + 1),
                "{rounds} rounds"
            );
        }
        assert_eq!(critical_depth(5, 0.025), None);
    }

    #[test]
    fn six_rounds_span_their_extremes() {
        let result = signed_rank(&[1.0, 2.0, 3.0, 4.0, 5.0, 9.0], 0.95).unwrap();
        assert_eq!(
            result.interval,
            Span {
                lower: 1.0,
                upper: 9.0
            }
        );
        assert_eq!(result.estimate, 3.5);
        assert_eq!(signed_rank(&[1.0; 5], 0.95), None);
    }
}
