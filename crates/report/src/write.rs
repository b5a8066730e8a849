//! Writing a file so that it is either there in full or not there.

use std::io::Write as _;
use std::path::Path;

use crate::error::ReportError;

/// Writes to a temporary name beside the file, syncs, and renames.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), ReportError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.partial"));
    let written = fs_err::File::create(&temporary)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs_err::rename(&temporary, path));
    written.map_err(|source| {
        // The rest of a failed attempt is of no use; that it cannot be removed either is not the error to report.
        let _ = fs_err::remove_file(&temporary);
        ReportError::Write {
            path: path.to_owned(),
            source,
        }
    })
}
