//! Calls of helm, kind and the container engine.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Child;

use super::error::ClusterError;
use crate::environment::local::process::bound_to_this_process;

/// A call of a program: what is run, and what a dry run prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// The program file.
    pub(super) program: PathBuf,
    /// Its arguments.
    pub(super) arguments: Vec<String>,
    /// What it reads from its standard input.
    pub(super) input: Option<String>,
}

/// What a program said before it ended.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) succeeded: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
    code: String,
}

impl Call {
    /// Makes a call without input.
    pub(super) fn new<Argument: Into<String>>(
        program: &Path,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        Self {
            program: program.to_owned(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            input: None,
        }
    }

    /// Runs the program to its end, and fails when the program says that it failed.
    pub(super) async fn run(&self) -> Result<String, ClusterError> {
        self.run_and_tell(&mut |_| {}).await
    }

    /// The same, telling each line of its error output as it comes.
    pub(super) async fn run_and_tell(
        &self,
        tell: &mut dyn FnMut(&str),
    ) -> Result<String, ClusterError> {
        let answer = self.answer(tell).await?;
        if answer.succeeded {
            Ok(answer.stdout)
        } else {
            Err(self.failure(&answer))
        }
    }

    /// Runs the program to its end. When the future is dropped, the program and what it started are killed; when this process dies, the
    /// program is killed by the kernel, so that no helm goes on unseen beside the next one.
    pub(super) async fn answer(&self, tell: &mut dyn FnMut(&str)) -> Result<Answer, ClusterError> {
        let cannot_start = |error| ClusterError::CannotStart {
            program: self.program.clone(),
            error,
        };
        let mut command = bound_to_this_process(&self.program);
        let child = command
            .args(&self.arguments)
            .stdin(
                self.input
                    .as_ref()
                    .map_or_else(Stdio::null, |_| Stdio::piped()),
            )
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(cannot_start)?;
        let mut group = Group(child);
        let child = &mut group.0;
        let input = child.stdin.take();
        let (Some(mut stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(cannot_start(std::io::ErrorKind::BrokenPipe.into()));
        };
        let write = async {
            if let (Some(mut pipe), Some(text)) = (input, &self.input) {
                // A program that does not read its input says why it ended.
                let _unread = pipe.write_all(text.as_bytes()).await;
            }
        };
        let mut out = Vec::new();
        let read_stdout = stdout.read_to_end(&mut out);
        let read_stderr = async {
            let mut text = String::new();
            let mut lines = BufReader::new(stderr).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                let line = String::from_utf8_lossy(&line);
                tell(line.trim_end());
                text.push_str(&line);
                text.push('\n');
            }
            text
        };
        let ((), read, stderr) = tokio::join!(write, read_stdout, read_stderr);
        read.map_err(cannot_start)?;
        let status = group.0.wait().await.map_err(cannot_start)?;
        Ok(Answer {
            succeeded: status.success(),
            stdout: String::from_utf8_lossy(&out).into_owned(),
            stderr,
            code: status.to_string(),
        })
    }

    /// Makes an error of an answer that was not a success.
    pub(super) fn failure(&self, answer: &Answer) -> ClusterError {
        let said = [answer.stderr.trim(), answer.stdout.trim()];
        ClusterError::CallFailed {
            call: self.line(),
            status: answer.code.clone(),
            said: said
                .into_iter()
                .find(|text| !text.is_empty())
                .unwrap_or("it said nothing")
                .to_owned(),
        }
    }

    /// Returns the call as a line of a shell, without the input.
    pub(super) fn line(&self) -> String {
        let words = std::iter::once(self.program.display().to_string())
            .chain(self.arguments.iter().cloned());
        let quoted = words.map(|word| {
            // Only a word with a NUL byte cannot be quoted, and no program can be called with one.
            shlex::try_quote(&word).map_or_else(|_| word.clone(), std::borrow::Cow::into_owned)
        });
        quoted.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Call {
    /// Writes the call as it can be pasted into a shell.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.input {
            None => write!(formatter, "{}", self.line()),
            Some(input) => write!(
                formatter,
                "{} <<'END'\n{}\nEND",
                self.line(),
                input.trim_end()
            ),
        }
    }
}

/// A child whose process group is killed with it.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // No id means that it has ended and was waited for.
        let id = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id
            && let Err(error) = killpg(Pid::from_raw(id), Signal::SIGTERM)
        {
            tracing::debug!(%error, "the process group is gone already");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_can_be_pasted_into_a_shell() {
        let mut call = Call::new(Path::new("helm"), ["install", "a b", "--set", "args={--x}"]);
        assert_eq!(call.to_string(), "helm install 'a b' --set 'args={--x}'");
        call.input = Some("key: 'value'\n".to_owned());
        assert!(call.to_string().ends_with(" <<'END'\nkey: 'value'\nEND"));
    }

    #[tokio::test]
    async fn what_a_program_reads_and_says_is_carried() {
        let mut call = Call::new(Path::new("/bin/sh"), ["-c", "cat; echo warned >&2"]);
        call.input = Some("input".to_owned());
        let mut told = Vec::new();
        let said = call
            .run_and_tell(&mut |line| told.push(line.to_owned()))
            .await
            .unwrap();
        assert_eq!(said, "input");
        assert_eq!(told, ["warned"]);
    }

    #[tokio::test]
    async fn a_failure_shows_the_call_and_what_was_said() {
        let call = Call::new(Path::new("/bin/sh"), ["-c", "echo no chart >&2; exit 3"]);
        let error = call.run().await.unwrap_err().to_string();
        assert!(
            error.contains("no chart") && error.contains("exit status: 3"),
            "{error}"
        );
        assert!(error.contains("/bin/sh -c"), "{error}");
    }
}
