//! Runs the program in a folder of its own, with an environment that no setting of the user can reach.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

/// A folder for one test, in which everything that the program writes lies.
pub(crate) struct TestEnvironment {
    folder: TempDir,
}

/// What a command said and how it ended.
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl TestEnvironment {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        fs_err::write(self.path(name), content).unwrap();
        self.text(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let temporary = self.path("temporary");
        fs_err::create_dir_all(&temporary).unwrap();
        let mut command = Command::new(cargo_bin("meshdelta"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TMPDIR", temporary)
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end with the programs of the project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.said(self.command(arguments))
    }

    /// Runs the program to its end on a machine without any of the programs that it needs.
    pub(crate) fn run_without_programs(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        command
            .env("MESHDELTA_TOOLS", self.path("no-tools"))
            .env("PATH", self.path("no-tools"));
        self.said(command)
    }

    /// Runs the program to its end with more environment variables.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        self.said(command)
    }

    /// Starts the program with more environment variables and returns at once.
    pub(crate) fn start_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Writes a program into a folder of the test, and returns its path.
    pub(crate) fn program(&self, name: &str, script: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let file = self.path(name);
        fs_err::create_dir_all(file.parent().unwrap()).unwrap();
        fs_err::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        fs_err::set_permissions(&file, executable).unwrap();
        self.text(name)
    }

    fn said(&self, mut command: Command) -> Said {
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .unwrap()
                .replace(self.folder.path().to_str().unwrap(), "FOLDER")
        };
        Said {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code(),
        }
    }

    /// Starts the program and returns at once.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Returns the command lines of processes that were started with files of this test and still run.
    pub(crate) fn processes_left(&self) -> Vec<String> {
        let own = self.folder.path().to_str().unwrap();
        let processes = fs_err::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|entry| fs_err::read(entry.path().join("cmdline")).ok());
        lines
            .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
            .filter(|line| line.contains(own))
            .collect()
    }

    /// Returns what is left in the folder for temporary files.
    pub(crate) fn temporary_files_left(&self) -> Vec<PathBuf> {
        let entries = fs_err::read_dir(self.path("temporary")).unwrap().flatten();
        entries.map(|entry| entry.path()).collect()
    }
}

impl Said {
    /// Returns the exit code and the error text, for a snapshot.
    pub(crate) fn failure(&self) -> String {
        format!("exit code {:?}\n{}", self.code, self.stderr)
    }
}

/// Longer than anything here takes on the slowest machine: what is not there by then never comes, and a test that waits on would hide why.
const PATIENCE: Duration = Duration::from_mins(5);

/// Waits until something is there, and fails by saying what there is instead.
pub(crate) fn wait_until<Found>(mut look: impl FnMut() -> Result<Found, String>) -> Found {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match look() {
            Ok(found) => return found,
            Err(instead) => assert!(Instant::now() < deadline, "after {PATIENCE:?}: {instead}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits for a file, as long as the process runs.
pub(crate) fn wait_for_file(path: &Path, process: &mut Child) {
    wait_until(|| {
        if path.exists() {
            return Ok(());
        }
        let ended = process.try_wait().unwrap();
        let path = path.display();
        assert!(
            ended.is_none(),
            "the program ended before it wrote {path}: {ended:?}"
        );
        Err(format!("the program did not write {path}"))
    });
}
