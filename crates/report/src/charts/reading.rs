//! How to read each chart.

use super::ChartKind;

impl ChartKind {
    /// How to read it, in two or three sentences.
    pub(crate) const fn reading(self) -> &'static str {
        match self {
            Self::Overheads | Self::AllOverheads => {
                "Thick bar: the interval. Thin line: the interval that holds for all phases together. \
                 Slower is further right; a bar that touches the pale band may be too small to matter. \
                 The hatched band is how far two runs of the same baseline were apart."
            }
            Self::Spectrum => {
                "Each line is the median over rounds, the shade the range over rounds. \
                 Each named percentile takes the same room, so the tail can be seen. \
                 Lines end where fewer than five requests lie beyond."
            }
            Self::Distribution => {
                "Histogram buckets as recorded, all rounds pooled, for the picture only; cut at 99.9 %."
            }
            Self::Shift => {
                "A flat line is a constant price for each request, a rising one a tail problem. \
                 The shade is the pointwise interval."
            }
            Self::Rounds => {
                "Each mark is a phase against the baselines of the same round; on the right the mean and its interval."
            }
            Self::HeatMap => {
                "Slots in the order of execution. Darker: more requests. Lines: p50 of each cell, and p99 where a cell has enough requests for it. \
                 Hatched: the warm-up, which is in no number of this report."
            }
            Self::Resources => {
                "Segments are the roles in the order named below each bar. The load generator is not in the bars. \
                 On the right the total, and the difference from the baseline: the geometric mean over rounds, which need not be that of the totals."
            }
            Self::Cost => "Nearer to the lower left corner is better in both; bars are intervals.",
        }
    }
}
