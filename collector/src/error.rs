//! What can go wrong while a run is measured.

use std::io;
use std::path::PathBuf;

use meshdelta_run::{PhaseId, RunError, SlotId};

/// An error of this crate. Messages name the program, URL or object and never show a credential.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// A program that the environment needs is neither in the project's tools nor on `PATH`.
    #[error("`{program}` was not found")]
    ProgramMissing {
        /// Name of the program.
        program: &'static str,
    },
    /// A program is there, but too old.
    #[error("`{program}` is version {found}, but {minimum} or newer is needed")]
    ProgramTooOld {
        /// Name of the program.
        program: &'static str,
        /// The version found.
        found: String,
        /// The oldest version that serves.
        minimum: String,
    },
    /// A program does not tell its version.
    #[error("`{}` does not tell its version: {reason}", path.display())]
    ProgramVersionUnknown {
        /// The program.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// A port that the plan asks for is taken.
    #[error("port {port} of 127.0.0.1 is in use by another program")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// A child process ended by itself, or never became ready.
    #[error("{program} {what}{}", last_words(log))]
    Process {
        /// What the process is, for example `envoy (waypoint)`.
        program: String,
        /// What happened.
        what: String,
        /// The end of what it said.
        log: String,
    },
    /// Prometheus could not be asked.
    #[error("failed to query Prometheus at `{url}`: {reason}")]
    PrometheusQuery {
        /// The address, without credentials.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// Prometheus answers, but does not do what is needed.
    #[error("Prometheus at `{url}` {lacks}")]
    PrometheusUnfit {
        /// The address, without credentials.
        url: String,
        /// What it lacks.
        lacks: String,
    },
    /// An answer of Prometheus is not what the format says.
    #[error("the answer of Prometheus for `{query}` cannot be used: {reason}")]
    PrometheusAnswer {
        /// The query.
        query: String,
        /// What is wrong.
        reason: String,
    },
    /// What is stored is not what k6 counted.
    #[error("{slot}: Prometheus stores {stored} of {metric}, but k6 counted {counted}")]
    CountMismatch {
        /// Where.
        slot: SlotId,
        /// The metric and label set.
        metric: String,
        /// The count in Prometheus.
        stored: u64,
        /// The count in k6's own summary.
        counted: u64,
    },
    /// k6 failed.
    #[error("k6 ended with exit code {code} ({meaning}){}", last_words(log))]
    LoadFailed {
        /// The exit code.
        code: i32,
        /// What k6 means by it.
        meaning: &'static str,
        /// The end of what it said.
        log: String,
    },
    /// k6's summary is missing or not as the load script writes it.
    #[error("the summary of k6 cannot be used: {reason}")]
    SummaryInvalid {
        /// What is wrong.
        reason: String,
    },
    /// A phase could not be entered.
    #[error("phase `{phase}` is not known to this environment")]
    PhaseUnsupported {
        /// The phase.
        phase: PhaseId,
    },
    /// Slots are missing from a run that should be whole.
    #[error("only {measured} of {planned} slots are in `{}`: was its journal changed?", folder.display())]
    SlotsMissing {
        /// The folder of the run.
        folder: PathBuf,
        /// Slots that are there.
        measured: usize,
        /// Slots that should be.
        planned: usize,
    },
    /// Another run has the cluster.
    #[error("the cluster of context `{context}` is in use by run {holder}, since {since}")]
    ClusterInUse {
        /// The context.
        context: String,
        /// The other run, its user and machine.
        holder: String,
        /// Since when.
        since: String,
    },
    /// Another run took the cluster from this one.
    #[error(
        "this run lost the cluster of context `{context}`: another run took its Lease, or somebody deleted it"
    )]
    ClusterTaken {
        /// The context.
        context: String,
    },
    /// An object that this run needs is there, and no run made it.
    #[error("{object} is there already, and meshdelta did not make it")]
    ForeignObject {
        /// The object.
        object: String,
    },
    /// A phase needs a mesh that is not installed.
    #[error("the cluster of context `{context}` has {what}")]
    MeshMissing {
        /// The context.
        context: String,
        /// What was looked for.
        what: String,
    },
    /// Objects of the run could not be removed.
    #[error(
        "objects with the label {selector} may be left in the cluster (namespaces {namespaces}): {reason}"
    )]
    LeftInCluster {
        /// The label.
        selector: String,
        /// Where.
        namespaces: String,
        /// Why.
        reason: String,
    },
    /// A cluster could not do what was asked of it.
    #[error(transparent)]
    Kubernetes(#[from] crate::kubernetes::KubernetesError),
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// The run could not be saved.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Certificates could not be made.
    #[error("failed to make the certificates of the run: {0}")]
    Certificates(#[from] rcgen::Error),
    /// A template of a configuration is broken.
    #[error("the template `{name}` cannot be filled in: {reason}")]
    Template {
        /// The template.
        name: String,
        /// Where and why.
        reason: String,
    },
}

fn last_words(log: &str) -> String {
    if log.is_empty() {
        String::new()
    } else {
        format!("; it said:\n{log}")
    }
}

/// Returns the first error of the two. The second one is told where it would be lost: what is left in a cluster must not go unsaid because something
/// else failed before.
pub(crate) fn first_of<Value, Error: std::fmt::Display>(
    first: Result<Value, Error>,
    second: Result<(), Error>,
) -> Result<Value, Error> {
    match (first, second) {
        (Ok(value), second) => second.map(|()| value),
        (Err(first), second) => {
            if let Err(second) = second {
                tracing::error!("{second}");
            }
            Err(first)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Log(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

    struct Text<'a>(&'a mut Vec<String>);

    impl tracing::field::Visit for Text<'_> {
        fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
            self.0.push(format!("{value:?}"));
        }
    }

    impl tracing::Subscriber for Log {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }
        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            event.record(&mut Text(&mut self.0.lock().unwrap()));
        }
        fn enter(&self, _: &tracing::span::Id) {}
        fn exit(&self, _: &tracing::span::Id) {}
    }

    #[test]
    fn of_two_errors_none_is_lost() {
        let log = Log::default();
        let (one, other) = tracing::subscriber::with_default(log.clone(), || {
            let one = first_of::<u8, _>(Err("the load failed"), Err("something is left"));
            (one, first_of(Ok(1), Err("something else is left")))
        });
        assert_eq!(one, Err("the load failed"));
        assert_eq!(other, Err("something else is left"));
        assert_eq!(*log.0.lock().unwrap(), ["something is left"]);
        assert_eq!(first_of::<_, String>(Ok(1), Ok(())), Ok(1));
    }
}
