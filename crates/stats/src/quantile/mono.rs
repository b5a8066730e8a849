//! The monotone-cubic estimate of a quantile, from which the resolution error is taken.
//!
//! On the logarithmic axis all buckets have one width, so the cumulative count is interpolated by a monotone cubic Hermite
//! spline whose slopes at the bucket edges are harmonic means of the counts on both sides (Fritsch & Carlson 1980).

/// Returns the place in the bucket, 0 to 1, at which the spline reaches the fraction `f` of its count.
///
/// `before`, `count` and `after` are the counts of the bucket and its direct neighbours, 0 where there is none. Solves
/// `L (t^3 - 2 t^2 + t) + c (3 t^2 - 2 t^3) + R (t^3 - t^2) = f c` for `t`, with slopes `L` and `R` at the edges.
pub(crate) fn place(before: f64, count: f64, after: f64, fraction: f64) -> f64 {
    let (left, right) = (harmonic_mean(before, count), harmonic_mean(count, after));
    let target = fraction * count;
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..60 {
        let t = low.midpoint(high);
        let (square, cube) = (t * t, t * t * t);
        let reached = left * (cube - 2.0 * square + t)
            + count * (3.0 * square - 2.0 * cube)
            + right * (cube - square);
        if reached < target {
            low = t;
        } else {
            high = t;
        }
    }
    low.midpoint(high)
}

fn harmonic_mean(left: f64, right: f64) -> f64 {
    if left > 0.0 && right > 0.0 {
        2.0 / (1.0 / left + 1.0 / right)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_density_is_a_straight_line() {
        for fraction in [0.0, 0.2, 0.5, 0.9, 1.0] {
            assert!((place(7.0, 7.0, 7.0, fraction) - fraction).abs() < 1e-12);
        }
    }

    #[test]
    fn observations_lean_towards_the_fuller_neighbour() {
        assert!(place(90.0, 10.0, 1.0, 0.5) < 0.5);
        assert!(place(1.0, 10.0, 90.0, 0.5) > 0.5);
    }
}
