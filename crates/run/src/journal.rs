//! The journal of a run that is going on: each complete slot is on disk before the next begins.
//!
//! `unfinished/plan.json` says what was planned, `unfinished/<number>/` holds the three tables of one slot and, last, `slot.json`. A slot
//! without `slot.json` was cut off and is measured again. The journal goes when the run is complete.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::folder::{read_tables, write_atomically, write_tables};
use crate::manifest::{EnvironmentFacts, SlotRecord};
use crate::order::PlannedSlot;
use crate::{Plan, RunError, RunId, Tables, TimestampMs};

const FOLDER: &str = "unfinished";
const HEADER_FILE: &str = "plan.json";
const SLOT_FILE: &str = "slot.json";
const LOCK_FILE: &str = "lock";

/// What is known when a run begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Identity of the run.
    pub run_id: RunId,
    /// When it began.
    pub started_at: TimestampMs,
    /// The resolved plan.
    pub plan: Plan,
    /// The order that the seed gave.
    pub order: Vec<PlannedSlot>,
    /// Programs and machine.
    pub environment: EnvironmentFacts,
    /// What a reader should know, for example that the run was resumed.
    pub warnings: Vec<String>,
}

/// The journal of one run.
///
/// It holds a lock on its folder, which the kernel gives back however the process ends: two processes on one run would destroy it.
#[derive(Debug)]
pub struct Journal {
    run_folder: PathBuf,
    _lock: File,
}

fn lock(run_folder: &Path) -> Result<File, RunError> {
    let path = run_folder.join(FOLDER).join(LOCK_FILE);
    let file = fs::File::create(&path)?.into_file();
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::InUse {
            path: run_folder.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

impl Journal {
    /// Makes the folder of a run and begins its journal. A folder that exists is left as it is.
    pub fn begin(run_folder: &Path, header: &Header) -> Result<Self, RunError> {
        if run_folder.exists() {
            return Err(RunError::OutputExists {
                path: run_folder.to_owned(),
            });
        }
        if let Some(parent) = run_folder.parent() {
            fs::create_dir_all(parent)?;
        }
        // Of two processes that begin at once, one makes the folder.
        match fs::create_dir(run_folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(RunError::OutputExists {
                    path: run_folder.to_owned(),
                });
            }
            made => made?,
        }
        fs::create_dir(run_folder.join(FOLDER))?;
        let journal = Self {
            run_folder: run_folder.to_owned(),
            _lock: lock(run_folder)?,
        };
        write_json(&journal.path().join(HEADER_FILE), header)?;
        Ok(journal)
    }

    /// Opens the journal of an unfinished run, and returns what was planned.
    pub fn resume(run_folder: &Path) -> Result<(Self, Header), RunError> {
        let header = run_folder.join(FOLDER).join(HEADER_FILE);
        if !header.is_file() {
            let reason = if run_folder.join(crate::folder::MANIFEST_FILE).is_file() {
                "the run is complete"
            } else {
                "it is no run"
            };
            return Err(RunError::NothingToResume {
                path: run_folder.to_owned(),
                reason,
            });
        }
        let journal = Self {
            run_folder: run_folder.to_owned(),
            _lock: lock(run_folder)?,
        };
        let header = read_json(&header)?;
        Ok((journal, header))
    }

    /// Writes what is known about the run again.
    pub fn update(&self, header: &Header) -> Result<(), RunError> {
        write_json(&self.path().join(HEADER_FILE), header)
    }

    /// Records a complete slot, at its number in the order.
    pub fn record(
        &self,
        number: usize,
        slot: &SlotRecord,
        tables: &Tables,
    ) -> Result<(), RunError> {
        let folder = self.slot_folder(number);
        fs::create_dir_all(&folder)?;
        write_tables(&folder, tables)?;
        write_json(&folder.join(SLOT_FILE), slot)
    }

    /// Tells whether the slot of that number is recorded.
    pub fn has(&self, number: usize) -> bool {
        self.slot_folder(number).join(SLOT_FILE).is_file()
    }

    /// Removes the journal of a run in which nothing was measured, and its folder unless something else is in it.
    pub fn abandon(self) -> Result<(), RunError> {
        let run_folder = self.run_folder.clone();
        self.finish()?;
        match fs::remove_dir(&run_folder) {
            Err(error) if error.kind() != ErrorKind::DirectoryNotEmpty => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Returns everything recorded, in the order of the slots.
    pub fn read_all(&self, slots: usize) -> Result<(Vec<SlotRecord>, Tables), RunError> {
        let mut records: Vec<SlotRecord> = Vec::new();
        let mut tables = Tables::default();
        for number in (0..slots).filter(|number| self.has(*number)) {
            let folder = self.slot_folder(number);
            let record: SlotRecord = read_json(&folder.join(SLOT_FILE))?;
            if records.iter().any(|earlier| earlier.id == record.id) {
                return Err(RunError::SlotTwice { slot: record.id });
            }
            records.push(record);
            tables.append(read_tables(&folder)?);
        }
        Ok((records, tables))
    }

    /// Removes the journal, once the whole run is saved.
    pub fn finish(self) -> Result<(), RunError> {
        // The header first: without it the rest is no journal, should this be cut off.
        fs::remove_file(self.path().join(HEADER_FILE))?;
        Ok(fs::remove_dir_all(self.path())?)
    }

    fn path(&self) -> PathBuf {
        self.run_folder.join(FOLDER)
    }

    fn slot_folder(&self, number: usize) -> PathBuf {
        self.path().join(format!("{number:04}"))
    }
}

/// Returns how many complete slots the journal of a folder has, or `None` where there is no journal.
pub fn complete_slots(run_folder: &Path) -> Result<Option<usize>, RunError> {
    let path = run_folder.join(FOLDER);
    if !path.join(HEADER_FILE).is_file() {
        return Ok(None);
    }
    let mut complete = 0;
    for entry in fs::read_dir(path)? {
        complete += usize::from(entry?.path().join(SLOT_FILE).is_file());
    }
    Ok(Some(complete))
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RunError> {
    let text = serde_json::to_string_pretty(value).map_err(|source| RunError::JsonInvalid {
        path: path.to_owned(),
        source,
    })?;
    write_atomically(path, text.as_bytes())
}

fn read_json<Value: DeserializeOwned>(path: &Path) -> Result<Value, RunError> {
    let text = fs::read_to_string(path)?;
    serde_json::from_str(&text).map_err(|source| RunError::JsonInvalid {
        path: path.to_owned(),
        source,
    })
}
