//! Errors as the user sees them: what happened, why, what to do, and the exit code.

use std::fmt::Write as _;

use meshdelta_collector::CollectorError;
use meshdelta_collector::cluster::{ClusterError, GET_HELM, GET_KIND};
use meshdelta_collector::kubernetes::KubernetesError;
use meshdelta_report::analysis::AnalysisError;
use meshdelta_run::RunError;

use crate::exit_code;

/// An error on its way to the user.
#[derive(Debug)]
pub(crate) struct CommandError {
    pub(crate) error: anyhow::Error,
    pub(crate) hints: Vec<String>,
    pub(crate) exit_code: u8,
}

/// The result of a command: its exit code.
pub(crate) type CommandResult = Result<u8, CommandError>;

impl CommandError {
    /// Makes an error of an exit code.
    pub(crate) fn new(exit_code: u8, error: impl Into<anyhow::Error>) -> Self {
        Self {
            error: error.into(),
            hints: Vec::new(),
            exit_code,
        }
    }

    /// Adds what the user can do.
    pub(crate) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns the whole text, for stderr.
    pub(crate) fn render(&self) -> String {
        let mut text = format!("error: {}", self.error);
        let mut shown = self.error.to_string();
        for cause in self.error.chain().skip(1).map(ToString::to_string) {
            // Messages of this project repeat their cause where it belongs into the sentence.
            if !shown.contains(&cause) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\n  caused by: {cause}");
                shown = cause;
            }
        }
        for hint in &self.hints {
            let _ = write!(text, "\nhint: {hint}");
        }
        text
    }
}

impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        let (code, hint) = match &error {
            RunError::UnknownKey { .. }
            | RunError::UnknownPhase { .. }
            | RunError::PhaseTwice { .. }
            | RunError::NothingToCompare
            | RunError::SettingOutOfRange { .. }
            | RunError::KubernetesSettingInvalid { .. }
            | RunError::UntilOutOfRange { .. }
            | RunError::FaultElsewhere
            | RunError::FaultWithoutPhase { .. }
            | RunError::PlanFileInvalid { .. } => (
                exit_code::USAGE,
                "`meshdelta run --help` lists the settings, `--dry-run` shows the resolved plan",
            ),
            RunError::OutputExists { .. } => (
                exit_code::USAGE,
                "name another folder with --output, or go on with an unfinished run by --resume",
            ),
            RunError::InUse { .. } => (
                exit_code::USAGE,
                "wait for it, or measure into another folder",
            ),
            RunError::NotARun { .. } => (
                exit_code::USAGE,
                "name the folder that `meshdelta run` wrote",
            ),
            RunError::NothingToResume { .. } => (exit_code::USAGE, "start a new run with --output"),
            RunError::Unfinished { .. } => (
                exit_code::RUN_INCOMPLETE,
                "go on with it by `meshdelta run --resume FOLDER`",
            ),
            RunError::FormatVersion { .. } => (
                exit_code::DATA_INVALID,
                "use the version of meshdelta that wrote the run, or a newer one",
            ),
            RunError::JsonInvalid { .. }
            | RunError::ChecksumMismatch { .. }
            | RunError::FileNotListed { .. }
            | RunError::Parquet { .. }
            | RunError::TableInvalid { .. }
            | RunError::SlotTwice { .. }
            | RunError::NotTheOrder { .. }
            | RunError::FileOutside { .. } => (
                exit_code::DATA_INVALID,
                "get an undamaged copy of the run; a changed run is never analysed",
            ),
            RunError::Io(_) => (
                exit_code::OPERATIONAL_ERROR,
                "check that the file exists and may be used",
            ),
        };
        Self::new(code, error).hinted(hint)
    }
}

/// How to get the programs of the local environment.
pub(crate) const GET_PROGRAMS: &str = "`tools/get-programs` (or `make programs`) puts k6, envoy and prometheus into .tools/; `meshdelta doctor` tells what is missing";

impl From<CollectorError> for CommandError {
    fn from(error: CollectorError) -> Self {
        let (code, hint) = match error {
            CollectorError::Run(error) => return error.into(),
            CollectorError::Kubernetes(error) => return error.into(),
            CollectorError::ProgramMissing { program: "helm" }
            | CollectorError::ProgramTooOld {
                program: "helm", ..
            } => (exit_code::ENVIRONMENT_NOT_READY, GET_HELM),
            CollectorError::ProgramMissing { program: "kind" }
            | CollectorError::ProgramTooOld {
                program: "kind", ..
            } => (exit_code::ENVIRONMENT_NOT_READY, GET_KIND),
            CollectorError::ProgramMissing { .. }
            | CollectorError::ProgramTooOld { .. }
            | CollectorError::ProgramVersionUnknown { .. } => {
                (exit_code::ENVIRONMENT_NOT_READY, GET_PROGRAMS)
            }
            CollectorError::PortInUse { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "set `local.prometheus_port` to another port, or to 0 for any free one",
            ),
            CollectorError::PrometheusUnfit { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "start Prometheus with what it lacks, or use a newer one",
            ),
            CollectorError::PhaseUnsupported { .. } => {
                (exit_code::USAGE, "`meshdelta run --help` lists the phases")
            }
            CollectorError::ClusterInUse { .. } | CollectorError::ClusterTaken { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "wait for it; a Lease that nobody renews ends by itself after a minute",
            ),
            CollectorError::ForeignObject { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "set `kubernetes.namespace` and `kubernetes.load_namespace` to namespaces of their own",
            ),
            CollectorError::MeshMissing { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "install Istio (`meshdelta cluster up`), or leave its phases out with --phases",
            ),
            CollectorError::LeftInCluster { .. } => (
                exit_code::OPERATIONAL_ERROR,
                "delete them by that label with `kubectl delete`, for example `kubectl delete all,configmap -l LABEL -n NAMESPACE`",
            ),
            CollectorError::Interrupted => (
                exit_code::INTERRUPTED,
                "no slot was complete, so nothing was saved",
            ),
            CollectorError::Process { .. } | CollectorError::PrometheusQuery { .. } => (
                exit_code::OPERATIONAL_ERROR,
                "look at what the program said; what all said in a failed slot is in the run's `logs/`",
            ),
            CollectorError::PrometheusAnswer { .. } => (
                exit_code::DATA_INVALID,
                "nothing that is not whole is saved; run with RUST_LOG=debug to see more",
            ),
            CollectorError::CountMismatch { .. } => (
                exit_code::DATA_INVALID,
                "samples were lost on the way from k6 to Prometheus",
            ),
            CollectorError::SlotsMissing { .. } => (
                exit_code::RUN_INCOMPLETE,
                "measure the rest by `meshdelta run --resume FOLDER`",
            ),
            CollectorError::LoadFailed { .. } | CollectorError::SummaryInvalid { .. } => (
                exit_code::OPERATIONAL_ERROR,
                "a lower --rate or more `virtual_users` may help",
            ),
            CollectorError::Io(_) => (
                exit_code::OPERATIONAL_ERROR,
                "check that the file exists and may be used",
            ),
            CollectorError::Certificates(_) | CollectorError::Template { .. } => (
                exit_code::OPERATIONAL_ERROR,
                "this is a bug of meshdelta; please report it",
            ),
        };
        Self::new(code, error).hinted(hint)
    }
}

