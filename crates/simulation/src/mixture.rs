//! The distribution of latencies: a body and a tail, both lognormal.

use statrs::function::erf::erfc;

/// A mixture of two normal distributions of the logarithm of the latency; the location is added elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture {
    /// Standard deviation of the body.
    pub body_sd: f64,
    /// How many times slower the tail is.
    pub tail_factor: f64,
    /// Standard deviation of the tail.
    pub tail_sd: f64,
}

impl Mixture {
    /// Returns the share of latencies whose logarithm exceeds the location by at most `x`, with a share of the tail.
    pub(crate) fn below(&self, x: f64, share: f64) -> f64 {
        let body = normal_cdf(x / self.body_sd);
        let tail = normal_cdf((x - self.tail_factor.ln()) / self.tail_sd);
        (1.0 - share) * body + share * tail
    }

    /// Returns the same mixture with the location itself normal around its mean.
    pub(crate) fn blurred(&self, location_sd: f64) -> Self {
        Self {
            body_sd: self.body_sd.hypot(location_sd),
            tail_factor: self.tail_factor,
            tail_sd: self.tail_sd.hypot(location_sd),
        }
    }

    /// Returns the logarithm of a quantile less the location, by bisection.
    pub(crate) fn log_quantile(&self, q: f64, share: f64) -> f64 {
        let (mut low, mut high) = (-8.0, 12.0);
        for _ in 0..50 {
            let middle = f64::midpoint(low, high);
            if self.below(middle, share) < q {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }

    /// Returns the logarithm of the mean less the location.
    pub(crate) fn log_mean(&self, share: f64) -> f64 {
        let body = (self.body_sd.powi(2) / 2.0).exp();
        let tail = self.tail_factor * (self.tail_sd.powi(2) / 2.0).exp();
        ((1.0 - share) * body + share * tail).ln()
    }
}

/// Returns `P(Z <= z)` of a standard normal `Z`.
fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Returns the logarithm of the odds of a share.
pub(crate) fn logit(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

/// Returns the share with these logarithmic odds.
pub(crate) fn share_of(log_odds: f64) -> f64 {
    ((-log_odds).exp() + 1.0).recip()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXTURE: Mixture = Mixture {
        body_sd: 0.35,
        tail_factor: 6.0,
        tail_sd: 0.7,
    };

    #[test]
    fn a_quantile_inverts_the_distribution() {
        for q in [0.5, 0.9, 0.95, 0.99, 0.999] {
            let x = MIXTURE.log_quantile(q, 0.02);
            assert!((MIXTURE.below(x, 0.02) - q).abs() < 1e-12);
        }
        assert!(
            (Mixture {
                tail_factor: 1.0,
                ..MIXTURE
            }
            .log_quantile(0.5, 0.1))
            .abs()
                < 1e-12
        );
    }

    #[test]
    fn odds_and_shares_agree() {
        assert!((share_of(logit(0.02)) - 0.02).abs() < 1e-15);
        assert!((share_of(logit(0.02) + 1.5_f64.ln()) - 0.03 / 1.01).abs() < 1e-12);
    }
}
