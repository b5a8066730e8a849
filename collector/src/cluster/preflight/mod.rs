//! What must be so before anything is changed. Everything that is wrong is told at once, with what to do.

mod cluster;
mod host;
mod machine;
mod rights;

use std::fmt;

pub(super) use cluster::examine_cluster;
pub use host::{examine_host, examine_kind_host};
pub(super) use rights::examine_rights;

/// Whether a machine that is too small is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limits {
    /// It is.
    #[default]
    Enforced,
    /// The user wants to try.
    Ignored,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, for example `helm`.
    pub subject: String,
    /// What was seen.
    pub seen: String,
    /// What that means.
    pub verdict: Verdict,
}

/// What a finding means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All is well.
    Good,
    /// It works, but the user should know this.
    Warning(String),
    /// It does not work; this is what to do.
    Problem(String),
}

impl Finding {
    pub(super) fn good(subject: &str, seen: impl Into<String>) -> Self {
        Self::new(subject, seen, Verdict::Good)
    }

    pub(super) fn warning(
        subject: &str,
        seen: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(subject, seen, Verdict::Warning(advice.into()))
    }

    pub(super) fn problem(
        subject: &str,
        seen: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(subject, seen, Verdict::Problem(advice.into()))
    }

    fn new(subject: &str, seen: impl Into<String>, verdict: Verdict) -> Self {
        Self {
            subject: subject.to_owned(),
            seen: seen.into(),
            verdict,
        }
    }

    /// Makes a warning of a problem.
    fn softened(mut self) -> Self {
        if let Verdict::Problem(advice) = self.verdict {
            self.verdict = Verdict::Warning(advice);
        }
        self
    }

    /// Tells whether it keeps the command from working.
    pub fn is_problem(&self) -> bool {
        matches!(self.verdict, Verdict::Problem(_))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.subject, self.seen)?;
        match &self.verdict {
            Verdict::Good => Ok(()),
            Verdict::Warning(advice) | Verdict::Problem(advice) => {
                write!(formatter, "\n    {advice}")
            }
        }
    }
}
