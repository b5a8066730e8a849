//! The folder of a saved run: written so that it has a valid manifest or is visibly unfinished.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

use fs_err as fs;
use sha2::{Digest, Sha256};

use crate::manifest::{Completion, FORMAT_VERSION, FileEntry, FormatVersion};
use crate::{Manifest, RunError, Tables, journal, parquet};

/// Name of the manifest.
pub const MANIFEST_FILE: &str = "run.json";
const SERIES_FILE: &str = "series.parquet";
const HISTOGRAMS_FILE: &str = "histograms.parquet";
const SCALARS_FILE: &str = "scalars.parquet";

/// A run read back from its folder.
#[derive(Debug, Clone)]
pub struct SavedRun {
    /// Where it was read from.
    pub folder: PathBuf,
    /// The manifest.
    pub manifest: Manifest,
    /// All raw samples.
    pub tables: Tables,
}

/// Writes the three tables into a folder, each to a temporary name first; returns their entries without digests of anything else.
pub(crate) fn write_tables(
    folder: &Path,
    tables: &Tables,
) -> Result<BTreeMap<String, FileEntry>, RunError> {
    type Write<'a> = Box<dyn Fn(&Path) -> Result<u64, RunError> + 'a>;
    let writers: [(&str, Write<'_>); 3] = [
        (
            SERIES_FILE,
            Box::new(|path| parquet::write_series(path, &tables.series)),
        ),
        (
            HISTOGRAMS_FILE,
            Box::new(|path| parquet::write_histograms(path, &tables.histograms)),
        ),
        (
            SCALARS_FILE,
            Box::new(|path| parquet::write_scalars(path, &tables.scalars)),
        ),
    ];
    let mut entries = BTreeMap::new();
    for (name, write) in writers {
        let (path, temporary) = (folder.join(name), folder.join(format!("{name}.tmp")));
        let rows = write(&temporary)?;
        fs::rename(&temporary, &path)?;
        entries.insert(
            name.to_owned(),
            FileEntry {
                rows: Some(rows),
                ..file_entry(&path)?
            },
        );
    }
    Ok(entries)
}

/// Reads the three tables of a folder.
pub(crate) fn read_tables(folder: &Path) -> Result<Tables, RunError> {
    let series = parquet::read_series(&folder.join(SERIES_FILE))?;
    let histograms = parquet::read_histograms(&folder.join(HISTOGRAMS_FILE), series.len())?;
    let scalars = parquet::read_scalars(&folder.join(SCALARS_FILE), series.len())?;
    Ok(Tables {
        series,
        histograms,
        scalars,
    })
}

/// Writes a file to a temporary name, syncs it and renames it.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), RunError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    let mut file = fs::File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    Ok(())
}

/// Saves a run: the tables, then the digests of every file, then the manifest.
///
/// Files that are in the folder already (`k6/`, `logs/`) are listed with their digests; the journal is not part of the run.
pub fn save(folder: &Path, mut manifest: Manifest, tables: &Tables) -> Result<Manifest, RunError> {
    let old_manifest = folder.join(MANIFEST_FILE);
    if old_manifest.exists() {
        // A resumed run: without its manifest it is visibly unfinished until the new one is there.
        fs::remove_file(&old_manifest)?;
    }
    manifest.format_version = FORMAT_VERSION;
    manifest.files = write_tables(folder, tables)?;
    for subfolder in ["k6", "logs"] {
        list_files(folder, subfolder, &mut manifest.files)?;
    }
    let text = serde_json::to_string_pretty(&manifest).map_err(|source| RunError::JsonInvalid {
        path: old_manifest.clone(),
        source,
    })?;
    write_atomically(&old_manifest, text.as_bytes())?;
    Ok(manifest)
}

fn list_files(
    folder: &Path,
    subfolder: &str,
    files: &mut BTreeMap<String, FileEntry>,
) -> Result<(), RunError> {
    let path = folder.join(subfolder);
    if !path.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(&path)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let file = entry.path();
        let temporary = file.extension().is_some_and(|extension| extension == "tmp");
        if let Some(name) = file
            .file_name()
            .and_then(|name| name.to_str())
            .filter(|_| !temporary)
        {
            files.insert(format!("{subfolder}/{name}"), file_entry(&file)?);
        }
    }
    Ok(())
}

/// The one field that every format has.
#[derive(serde::Deserialize)]
struct Versioned {
    format_version: FormatVersion,
}

/// Reads the manifest of a folder, and says what the folder is when it has none.
pub fn read_manifest(folder: &Path) -> Result<Manifest, RunError> {
    let path = folder.join(MANIFEST_FILE);
    if !path.is_file() {
        return Err(match journal::complete_slots(folder)? {
            Some(complete_slots) => RunError::Unfinished {
                path: folder.to_owned(),
                complete_slots,
            },
            None => RunError::NotARun {
                path: folder.to_owned(),
            },
        });
    }
    let text = fs::read_to_string(&path)?;
    let json_invalid = |source| RunError::JsonInvalid {
        path: path.clone(),
        source,
    };
    // The version first: a manifest of another format need not have the fields of this one.
    let found = serde_json::from_str::<Versioned>(&text)
        .map_err(json_invalid)?
        .format_version;
    if !found.is_readable() {
        return Err(RunError::FormatVersion {
            path,
            found,
            readable: FORMAT_VERSION,
        });
    }
    let manifest: Manifest = serde_json::from_str(&text).map_err(json_invalid)?;
    if manifest.completion == Completion::Complete && !manifest.follows_order() {
        return Err(RunError::NotTheOrder { path });
    }
    Ok(manifest)
}

/// Checks every file of the manifest against its digest.
pub fn verify(folder: &Path, manifest: &Manifest) -> Result<(), RunError> {
    for file in [SERIES_FILE, HISTOGRAMS_FILE, SCALARS_FILE] {
        if !manifest.files.contains_key(file) {
            return Err(RunError::FileNotListed {
                path: folder.to_owned(),
                file,
            });
        }
    }
    for (name, entry) in &manifest.files {
        let is_plain = |part| matches!(part, Component::Normal(_));
        if !Path::new(name).components().all(is_plain) {
            return Err(RunError::FileOutside {
                path: folder.to_owned(),
                file: name.clone(),
            });
        }
        let path = folder.join(name);
        let found = file_entry(&path)?;
        if found.sha256 != entry.sha256 {
            return Err(RunError::ChecksumMismatch {
                path,
                expected: entry.sha256.clone(),
                found: found.sha256,
            });
        }
    }
    Ok(())
}

/// Reads a run: the manifest, then every digest, then the tables.
pub fn read(folder: &Path) -> Result<SavedRun, RunError> {
    let manifest = read_manifest(folder)?;
    verify(folder, &manifest)?;
    let tables = read_tables(folder)?;
    Ok(SavedRun {
        folder: folder.to_owned(),
        manifest,
        tables,
    })
}

fn file_entry(path: &Path) -> Result<FileEntry, RunError> {
    let (sha256, bytes) = digest(path)?;
    Ok(FileEntry {
        sha256,
        bytes,
        rows: None,
    })
}

/// Returns the SHA-256 of a file in lower-case hexadecimal, and its size in bytes.
pub fn digest(path: &Path) -> Result<(String, u64), RunError> {
    let mut file = fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
    let mut hexadecimal = String::with_capacity(64);
    for byte in hasher.finalize() {
        for digit in [byte >> 4, byte & 0xf] {
            hexadecimal.extend(char::from_digit(digit.into(), 16));
        }
    }
    Ok((hexadecimal, bytes))
}

#[cfg(test)]
mod tests;