impl From<KubernetesError> for CommandError {
    fn from(error: KubernetesError) -> Self {
        let (code, hint) = match &error {
            KubernetesError::KubeconfigUnusable { .. }
            | KubernetesError::ContextMissing { .. }
            | KubernetesError::NoCurrentContext { .. } => (
                exit_code::USAGE,
                "name the context with --context and the file with --kubeconfig or KUBECONFIG",
            ),
            KubernetesError::ManifestInvalid { .. } => (
                exit_code::USAGE,
                "correct the manifest; `kubectl apply --dry-run=server -f FILE` shows the same",
            ),
            KubernetesError::RightsMissing { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "let an administrator apply `manifests/kubernetes/rbac.yaml` (docs/kubernetes.md); nothing was changed",
            ),
            KubernetesError::KindUnknown { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "`meshdelta cluster status` tells what is installed; docs/kubernetes.md tells what is needed",
            ),
            KubernetesError::Request { .. }
            | KubernetesError::TimedOut { .. }
            | KubernetesError::Hopeless { .. }
            | KubernetesError::PortForward { .. } => (
                exit_code::OPERATIONAL_ERROR,
                "look at what the cluster says of it; run with RUST_LOG=debug to see every step",
            ),
        };
        Self::new(code, error).hinted(hint)
    }
}

impl From<ClusterError> for CommandError {
    fn from(error: ClusterError) -> Self {
        let (code, hint) = match error {
            ClusterError::Program(error) => return (*error).into(),
            ClusterError::Kubernetes(error) => return error.into(),
            ClusterError::NotReady { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "nothing was changed; call again once that is mended",
            ),
            ClusterError::CannotStart { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "`meshdelta doctor` tells what is missing",
            ),
            ClusterError::NoStateFolder => (
                exit_code::ENVIRONMENT_NOT_READY,
                "set MESHDELTA_STATE to a folder of yours",
            ),
            ClusterError::CallFailed { .. }
            | ClusterError::AnswerInvalid { .. }
            | ClusterError::InstallFailed { .. } => (
                exit_code::OPERATIONAL_ERROR,
                "the same command goes on from here; nothing was taken back, so that it can be looked at",
            ),
            ClusterError::ForeignKindCluster { .. } => (
                exit_code::USAGE,
                "choose another --name, or use that cluster by `--context kind-NAME`",
            ),
            ClusterError::NoKindCluster { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "`meshdelta cluster up` makes it; `--context` names another cluster",
            ),
            ClusterError::NameInvalid { .. } => (exit_code::USAGE, "choose another --name"),
            ClusterError::InUse { .. } => {
                (exit_code::USAGE, "wait for it, or choose another --name")
            }
            ClusterError::LedgerInvalid { .. } => (
                exit_code::DATA_INVALID,
                "it alone says what may be removed, so nothing was changed",
            ),
            ClusterError::LedgerChanged { .. } => (
                exit_code::OPERATIONAL_ERROR,
                "wait until the other process is done, and call again",
            ),
            ClusterError::ForeignRelease { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "rename or remove it, or call again to use it as it is",
            ),
            ClusterError::NothingToOpen { .. } => (
                exit_code::ENVIRONMENT_NOT_READY,
                "`meshdelta cluster status` tells what is installed",
            ),
            ClusterError::Io(_) => (
                exit_code::OPERATIONAL_ERROR,
                "check that the file exists and may be used",
            ),
        };
        Self::new(code, error).hinted(hint)
    }
}

impl From<AnalysisError> for CommandError {
    fn from(error: AnalysisError) -> Self {
        let error = anyhow::Error::from(error).context("the run cannot be analysed");
        Self::new(exit_code::DATA_INVALID, error)
            .hinted("measure again; the logs of failed slots are in the run's `logs/`")
    }
}

impl From<anyhow::Error> for CommandError {
    fn from(error: anyhow::Error) -> Self {
        Self::new(exit_code::OPERATIONAL_ERROR, error)
    }
}

#[cfg(test)]
mod tests;
