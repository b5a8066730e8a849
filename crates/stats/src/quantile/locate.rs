//! Finds the bucket of a quantile and the place within it.

/// The bucket that holds a rank, and the fraction of its observations below the rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Location {
    /// Position in the list of buckets.
    pub(crate) position: usize,
    /// Fraction of the bucket, 0 to 1, from below.
    pub(crate) fraction: f64,
}

/// Locates quantile `q` by cumulative counts, in the direction of Prometheus since 2.46.
///
/// From 0.5 upwards a server walks from the top with rank `(1 - q) n`; a tie at a bucket edge then belongs to the upper
/// bucket. (`HistogramQuantile`, Prometheus, `promql/quantile.go`.)
pub(crate) fn locate(cumulative: &[u64], q: f64) -> Option<Location> {
    let total = *cumulative.last()?;
    if total == 0 {
        return None;
    }
    if q < 0.5 {
        return locate_rank(cumulative, q * total as f64);
    }
    let rank = (1.0 - q) * total as f64;
    let below = |position: usize| {
        if position == 0 {
            0
        } else {
            cumulative[position - 1]
        }
    };
    let reached = |position: usize| (total - below(position)) as f64 >= rank;
    let position = partition_point(cumulative.len(), reached).checked_sub(1)?;
    let from_top = (total - below(position)) as f64;
    let count = (cumulative[position] - below(position)) as f64;
    Some(Location {
        position,
        fraction: ((from_top - rank) / count).clamp(0.0, 1.0),
    })
}

/// Locates a positive rank, walking from the bottom.
pub(crate) fn locate_rank(cumulative: &[u64], rank: f64) -> Option<Location> {
    let position = cumulative.partition_point(|&reached| (reached as f64) < rank);
    let reached = *cumulative.get(position)?;
    let below = if position == 0 {
        0
    } else {
        cumulative[position - 1]
    };
    let count = (reached - below) as f64;
    (count > 0.0).then(|| Location {
        position,
        fraction: ((rank - below as f64) / count).clamp(0.0, 1.0),
    })
}

/// Returns how many leading positions satisfy a predicate that never becomes true again.
fn partition_point(length: usize, predicate: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low.midpoint(high);
        if predicate(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_at_an_edge_belongs_to_the_upper_bucket_from_the_median_up() {
        assert_eq!(
            locate(&[50, 100], 0.5),
            Some(Location {
                position: 1,
                fraction: 0.0
            })
        );
        let low = locate(&[25, 100], 0.25).unwrap();
        assert_eq!(
            low,
            Location {
                position: 0,
                fraction: 1.0
            }
        );
    }

    #[test]
    fn empty_buckets_are_passed_over() {
        assert_eq!(
            locate(&[0, 0, 10, 10], 0.9).map(|found| found.position),
            Some(2)
        );
        assert_eq!(
            locate(&[10, 10, 20], 0.3).map(|found| found.position),
            Some(0)
        );
        assert_eq!(locate(&[0, 0], 0.9), None);
        assert_eq!(locate(&[], 0.9), None);
    }

    #[test]
    fn counts_beyond_the_precision_of_f64_stay_in_range() {
        let huge = 1_u64 << 60;
        let found = locate(&[huge, huge + 3, 2 * huge], 0.75).unwrap();
        assert_eq!(found.position, 2);
        assert!((0.0..=1.0).contains(&found.fraction));
    }
}
