//! The form of the results as JSON, on which reports and scripts rely.

use super::*;

/// Digits beyond the sixth may differ between mathematical libraries.
fn shortened() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(-?\d+\.\d{6})\d+(e-\d+)?", "$1$2");
    settings
}

#[test]
fn a_run_level_overhead_as_json() {
    let mut experiment = rounds(3).experiment();
    experiment.slots[1]
        .flags
        .insert(crate::increments::DataFlag::Reset);
    let analysis = run(&experiment);
    let estimate = estimate(&analysis, "ambient", Quantile::P99);
    shortened().bind(|| insta::assert_json_snapshot!(estimate));
}

#[test]
fn a_within_run_overhead_as_json() {
    let analysis = run(&rounds(1).experiment());
    let estimate = estimate(&analysis, "ambient", Quantile::P50);
    shortened().bind(|| insta::assert_json_snapshot!(estimate));
}

#[test]
fn a_missing_overhead_as_json() {
    let analysis = run(&rounds(3).experiment());
    let estimate = estimate(&analysis, "ambient", cpu());
    shortened().bind(|| insta::assert_json_snapshot!(estimate));
}

#[test]
fn a_value_as_json() {
    let mut plan = rounds(1);
    plan.rounds[0].truncate(2);
    let analysis = run(&plan.experiment());
    let estimate = analysis.absolute(&"ambient".into(), &Quantile::P50.into());
    shortened().bind(|| insta::assert_json_snapshot!(estimate));
}
