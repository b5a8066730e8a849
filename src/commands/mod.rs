//! One file per command.

pub(crate) mod cluster;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod history;
pub(crate) mod man;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod verify;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command};
use crate::error::{CommandError, CommandResult};
use crate::exit_code;

/// What is logged unless `RUST_LOG` says otherwise. The client of Kubernetes logs an error for every request that fails, also where it is tried
/// again; what comes of it is told by the command.
const LOGGED: &str = "warn,tiny_skia=error,kube_client::client::builder=off";

/// Parses the command line, runs the command and turns what it says into an exit code.
pub(crate) fn dispatch() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED)),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .without_time()
        .init();
    let result = match arguments.command {
        Command::Doctor(arguments) => doctor::doctor(arguments),
        Command::Run(arguments) => run::run(arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::History(arguments) => history::history(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Cluster(arguments) => cluster::cluster(&arguments),
        Command::Completions(arguments) => completions::completions(&arguments),
        Command::Man(arguments) => man::man(&arguments),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            status(&error.render());
            ExitCode::from(error.exit_code)
        }
    }
}

/// Writes a line for people to stderr.
pub(crate) fn status(text: &str) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Writes a result to stdout. A closed pipe is a quiet end.
pub(crate) fn result(text: &str) -> CommandResult {
    match std::io::stdout()
        .write_all(text.as_bytes())
        .and_then(|()| std::io::stdout().flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CommandError::new(exit_code::OPERATIONAL_ERROR, error))
        }
        _ => Ok(exit_code::DONE),
    }
}

/// Runs asynchronous work to its end.
pub(crate) fn block_on<Output>(work: impl Future<Output = Output>) -> anyhow::Result<Output> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(work))
}
