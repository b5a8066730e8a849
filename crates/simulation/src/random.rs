//! Random numbers whose stream is promised not to change, and the distributions written out.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Degrees of freedom of the heavy-tailed shape.
const T_DEGREES: f64 = 5.0;

/// One stream of random numbers.
pub(crate) struct Random(Pcg64);

impl Random {
    /// Starts the stream of one replicate of one scenario.
    pub(crate) fn new(seed: u64, scenario: u64, replicate: u64) -> Self {
        let high = scramble(seed ^ scramble(scenario));
        let low = scramble(high ^ replicate);
        Self(Pcg64::new(
            (u128::from(high) << 64) | u128::from(low),
            u128::from(replicate),
        ))
    }

    /// Returns 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Returns a number strictly between 0 and 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Returns a standard normal number (Box & Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Returns an index below `length` (Lemire 2019, without the rejection, whose bias is below 2^-60 here).
    pub(crate) fn index(&mut self, length: usize) -> usize {
        let scaled = u128::from(self.bits()) * length as u128;
        usize::try_from(scaled >> 64).unwrap_or(0)
    }
}

/// The finalizer of `SplitMix64` (Steele, Lea & Flood 2014).
fn scramble(value: u64) -> u64 {
    let mut bits = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The distribution of an effect, with mean 0 and standard deviation 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Normal.
    Normal,
    /// Exponential, moved to mean 0: skewness 2.
    Exponential,
    /// Student's t with five degrees of freedom: heavy tails.
    StudentT5,
}

impl Shape {
    /// Draws a number.
    pub(crate) fn draw(self, random: &mut Random) -> f64 {
        match self {
            Self::Normal => random.normal(),
            Self::Exponential => -random.uniform().ln() - 1.0,
            Self::StudentT5 => {
                let chi_square: f64 = (0..5).map(|_| random.normal().powi(2)).sum();
                let t = random.normal() / (chi_square / T_DEGREES).sqrt();
                t * ((T_DEGREES - 2.0) / T_DEGREES).sqrt()
            }
        }
    }

    /// Returns the middles of `count` parts of equal probability, for integrals.
    pub(crate) fn nodes(self, count: usize) -> Vec<f64> {
        let probability = |node: usize| (node as f64 + 0.5) / count as f64;
        (0..count)
            .map(|node| self.inverse(probability(node)))
            .collect()
    }

    fn inverse(self, probability: f64) -> f64 {
        match self {
            Self::Normal => Normal::standard().inverse_cdf(probability),
            Self::Exponential => -(1.0 - probability).ln() - 1.0,
            Self::StudentT5 => StudentsT::new(0.0, 1.0, T_DEGREES).map_or(0.0, |student| {
                student.inverse_cdf(probability) * ((T_DEGREES - 2.0) / T_DEGREES).sqrt()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_never_changes() {
        let mut random = Random::new(1, 2, 3);
        let first = [random.bits(), random.bits()];
        let mut again = Random::new(1, 2, 3);
        assert_eq!([again.bits(), again.bits()], first);
        assert_ne!(Random::new(1, 2, 4).bits(), first[0]);
        assert_ne!(Random::new(1, 3, 3).bits(), first[0]);
    }

    #[test]
    fn shapes_have_mean_zero_and_variance_one() {
        for shape in [Shape::Normal, Shape::Exponential, Shape::StudentT5] {
            let mut random = Random::new(7, 0, 0);
            let draws: Vec<f64> = (0..200_000).map(|_| shape.draw(&mut random)).collect();
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let variance =
                draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws.len() as f64;
            assert!(mean.abs() < 0.01, "{shape:?}: mean {mean}");
            assert!(
                (variance - 1.0).abs() < 0.03,
                "{shape:?}: variance {variance}"
            );
            let nodes = shape.nodes(256);
            let center = nodes.iter().sum::<f64>() / 256.0;
            assert!(center.abs() < 0.01, "{shape:?}: nodes have mean {center}");
        }
    }
}
