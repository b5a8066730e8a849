//! Draws the bucket numbers of one cell from their exact probabilities.

use meshdelta_stats::histogram::Schema;

use crate::mixture::Mixture;
use crate::random::Random;

/// First bucket that is told apart; what is faster lands in it.
const LOWEST: i32 = -128;
/// Buckets that are told apart: latencies from 15 us to 65 s.
pub(crate) const BUCKETS: usize = 256;
/// Entries of the table that finds the first candidate.
const GUIDE: usize = 256;

/// Counts by bucket, from [`LOWEST`].
pub(crate) type Counts = [u64; BUCKETS];

/// The cumulative probabilities of the buckets in units of 2^-32, with a table of where to start.
pub(crate) struct CellSampler {
    cumulative: [u32; BUCKETS],
    guide: [u8; GUIDE],
}

impl CellSampler {
    /// Prepares a cell at a location (logarithm of seconds) with a share of the tail.
    pub(crate) fn new(mixture: &Mixture, location: f64, share: f64) -> Self {
        let width = Schema::K6.log_width();
        let mut cumulative = [u32::MAX; BUCKETS];
        for (bucket, bound) in cumulative.iter_mut().enumerate() {
            let below = mixture.below(f64::from(index(bucket)) * width - location, share);
            *bound = to_units(below);
            // Nothing lies above.
            if below > 1.0 - 1e-12 {
                break;
            }
        }
        cumulative[BUCKETS - 1] = u32::MAX;
        let mut guide = [0; GUIDE];
        let mut bucket = 0_u8;
        for (part, start) in (0_u32..).zip(&mut guide) {
            while cumulative[usize::from(bucket)] <= part << 24 && bucket < u8::MAX {
                bucket += 1;
            }
            *start = bucket;
        }
        Self { cumulative, guide }
    }

    /// Adds the buckets of two requests to the counts for every 64 random bits.
    pub(crate) fn add(&self, random: &mut Random, pairs: usize, counts: &mut Counts) {
        for _ in 0..pairs {
            let bits = random.bits();
            for half in [bits >> 32, bits & u64::from(u32::MAX)] {
                let part = u32::try_from(half).unwrap_or(0);
                counts[self.bucket(part)] += 1;
            }
        }
    }

    fn bucket(&self, part: u32) -> usize {
        let mut bucket = usize::from(self.guide[(part >> 24) as usize]);
        while self.cumulative[bucket] <= part && bucket < BUCKETS - 1 {
            bucket += 1;
        }
        bucket
    }
}

/// Returns the index of a bucket in schema 3.
pub(crate) fn index(bucket: usize) -> i32 {
    i32::try_from(bucket).map_or(i32::MAX, |bucket| LOWEST + bucket)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a probability times 2^32 saturates at the greatest u32"
)]
fn to_units(probability: f64) -> u32 {
    (probability * 4_294_967_296.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_follow_the_distribution() {
        let mixture = Mixture {
            body_sd: 0.35,
            tail_factor: 6.0,
            tail_sd: 0.7,
        };
        let location = 0.002_f64.ln();
        let sampler = CellSampler::new(&mixture, location, 0.02);
        let mut counts = [0; BUCKETS];
        let pairs = 1_000_000;
        sampler.add(&mut Random::new(1, 0, 0), pairs, &mut counts);
        let total = 2.0 * pairs as f64;
        let mut below = 0.0;
        for (bucket, &count) in counts.iter().enumerate() {
            below += count as f64;
            let bound = Schema::K6.upper_bound(index(bucket)).ln() - location;
            let expected = mixture.below(bound, 0.02);
            let error = (expected * (1.0 - expected) / total).sqrt().max(1e-7);
            let found = below / total;
            assert!(
                (found - expected).abs() < 4.5 * error,
                "bucket {bucket}: {found} {expected}"
            );
        }
        assert_eq!(counts.iter().sum::<u64>(), 2_000_000);
    }
}
