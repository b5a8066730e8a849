//! What this machine remembers of a kind cluster: its kubeconfig, and that this program made it.

use std::fs::TryLockError;
use std::path::{Path, PathBuf};

use fs_err as fs;
use kube::config::Kubeconfig;

use super::error::ClusterError;
use super::kind::KindClusterName;

/// Names another folder for the state.
pub const STATE_VARIABLE: &str = "MESHDELTA_STATE";
const KUBECONFIG: &str = "kubeconfig";
/// Is there from before the cluster is made until after it is deleted.
const BEGUN: &str = "making";
/// Is there once the cluster was made to the end, and holds its certificate authority: another cluster of the same name has another one.
const MADE: &str = "made";
const LOCK: &str = "lock";

/// How far the making of a kind cluster came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Making {
    /// This program never began to make it.
    Never,
    /// This program began, and was stopped.
    Begun,
    /// This program made it.
    Made,
}

/// The folder of a kind cluster.
#[derive(Debug, Clone)]
pub struct KindState {
    folder: PathBuf,
    name: KindClusterName,
}

/// Keeps other processes from working on the same kind cluster.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "the lock is held by the open file")] fs::File);

impl KindState {
    /// Returns the state of a cluster. Nothing is written yet.
    pub fn of(name: &KindClusterName) -> Result<Self, ClusterError> {
        Ok(Self::within(&state_folder()?, name))
    }

    fn within(state: &Path, name: &KindClusterName) -> Self {
        Self {
            folder: state.join("kind").join(name.as_str()),
            name: name.clone(),
        }
    }

    /// Returns where the kubeconfig of the cluster is.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join(KUBECONFIG)
    }

    /// Keeps others away until the lock is dropped.
    pub(super) fn lock(&self) -> Result<Lock, ClusterError> {
        self.make_folder()?;
        let file = fs::File::create(self.folder.join(LOCK))?;
        match file.file().try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(ClusterError::InUse {
                name: self.name.as_str().to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    pub(super) fn making(&self) -> Making {
        match (
            self.folder.join(BEGUN).exists(),
            self.folder.join(MADE).exists(),
        ) {
            (_, true) => Making::Made,
            (true, false) => Making::Begun,
            (false, false) => Making::Never,
        }
    }

    /// Notes that the cluster is about to be made. A kill from here on leaves something that is known to be ours.
    pub(super) fn begin(&self) -> Result<(), ClusterError> {
        self.make_folder()?;
        fs::write(self.folder.join(BEGUN), "")?;
        // One of this name may have been made before, and deleted by other means.
        remove(&self.folder.join(MADE))
    }

    /// Notes that the cluster was made to the end, with the certificate authority of its kubeconfig.
    pub(super) fn complete(&self) -> Result<(), ClusterError> {
        let authority = authority_of(&self.kubeconfig()).unwrap_or_default();
        Ok(fs::write(self.folder.join(MADE), authority)?)
    }

    /// Tells whether a kubeconfig is of the cluster that was made.
    pub(super) fn is_of_made(&self, kubeconfig: &Path) -> bool {
        let made = fs::read_to_string(self.folder.join(MADE)).unwrap_or_default();
        !made.is_empty() && authority_of(kubeconfig).is_some_and(|authority| authority == made)
    }

    /// Forgets the cluster.
    pub(super) fn forget(&self) -> Result<(), ClusterError> {
        for name in [MADE, BEGUN, KUBECONFIG, LOCK] {
            remove(&self.folder.join(name))?;
        }
        match fs::remove_dir(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn make_folder(&self) -> Result<(), ClusterError> {
        use std::os::unix::fs::DirBuilderExt;
        // The kubeconfig in it is a credential.
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder);
        Ok(made.map_err(|error| {
            std::io::Error::new(error.kind(), format!("{}: {error}", self.folder.display()))
        })?)
    }
}

/// Returns the certificate authority of the only cluster in a kubeconfig of kind.
fn authority_of(kubeconfig: &Path) -> Option<String> {
    let clusters = Kubeconfig::read_from(kubeconfig).ok()?.clusters;
    clusters
        .into_iter()
        .next()?
        .cluster?
        .certificate_authority_data
}

fn remove(file: &Path) -> Result<(), ClusterError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn state_folder() -> Result<PathBuf, ClusterError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let below =
        |folder: &str, rest: &str| variable(folder).map(|folder| Path::new(&folder).join(rest));
    variable(STATE_VARIABLE)
        .map(PathBuf::from)
        .or_else(|| below("XDG_STATE_HOME", "meshdelta"))
        .or_else(|| below("HOME", ".local/state/meshdelta"))
        .ok_or(ClusterError::NoStateFolder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(folder: &Path) -> KindState {
        KindState::within(folder, &KindClusterName::try_new("test").unwrap())
    }

    #[test]
    fn a_kill_while_the_cluster_is_made_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let state = state(folder.path());
        assert_eq!(state.making(), Making::Never);
        state.begin().unwrap();
        assert_eq!(state.making(), Making::Begun);
        state.complete().unwrap();
        assert_eq!(state.making(), Making::Made);
        state.begin().unwrap();
        assert_eq!(state.making(), Making::Begun);
        state.forget().unwrap();
        assert_eq!(state.making(), Making::Never);
        state.forget().unwrap();
        assert!(!state.folder.exists());
    }

    #[test]
    fn another_cluster_of_the_same_name_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let state = state(folder.path());
        let kubeconfig = |authority: &str| {
            format!(
                "clusters: [{{name: kind-test, cluster: {{server: 's', certificate-authority-data: {authority}}}}}]\n"
            )
        };
        state.begin().unwrap();
        fs::write(state.kubeconfig(), kubeconfig("b3Vycw==")).unwrap();
        state.complete().unwrap();
        let exported = folder.path().join("exported");
        fs::write(&exported, kubeconfig("b3Vycw==")).unwrap();
        assert!(state.is_of_made(&exported));
        fs::write(&exported, kubeconfig("dGhlaXJz")).unwrap();
        assert!(!state.is_of_made(&exported));
        assert!(!state.is_of_made(Path::new("/nonexistent")));
    }

    #[test]
    fn only_one_process_works_on_a_cluster() {
        let folder = tempfile::tempdir().unwrap();
        let state = state(folder.path());
        let held = state.lock().unwrap();
        assert!(matches!(state.lock(), Err(ClusterError::InUse { .. })));
        drop(held);
        state.lock().unwrap();
    }

    #[test]
    fn nobody_else_can_read_the_kubeconfig() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let state = state(folder.path());
        state.begin().unwrap();
        let mode = fs::metadata(&state.folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
