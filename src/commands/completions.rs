//! `meshdelta completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::result;
use crate::arguments::Arguments;
use crate::error::CommandResult;

/// Print completions for a shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn completions(arguments: &CompletionsArguments) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "meshdelta",
        &mut script,
    );
    result(&String::from_utf8_lossy(&script))
}
