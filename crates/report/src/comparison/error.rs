//! What keeps runs from being compared.

use std::path::PathBuf;

use thiserror::Error;

use super::model::FactDifference;
use crate::analysis::AnalysisError;

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
    #[error("the runs have no phase in common beside the baseline")]
    NoCommonPhase,
    /// The histograms of the runs cannot be analysed together.
    #[error("the histograms of the runs cannot be analysed together")]
    Together(#[source] AnalysisError),
}

fn reasons(facts: &[FactDifference]) -> String {
    let absent = || "absent".to_owned();
    let reasons: Vec<String> = facts
        .iter()
        .map(|fact| {
            let before = fact.before.clone().unwrap_or_else(absent);
            let after = fact.after.clone().unwrap_or_else(absent);
            format!("{} is {before} before and {after} after", fact.fact)
        })
        .collect();
    reasons.join("; ")
}
