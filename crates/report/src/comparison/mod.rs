//! Two runs against each other, or two groups of runs: did what the mesh costs change, by how much, and can that be trusted?
//!
//! [`compare_runs`] makes a [`ComparisonModel`], of which the page, the charts, the slides and all texts are views. The rules are those of
//! `docs/statistics.md`, "compare A B".

mod analysis;
mod charts;
mod error;
mod gate;
mod model;
mod numbers;
mod outputs;
mod settings;
mod tables;
mod texts;

pub use analysis::compare_runs;
pub use charts::ComparisonChart;
pub use error::ComparisonError;
pub use model::{
    AddedChange, BothSides, COMPARISON_SCHEMA_VERSION, Change, ChangeError, ChangeEstimate,
    ChangeFamily, ChangeIntervals, ChangeMetric, ChangeUnit, ChangeVerdict, Comparability,
    ComparisonAnswer, ComparisonHeadings, ComparisonModel, Difference, DifferenceInterval,
    FactDifference, GateSummary, Grade, Side, SideOverhead, SideRun, SmallestDetectable,
    ValueChange,
};
pub use outputs::{
    comparison_json_schema, render_comparison_chart, render_comparison_csv, render_comparison_html,
    render_comparison_json, render_comparison_markdown, render_comparison_pptx,
    render_comparison_terminal,
};
pub use settings::{ComparisonSettings, FailOn, PlanThresholdError, Thresholds};
