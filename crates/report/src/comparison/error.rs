//! What keeps runs from being compared.

use std::path::PathBuf;

use thiserror::Error;

use super::model::FactDifference;
use super::settings::PlanThresholdError;
use crate::analysis::AnalysisError;
use crate::gates::GateError;

/// Runs that are not compared.
#[derive(Debug, Error)]
pub enum ComparisonError {
    /// A run cannot be analysed by itself.
    #[error("the run in `{}` cannot be analysed", folder.display())]
    Run {
        /// The folder of the run.
        folder: PathBuf,
        /// Why.
        #[source]
        source: AnalysisError,
    },
    /// The same run is named twice.
    #[error("run {run_id} is named twice (`{}` and `{}`): compared with itself a run says nothing", first.display(), second.display())]
    SameRun {
        /// The id of the run.
        run_id: String,
        /// A folder of it.
        first: PathBuf,
        /// The other folder of it.
        second: PathBuf,
    },
    /// The runs did not measure the same thing.
    #[error("the runs did not measure the same thing: {}", reasons(facts))]
    NotComparable {
        /// The facts without which they did not.
        facts: Vec<FactDifference>,
    },
    /// The runs have no phase in common but the baseline.
    #[error(
        "the runs have no phase in common beside the baseline: {} before and {} after",
        listed(before),
        listed(after)
    )]
    NoCommonPhase {
        /// The phases before.
        before: Vec<String>,
        /// The phases after.
        after: Vec<String>,
    },
    /// What the plan of the last run says to matter is no size of a change.
    #[error("the plan of the run in `{}` cannot be used: {source}", folder.display())]
    Plan {
        /// The folder of the run.
        folder: PathBuf,
        /// What is wrong.
        source: PlanThresholdError,
    },
    /// A gate cannot be held against the comparison.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// A fact is said to differ on purpose, but is the same in all runs.
    #[error("the runs do not differ in `{fact}`{}", or_nearest(nearest.as_deref()))]
    NotVaried {
        /// The fact as given.
        fact: String,
        /// The most similar one that differs.
        nearest: Option<String>,
    },
    /// The histograms of the runs cannot be analysed together.
    #[error("the histograms of the runs cannot be analysed together")]
    Together(#[source] AnalysisError),
}

fn listed(phases: &[String]) -> String {
    if phases.is_empty() {
        "none".to_owned()
    } else {
        phases.join(", ")
    }
}

fn or_nearest(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn reasons(facts: &[FactDifference]) -> String {
    let reasons: Vec<String> = facts.iter().map(FactDifference::in_words).collect();
    reasons.join("; ")
}
