//! What can go wrong while a cluster is made, looked at or removed.

use std::io;
use std::path::PathBuf;

use super::component::ComponentId;
use super::preflight::Finding;
use crate::error::CollectorError;
use crate::kubernetes::KubernetesError;

/// An error of the `cluster` commands. Messages name the program, cluster or object and never show a credential.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A program that is needed is missing or unfit.
    #[error(transparent)]
    Program(#[from] Box<CollectorError>),
    /// A program cannot be started.
    #[error("`{}` cannot be run: {error}", program.display())]
    CannotStart {
        /// The program.
        program: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A program failed.
    #[error("`{call}` failed ({status}):\n{said}")]
    CallFailed {
        /// The call, as a line of a shell.
        call: String,
        /// How it ended.
        status: String,
        /// What it said.
        said: String,
    },
    /// An answer of a program is not what it should be.
    #[error("the answer of `{call}` cannot be used: {reason}")]
    AnswerInvalid {
        /// The call, as a line of a shell.
        call: String,
        /// What is wrong.
        reason: String,
    },
    /// A component could not be installed.
    #[error("failed to install {component}: {cause}{}", pods_text(pods))]
    InstallFailed {
        /// The component.
        component: ComponentId,
        /// What helm or the API server said.
        cause: Box<ClusterError>,
        /// What its pods wait for.
        pods: Vec<String>,
    },
    /// Something is missing or unfit; nothing was changed.
    #[error("not ready:{}", problems_text(findings))]
    NotReady {
        /// Everything that was looked at.
        findings: Vec<Finding>,
    },
    /// A kind cluster of the name is there, but not made by this program.
    #[error("the kind cluster `{name}` is there already, and meshdelta did not make it")]
    ForeignKindCluster {
        /// The name.
        name: String,
    },
    /// A kind cluster is not there.
    #[error("there is no kind cluster `{name}`")]
    NoKindCluster {
        /// The name.
        name: String,
    },
    /// A name that kind does not take.
    #[error(
        "`{name}` is no name of a kind cluster: lower-case letters, digits, `.` and `-`, and at most 40 of them"
    )]
    NameInvalid {
        /// The name.
        name: String,
    },
    /// Another process works on the same cluster.
    #[error("another meshdelta is at work on the kind cluster `{name}`")]
    InUse {
        /// The name.
        name: String,
    },
    /// The ledger in the cluster cannot be read.
    #[error("the ledger (ConfigMap `{place}`) cannot be used: {reason}")]
    LedgerInvalid {
        /// Namespace and name.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// The ledger was changed in the meantime.
    #[error("the ledger (ConfigMap `{place}`) was changed by another process in the meantime")]
    LedgerChanged {
        /// Namespace and name.
        place: String,
    },
    /// Somebody else installed a release under the name of one of this program while this program was at work.
    #[error("{release} was installed by somebody else; it is left as it is")]
    ForeignRelease {
        /// What it is.
        release: String,
    },
    /// Nothing to open.
    #[error("there is no Service of {what} in the cluster of context `{context}`")]
    NothingToOpen {
        /// `Grafana` or `Kiali`.
        what: &'static str,
        /// The context.
        context: String,
    },
    /// No folder for the state of this program.
    #[error(
        "neither MESHDELTA_STATE nor XDG_STATE_HOME nor HOME says where the kubeconfig of the cluster may be kept"
    )]
    NoStateFolder,
    /// The API server said no, or could not be reached.
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<CollectorError> for ClusterError {
    fn from(error: CollectorError) -> Self {
        Self::Program(Box::new(error))
    }
}

fn pods_text(pods: &[String]) -> String {
    if pods.is_empty() {
        return String::new();
    }
    format!("\nits pods:\n  {}", pods.join("\n  "))
}

fn problems_text(findings: &[Finding]) -> String {
    let problems = findings.iter().filter(|finding| finding.is_problem());
    problems.fold(String::new(), |text, problem| {
        format!("{text}\n  {problem}")
    })
}
