//! What can go wrong with a history.

use std::path::PathBuf;

use thiserror::Error;

/// A history that cannot be made.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// The folder cannot be listed.
    #[error("failed to list the runs")]
    List {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder is a run, not one of runs.
    #[error("`{}` is a run by itself, not a folder of runs", path.display())]
    IsARun {
        /// The folder.
        path: PathBuf,
    },
    /// No run of the folder can be shown.
    #[error("`{}` has no run that can be shown{}", path.display(), reasons(left_out))]
    NoRuns {
        /// The folder.
        path: PathBuf,
        /// The runs that cannot be shown, each with the reason.
        left_out: Vec<String>,
    },
    /// No run has the phase.
    #[error("no run has the phase `{phase}` beside its baseline; there are: {}", known.join(", "))]
    UnknownPhase {
        /// The phase as given.
        phase: String,
        /// The phases of the runs.
        known: Vec<String>,
    },
}

fn reasons(left_out: &[String]) -> String {
    if left_out.is_empty() {
        String::new()
    } else {
        format!(": {}", left_out.join("; "))
    }
}
