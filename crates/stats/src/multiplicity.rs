//! Many comparisons at once.
//!
//! `docs/statistics.md`, "Multiplicity": Holm's step-down adjustment (Holm 1979) for gates, Bonferroni for the simultaneous
//! whiskers of the forest plot.

/// Returns Holm-adjusted p-values in the order given; reject those not above the family-wise level.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&left, &right| p_values[left].total_cmp(&p_values[right]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (step, &place) in order.iter().enumerate() {
        let remaining = (p_values.len() - step) as f64;
        largest = largest.max((p_values[place] * remaining).min(1.0));
        adjusted[place] = largest;
    }
    adjusted
}

/// Returns the level that each of several intervals needs so that all together hold at `level`.
pub fn bonferroni_level(level: f64, comparisons: usize) -> f64 {
    1.0 - (1.0 - level) / comparisons.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_family() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (actual, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((actual - expected).abs() < 1e-15, "{adjusted:?}");
        }
    }

    #[test]
    fn one_p_value_is_left_alone_and_none_exceeds_one() {
        assert_eq!(holm(&[0.04]), [0.04]);
        assert_eq!(holm(&[0.6, 0.7, 0.8]), [1.0, 1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn four_comparisons_need_98_75_percent_each() {
        assert!((bonferroni_level(0.95, 4) - 0.9875).abs() < 1e-15);
        assert!((bonferroni_level(0.95, 0) - 0.95).abs() < 1e-15);
    }
}
