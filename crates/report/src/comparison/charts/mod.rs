//! The charts of a comparison.

mod changes;
mod distributions;
mod dumbbells;
mod shift;
mod spectra;

use super::model::{Change, ChangeMetric, ComparisonModel, Side};
use super::numbers::numbers;
use crate::analysis::counted;
use crate::charts::{Chart, ChartError, DrawnChart, Subject, Surface};
use crate::number_format::{THIN_SPACE, count_text, fixed_text};

/// The charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComparisonChart {
    /// Changes at p50 and p99 with intervals.
    Changes,
    /// Overheads at p50 and p99 before and after.
    Overheads,
    /// Changes at all statistics of the latency.
    AllChanges,
    /// Changes of CPU and memory.
    Cost,
    /// The change at each percentile.
    Shift,
    /// Distributions before and after, one over the other.
    Distributions,
    /// Latency at each percentile before and after, phase by phase.
    Spectra,
}

impl ComparisonChart {
    /// All charts, in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::Changes,
        Self::Overheads,
        Self::AllChanges,
        Self::Cost,
        Self::Shift,
        Self::Distributions,
        Self::Spectra,
    ];

    /// The name in file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Overheads => "overheads-before-and-after",
            Self::AllChanges => "all-changes",
            Self::Cost => "cost-changes",
            Self::Shift => "shift-of-change",
            Self::Distributions => "distributions",
            Self::Spectra => "spectra",
        }
    }

    /// Whether the model has what the chart shows.
    pub fn is_available(self, model: &ComparisonModel) -> bool {
        match self {
            Self::Changes | Self::Overheads => has_change(model, &ChangeMetric::PRIMARY),
            Self::AllChanges => has_change(model, &ChangeMetric::ALL[..6]),
            Self::Cost => has_change(model, &ChangeMetric::ALL[6..]),
            Self::Shift => model.shifts.iter().any(|shift| shift.points.len() > 1),
            Self::Distributions => {
                let both = [&model.densities.before, &model.densities.after];
                both.iter()
                    .all(|side| side.iter().any(|density| !density.buckets.is_empty()))
            }
            Self::Spectra => {
                let both = [&model.spectra.before, &model.spectra.after];
                both.iter()
                    .all(|side| side.iter().any(|spectrum| spectrum.points.len() > 1))
            }
        }
    }

    /// How to read it, in two or three sentences.
    pub(super) const fn reading(self) -> &'static str {
        match self {
            Self::Overheads => {
                "What each phase adds to the baseline of its own run: above, thin, before; below, thick and in the colour of the phase, after. \
                 Bars are the intervals of each side by itself; two that overlap say little about the change, which the plot of changes judges."
            }
            Self::Changes | Self::AllChanges | Self::Cost => {
                "Thick bar: the interval of the change. Thin line: the interval that holds for all phases together. \
                 Worse is further right; a bar that touches the pale band may be too small to matter."
            }
            Self::Shift => {
                "A flat line is a constant price for each request that came or went, a rising one a tail problem. \
                 The shade is the pointwise interval; where it contains zero, nothing is shown to have changed."
            }
            Self::Distributions => {
                "Filled: after. Outline: before. Histogram buckets as recorded, all rounds pooled, for the picture only; cut at 99.9 %. \
                 Machines and days that differ move both."
            }
            Self::Spectra => {
                "Solid: after, with the range over rounds. Dashed: before. Machines and days that differ move all phases, the baseline too."
            }
        }
    }

    /// The finding that it shows, or its plain name.
    pub(super) fn title(self, model: &ComparisonModel) -> String {
        (self.chart().title)(model)
    }

    /// Draws it on a surface, and says what it shows.
    pub(super) fn draw(
        self,
        model: &ComparisonModel,
        surface: Surface,
    ) -> Result<DrawnChart, ChartError> {
        let subject = Subject {
            model,
            numbers: numbers(model),
            small_print: &small_print(model),
        };
        subject.draw(&self.chart(), surface)
    }

    const fn chart(self) -> Chart<ComparisonModel> {
        match self {
            Self::Changes => changes::PRIMARY,
            Self::Overheads => dumbbells::CHART,
            Self::AllChanges => changes::ALL,
            Self::Cost => changes::COST,
            Self::Shift => shift::CHART,
            Self::Distributions => distributions::CHART,
            Self::Spectra => spectra::CHART,
        }
    }
}

fn has_change(model: &ComparisonModel, metrics: &[ChangeMetric]) -> bool {
    let of_metrics = |change: &&Change| metrics.contains(&change.metric);
    let mut changes = model.changes.iter().filter(of_metrics);
    changes.any(|change| change.point().is_some())
}

/// What the bars are.
pub(super) fn interval_note(model: &ComparisonModel) -> String {
    let level = fixed_text(100.0 * model.intervals.level.get(), 0);
    format!("{level}{THIN_SPACE}% intervals, {}", model.intervals.method)
}

/// The programs of both sides; those of before too where they differ.
fn versions(model: &ComparisonModel) -> Option<String> {
    let of_side = |side: &Side| -> Vec<String> {
        let versions = side.runs.iter().flat_map(|run| &run.versions);
        let mut texts: Vec<String> = versions
            .map(|version| format!("{} {}", version.program, version.version))
            .collect();
        texts.sort();
        texts.dedup();
        texts
    };
    let (before, after) = (of_side(&model.before), of_side(&model.after));
    let only = |these: &[String], others: &[String]| -> Vec<String> {
        let own = these.iter().filter(|text| !others.contains(text));
        own.cloned().collect()
    };
    let gone = only(&before, &after);
    match (after.is_empty(), gone.is_empty()) {
        (true, true) => None,
        (_, true) => Some(after.join(", ")),
        (_, false) => Some(format!(
            "{} (before: {})",
            after.join(", "),
            gone.join(", ")
        )),
    }
}

/// Runs, amount of data, versions and the meaning of intervals, in one paragraph.
pub(super) fn small_print(model: &ComparisonModel) -> String {
    let mut parts = vec![
        format!("After {}", model.after.ids()),
        format!("before {}", model.before.ids()),
    ];
    if let Some(run) = model.after.runs.first() {
        parts.push(format!(
            "{}, slots of {} s at {} req/s",
            run.environment.label(),
            fixed_text(run.duration_seconds.get(), 0),
            fixed_text(run.rate.get(), 0)
        ));
    }
    parts.push(format!(
        "n{THIN_SPACE}={THIN_SPACE}{} after and {} before",
        counted(model.after.requests(), "request"),
        count_text(model.before.requests())
    ));
    parts.push(interval_note(model));
    parts.extend(versions(model));
    if model.comparability.is_forced {
        parts.push("NOT COMPARABLE, forced".to_owned());
    }
    parts.push(format!("meshdelta {}", model.tool_version));
    parts.join(" · ")
}
