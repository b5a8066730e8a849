//! `meshdelta cluster`

mod down;
mod open;
mod progress;
mod status;
mod up;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use meshdelta_collector::cluster::{ClusterError, KindClusterName, Target};
use meshdelta_collector::kubernetes::Access;
use tokio_util::sync::CancellationToken;

use super::block_on;
use crate::error::{CommandError, CommandResult};
use crate::exit_code;

/// Make a cluster and install what the phases need, or install it in a cluster that is there
#[derive(Debug, Args)]
pub(crate) struct ClusterArguments {
    #[command(subcommand)]
    command: ClusterCommand,
}

#[derive(Debug, Subcommand)]
enum ClusterCommand {
    Up(up::UpArguments),
    Status(status::StatusArguments),
    Open(open::OpenArguments),
    Down(down::DownArguments),
}

// No doc comment: clap would make it the description of the command.
#[derive(Debug, Args)]
struct TargetArguments {
    /// Name of the kind cluster on this machine
    #[arg(long, default_value = "meshdelta")]
    name: String,
    /// A cluster that is there, by its kubeconfig context, in place of a kind cluster
    #[arg(long, conflicts_with = "name")]
    context: Option<String>,
    /// Kubeconfig that has the context [default: KUBECONFIG, or ~/.kube/config]
    #[arg(long, value_name = "FILE", requires = "context")]
    kubeconfig: Option<PathBuf>,
}

impl TargetArguments {
    fn target(&self) -> Result<Target, CommandError> {
        Ok(match &self.context {
            Some(context) => Target::Context(Access {
                kubeconfig: self.kubeconfig.clone(),
                context: Some(context.clone()),
            }),
            None => Target::Kind(KindClusterName::try_new(&self.name)?),
        })
    }
}

pub(crate) fn cluster(arguments: &ClusterArguments) -> CommandResult {
    match &arguments.command {
        ClusterCommand::Up(arguments) => up::up(arguments),
        ClusterCommand::Status(arguments) => status::status(arguments),
        ClusterCommand::Open(arguments) => open::open(arguments),
        ClusterCommand::Down(arguments) => down::down(arguments),
    }
}

/// Runs work until it ends or the user interrupts. What it started is ended with it.
fn interruptible<Output>(
    work: impl Future<Output = Result<Output, ClusterError>>,
    hint: &str,
) -> Result<Output, CommandError> {
    block_on(async {
        let cancellation = CancellationToken::new();
        tokio::spawn(super::run::cancel_on_signal(
            cancellation.clone(),
            "stopping ...",
        ));
        tokio::select! {
            output = work => output.map_err(CommandError::from),
            () = cancellation.cancelled() => Err(CommandError::new(
                exit_code::INTERRUPTED,
                anyhow::anyhow!("interrupted"),
            )
            .hinted(hint)),
        }
    })?
}
