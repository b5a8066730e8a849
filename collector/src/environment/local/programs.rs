//! The programs that the local environment is made of: where they are, and whether their versions serve.

use std::path::{Path, PathBuf};
use std::time::Duration;

use meshdelta_run::folder::digest;
use meshdelta_run::manifest::ProgramFact;
use tokio::process::Command;
use tokio::time::timeout;

use super::process::find_on_path;
use crate::error::CollectorError;

/// The private folder that `make` puts programs into, relative to the folders above meshdelta itself.
const PRIVATE_FOLDER: &str = ".tools/bin";
/// Names another private folder, and then only that one.
const PRIVATE_FOLDER_VARIABLE: &str = "MESHDELTA_TOOLS";
const VERSION_TIMEOUT: Duration = Duration::from_secs(20);

/// A version of three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A program that is needed.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// Name of the program file.
    pub name: &'static str,
    /// What makes it print its version.
    pub version_argument: &'static str,
    /// The oldest version that serves.
    pub minimum: Version,
    /// Why that version.
    pub reason: &'static str,
}

/// k6: the load.
pub(super) const K6: Requirement = Requirement {
    name: "k6",
    version_argument: "version",
    minimum: Version(1, 0, 0),
    reason: "the load, with native histograms by remote write",
};
/// Envoy: the data paths.
pub(super) const ENVOY: Requirement = Requirement {
    name: "envoy",
    version_argument: "--version",
    minimum: Version(1, 37, 0),
    reason: "the data paths, with a formatted direct response for the proofs",
};
/// Prometheus: the store.
pub(super) const PROMETHEUS: Requirement = Requirement {
    name: "prometheus",
    version_argument: "--version",
    minimum: Version(2, 40, 0),
    reason: "the store, with native histograms",
};
/// All programs of the local environment.
pub const REQUIREMENTS: [Requirement; 3] = [K6, ENVOY, PROMETHEUS];

/// A program that was found.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program file.
    pub path: PathBuf,
    /// Its version.
    pub version: Version,
}

impl Requirement {
    /// Finds the program (in the private folder first, then on `PATH`) and checks its version.
    pub async fn find(&self) -> Result<Program, CollectorError> {
        let path = private_program(self.name)
            .or_else(|| find_on_path(self.name))
            .ok_or(CollectorError::ProgramMissing { program: self.name })?;
        self.check(path).await
    }

    /// Checks the version of a program that was found otherwise.
    pub(crate) async fn check(&self, path: PathBuf) -> Result<Program, CollectorError> {
        let version = self.version_of(&path).await?;
        if version < self.minimum {
            return Err(CollectorError::ProgramTooOld {
                program: self.name,
                found: version.to_string(),
                minimum: self.minimum.to_string(),
            });
        }
        Ok(Program { path, version })
    }

    async fn version_of(&self, path: &Path) -> Result<Version, CollectorError> {
        let unknown = |reason: String| CollectorError::ProgramVersionUnknown {
            path: path.to_owned(),
            reason,
        };
        let running = Command::new(path)
            .arg(self.version_argument)
            .kill_on_drop(true)
            .output();
        let output = timeout(VERSION_TIMEOUT, running)
            .await
            .map_err(|_| unknown(format!("no answer to `{}`", self.version_argument)))?
            .map_err(|error| unknown(error.to_string()))?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        parse_version(&text).ok_or_else(|| {
            unknown(format!(
                "it printed {:?}",
                text.lines().next().unwrap_or_default()
            ))
        })
    }
}

impl Program {
    /// Returns what the manifest keeps of the program.
    pub(super) fn fact(&self) -> Result<ProgramFact, CollectorError> {
        Ok(ProgramFact {
            version: self.version.to_string(),
            sha256: Some(digest(&self.path)?.0),
        })
    }
}

fn private_program(name: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(PRIVATE_FOLDER_VARIABLE) {
        return Some(Path::new(&folder).join(name)).filter(|path| path.is_file());
    }
    // Not from the current folder: that may be somebody else's.
    let program = std::env::current_exe().ok()?;
    let folders = program.ancestors().skip(1);
    folders
        .map(|folder| folder.join(PRIVATE_FOLDER).join(name))
        .find(|path| path.is_file())
}

/// Finds the first `number.number.number` in a text; what follows the third number (`+ds`, `-rc1`) is left out.
pub(crate) fn parse_version(text: &str) -> Option<Version> {
    let is_part = |character: char| character.is_ascii_digit() || character == '.';
    text.split(|character| !is_part(character))
        .find_map(|word| {
            let mut numbers = word.split('.').map(str::parse::<u32>);
            let mut next = || numbers.next()?.ok();
            Some(Version(next()?, next()?, next()?))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_the_programs_print() {
        let printed = [
            (
                "k6 v1.1.0 (commit/0e3fb953be, go1.24.4, linux/amd64)",
                Version(1, 1, 0),
            ),
            (
                "envoy  version: 9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL",
                Version(1, 40, 0),
            ),
            (
                "prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5+deb12u1)",
                Version(2, 42, 0),
            ),
        ];
        for (text, version) in printed {
            assert_eq!(parse_version(text), Some(version), "{text}");
        }
        assert_eq!(parse_version("no version here, 1.2 only"), None);
    }
}
