//! What can go wrong with a plan or a saved run.

use std::io;
use std::path::PathBuf;

use crate::manifest::FormatVersion;
use crate::{PhaseId, SlotId};

fn or_nearest(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?"))
}

/// An error of this crate. Messages name the file or setting and say what is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A plan file has a key that no setting has.
    #[error("`{path}` has an unknown key `{key}`{}", or_nearest(nearest.as_deref()))]
    UnknownKey {
        /// The plan file.
        path: String,
        /// The key, with its table.
        key: String,
        /// The most similar known key.
        nearest: Option<String>,
    },
    /// A phase is not built in.
    #[error("there is no phase `{phase}`{}", or_nearest(nearest.as_deref()))]
    UnknownPhase {
        /// The phase as given.
        phase: String,
        /// The most similar phase.
        nearest: Option<String>,
    },
    /// A phase is named twice.
    #[error("phase `{phase}` is named twice")]
    PhaseTwice {
        /// The phase.
        phase: PhaseId,
    },
    /// There is no pair of phases to compare.
    #[error("the phases need `baseline` and at least one other")]
    NothingToCompare,
    /// A setting is outside its range.
    #[error("`{setting}` is {value}, but must be from {minimum} to {maximum}")]
    SettingOutOfRange {
        /// The setting, as a plan file spells it.
        setting: &'static str,
        /// The value given.
        value: u64,
        /// The least value allowed.
        minimum: u64,
        /// The greatest value allowed.
        maximum: u64,
    },
    /// Only the local environment can inject a delay.
    #[error("`local.fault` is for the local environment only")]
    FaultElsewhere,
    /// No phase of the plan goes through the hop that delays.
    #[error("`local.fault.hop` is `{hop}`, but none of the phases goes through it")]
    FaultWithoutPhase {
        /// The hop.
        hop: &'static str,
    },
    /// A setting of the table `[kubernetes]` cannot be used.
    #[error("`kubernetes.{setting}` cannot be used: {reason}")]
    KubernetesSettingInvalid {
        /// The setting within its table.
        setting: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The width to stop at is outside its range.
    #[error("`until_percent` is {percent}, but must be from 0.1 to 100")]
    UntilOutOfRange {
        /// The value given.
        percent: f64,
    },
    /// A plan file is not TOML, or a value has the wrong type.
    #[error("`{path}` is not a valid plan: {source}")]
    PlanFileInvalid {
        /// The plan file.
        path: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// The output folder is there already.
    #[error("`{}` exists already, and nothing is overwritten", path.display())]
    OutputExists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds no run.
    #[error("`{}` is not a saved run: it has no `run.json`", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds the journal of a run that was killed before its manifest was written.
    #[error("`{}` is an unfinished run: {complete_slots} complete slots wait in `unfinished/`", path.display())]
    Unfinished {
        /// The folder.
        path: PathBuf,
        /// Slots that can still be used by `--resume`.
        complete_slots: usize,
    },
    /// Another process measures into the folder.
    #[error("another meshdelta is measuring into `{}`", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The slots of a run that calls itself complete are not those of its order.
    #[error("`{}` calls itself complete, but its slots are not those of its order", path.display())]
    NotTheOrder {
        /// The manifest.
        path: PathBuf,
    },
    /// The manifest names a file outside the run.
    #[error("the manifest of `{}` names `{file}`, which is not a file of the run", path.display())]
    FileOutside {
        /// The folder.
        path: PathBuf,
        /// The file as named.
        file: String,
    },
    /// There is nothing to resume.
    #[error("`{}` has nothing to resume: {reason}", path.display())]
    NothingToResume {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// The manifest, or a slot of the journal, is not what the format says.
    #[error("`{}` is not valid: {source}", path.display())]
    JsonInvalid {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The run was written by a version whose format this one cannot read.
    #[error("`{}` has format {found}, but this version reads {readable}", path.display())]
    FormatVersion {
        /// The manifest.
        path: PathBuf,
        /// The format of the file.
        found: FormatVersion,
        /// The newest format that is read.
        readable: FormatVersion,
    },
    /// A file is not the one that the manifest names.
    #[error("`{}` is damaged: its SHA-256 is {found}, the manifest says {expected}", path.display())]
    ChecksumMismatch {
        /// The file.
        path: PathBuf,
        /// The digest in the manifest.
        expected: String,
        /// The digest of the file.
        found: String,
    },
    /// The manifest names no such file, though the format has it.
    #[error("the manifest of `{}` does not list `{file}`", path.display())]
    FileNotListed {
        /// The folder.
        path: PathBuf,
        /// The missing entry.
        file: &'static str,
    },
    /// A Parquet file cannot be read or written.
    #[error("failed to {action} `{}`: {source}", path.display())]
    Parquet {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        source: polars::error::PolarsError,
    },
    /// A table does not have the columns or values that the format describes.
    #[error("`{}` does not follow the run format: {problem}", path.display())]
    TableInvalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// The same slot was recorded twice.
    #[error("{slot} is recorded twice")]
    SlotTwice {
        /// The slot.
        slot: SlotId,
    },
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}
