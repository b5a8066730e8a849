//! Sectioning: the variance of one slot's value from four consecutive parts of it.
//!
//! `docs/statistics.md`, "R = 1". Four long parts are nearly independent even when neighbouring cells are not.

/// The number of parts.
pub(crate) const SECTIONS: usize = 4;

/// Returns the cells of part `section` of `SECTIONS`, as equal in number as can be.
pub(crate) fn section_bounds(cells: usize, section: usize) -> std::ops::Range<usize> {
    section * cells / SECTIONS..(section + 1) * cells / SECTIONS
}

/// Returns `Σ (θ_b - θ)^2 / (k - 1) / k` for the values of the `k` parts and of the whole, with `k - 1` degrees of freedom.
pub(crate) fn section_variance(parts: [f64; SECTIONS], whole: f64) -> f64 {
    let k = SECTIONS as f64;
    parts.iter().map(|part| (part - whole).powi(2)).sum::<f64>() / (k - 1.0) / k
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_every_cell_once() {
        for cells in [4, 8, 23, 24, 25] {
            let ranges: Vec<_> = (0..SECTIONS)
                .map(|section| section_bounds(cells, section))
                .collect();
            assert_eq!(ranges[0].start, 0);
            assert_eq!(ranges[3].end, cells);
            assert!(
                ranges
                    .windows(2)
                    .all(|pair| pair[0].end == pair[1].start && !pair[0].is_empty())
            );
        }
    }

    #[test]
    fn the_variance_is_that_of_a_mean_of_four() {
        assert!((section_variance([1.0, 2.0, 3.0, 4.0], 2.5) - 5.0 / 12.0).abs() < 1e-15);
    }
}
