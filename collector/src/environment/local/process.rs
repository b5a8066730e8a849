//! Child processes that never outlive the run.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use fs_err as fs;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::error::CollectorError;

/// How long a process may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How much of the end of a log an error shows, in lines.
const LAST_LINES: usize = 8;

/// A child process in a process group of its own, with its output in a file.
///
/// It is stopped by `stop`, killed when dropped, and where `setpriv` is there the kernel kills it when this process dies in any other way
/// (see [`bound_to_this_process`]).
#[derive(Debug)]
pub(crate) struct ManagedProcess {
    name: String,
    child: Child,
    pid: Pid,
    log: PathBuf,
}

/// What to start.
#[derive(Debug)]
pub(crate) struct ProcessPlan<'a> {
    /// What the process is, for messages.
    pub(crate) name: String,
    /// The program file.
    pub(crate) program: &'a Path,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Environment variables to set; those of this process are handed on but for `K6_*`, which would change the load.
    pub(crate) variables: Vec<(String, String)>,
    /// Where the error output goes.
    pub(crate) log: PathBuf,
    /// Where the standard output goes, when not to the log.
    pub(crate) stdout: Option<PathBuf>,
}

/// Becomes the program, but only while the process that asked for it is still the parent.
const IF_PARENT_LIVES: &str = r#"[ "$PPID" = "$1" ] || exit 1; shift; exec "$@""#;

/// Returns a command for the program that the kernel kills when this process dies. The kernel sends that signal only for a death after it was
/// asked to (`prctl(2)`, `PR_SET_PDEATHSIG`), so the parent is looked at once more between asking and starting: else a program whose parent
/// was killed just after the fork would live for ever.
pub(crate) fn bound_to_this_process(program: &Path) -> Command {
    let Some(setpriv) = find_on_path("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    command
        .args(["--pdeathsig", "KILL", "--", "/bin/sh", "-c"])
        .args([IF_PARENT_LIVES, "sh", &std::process::id().to_string()])
        .arg(program);
    command
}

impl ManagedProcess {
    /// Starts a process.
    pub(crate) fn start(plan: ProcessPlan<'_>) -> Result<Self, CollectorError> {
        let log = fs::File::create(&plan.log)?.into_file();
        let stdout = match &plan.stdout {
            Some(path) => fs::File::create(path)?.into_file(),
            None => log.try_clone()?,
        };
        let mut command = bound_to_this_process(plan.program);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("K6_"))
        {
            command.env_remove(name);
        }
        let child = command
            .args(&plan.arguments)
            .envs(plan.variables)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let pid = child
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .map(Pid::from_raw)
            .ok_or_else(|| CollectorError::Process {
                program: plan.name.clone(),
                what: "ended at once".to_owned(),
                log: String::new(),
            })?;
        Ok(Self {
            name: plan.name,
            child,
            pid,
            log: plan.log,
        })
    }

    /// Returns the process id.
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Fails when the process has ended.
    pub(crate) fn check_alive(&mut self) -> Result<(), CollectorError> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(self.failure(format!("ended by itself ({status})"))),
        }
    }

    /// Waits for the process to end by itself.
    pub(crate) async fn wait(&mut self) -> Result<ExitStatus, CollectorError> {
        Ok(self.child.wait().await?)
    }

    /// Asks the whole process group to end, and kills it when it does not.
    pub(crate) async fn stop(&mut self) -> Result<(), CollectorError> {
        if self.child.try_wait()?.is_none() {
            self.signal(Signal::SIGTERM);
            if timeout(GRACE, self.child.wait()).await.is_err() {
                self.signal(Signal::SIGKILL);
                self.child.wait().await?;
            }
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        if let Err(error) = killpg(self.pid, signal) {
            tracing::debug!(process = %self.name, %error, "the process group is gone already");
        }
    }

    /// Makes an error about this process that shows the end of its log.
    pub(crate) fn failure(&self, what: String) -> CollectorError {
        CollectorError::Process {
            program: self.name.clone(),
            what,
            log: end_of_log(&self.log),
        }
    }
}

/// Returns the last lines of a log; empty when it cannot be read.
pub(crate) fn end_of_log(path: &Path) -> String {
    let text = fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

/// Finds a program on `PATH`.
pub(crate) fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_whose_parent_died_before_it_asked_for_the_signal_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let started_by = |parent: u32| {
            let file = folder.path().join(parent.to_string());
            let shell = std::process::Command::new("/bin/sh")
                .args(["-c", IF_PARENT_LIVES, "sh", &parent.to_string(), "touch"])
                .arg(&file)
                .status()
                .unwrap();
            assert_eq!(shell.success(), file.exists());
            file.exists()
        };
        let own = std::process::id();
        assert!(started_by(own));
        assert!(!started_by(own + 1));
    }
}
