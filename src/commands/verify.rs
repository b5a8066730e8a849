//! `meshdelta verify`

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use meshdelta_run::difference::{Grade, differences_between};
use meshdelta_run::folder::{self, SavedRun};
use meshdelta_run::manifest::Completion;

use super::result;
use crate::error::{CommandError, CommandResult};
use crate::exit_code;

/// Check a saved run: checksums, format version, tables
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// Folder of the run
    run: PathBuf,
    /// Another run: list every fact of plan, versions and machine in which the two differ, and end with code 5 when they did not measure the
    /// same thing
    #[arg(long, value_name = "FOLDER")]
    against: Option<PathBuf>,
}

pub(crate) fn verify(arguments: &VerifyArguments) -> CommandResult {
    let run = folder::read(&arguments.run)?;
    let manifest = &run.manifest;
    let invalid = manifest
        .slots
        .iter()
        .filter(|slot| !slot.is_valid())
        .count();
    let completion = match &manifest.completion {
        Completion::Complete => "complete".to_owned(),
        Completion::Incomplete { reason } => format!("incomplete ({reason})"),
    };
    result(&format!(
        "run {}: {completion}, format {}\n{} files have the recorded digests\n{} slots, {} of them invalid\n{} series, {} histogram samples, {} scalar samples\n",
        manifest.run_id,
        manifest.format_version,
        manifest.files.len(),
        manifest.slots.len(),
        invalid,
        run.tables.series.len(),
        run.tables.histograms.len(),
        run.tables.scalars.len(),
    ))?;
    let comparable = match &arguments.against {
        None => true,
        Some(other) => list_differences(run, folder::read(other)?)?,
    };
    Ok(if invalid == 0 && comparable {
        exit_code::DONE
    } else {
        exit_code::DATA_INVALID
    })
}

/// Prints the facts in which two runs differ; returns whether they can be compared all the same.
fn list_differences(run: SavedRun, other: SavedRun) -> Result<bool, CommandError> {
    let other_id = other.manifest.run_id.clone();
    let differences = differences_between(&[run], &[other]);
    let mut text = format!("{} facts differ from run {other_id}\n", differences.len());
    for difference in &differences {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_owned());
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  {}: {}: {} here, {} there",
            difference.grade.words(),
            difference.fact,
            shown(&difference.first),
            shown(&difference.second)
        );
    }
    result(&text)?;
    Ok(differences
        .iter()
        .all(|difference| difference.grade < Grade::NotComparable))
}
