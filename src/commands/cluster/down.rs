//! `meshdelta cluster down`

use std::io::{BufRead, IsTerminal};
use std::time::Duration;

use clap::Args;
use meshdelta_collector::cluster::{self, Removal};

use super::progress::Progress;
use super::{TargetArguments, interruptible};
use crate::commands::{result, status};
use crate::error::{CommandError, CommandResult};
use crate::exit_code;

/// Remove exactly what `cluster up` made, and nothing else
///
/// A kind cluster is deleted only when meshdelta made it. In a cluster of --context the ledger (a `ConfigMap` in the namespace meshdelta-system) says
/// what was made; what others made since, and whatever it needs, stays.
#[derive(Debug, Args)]
pub(crate) struct DownArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Print what would be removed, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Minutes that removing each release may take
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=120))]
    timeout: u64,
}

pub(super) fn down(arguments: &DownArguments) -> CommandResult {
    let target = arguments.target.target()?;
    let removal = interruptible(cluster::examine_removal(&target), "nothing was changed")?;
    if arguments.dry_run {
        return result(&text_of(&removal));
    }
    if removal != Removal::Nothing && !arguments.yes {
        confirm(&removal)?;
    }
    let progress = Progress::new();
    let timeout = Duration::from_secs(arguments.timeout * 60);
    let done = interruptible(
        cluster::down(&target, timeout, &|event| progress.show(event)),
        "the same command goes on from here",
    );
    progress.finish();
    let kept = done?.0;
    for kept in &kept {
        status(&format!("kept: {kept}"));
    }
    status(match (&removal, kept.is_empty()) {
        (Removal::Nothing, _) => "there is nothing that meshdelta made",
        (_, true) => "everything that meshdelta made is gone",
        (_, false) => {
            "the rest is gone; `meshdelta cluster down` removes what was kept once nobody needs it"
        }
    });
    result("")
}

fn text_of(removal: &Removal) -> String {
    match removal {
        Removal::Nothing => "nothing\n".to_owned(),
        Removal::KindCluster(name) => format!("the kind cluster `{name}` with everything in it\n"),
        Removal::Items(items) => items
            .iter()
            .fold(String::new(), |text, item| text + item + "\n"),
    }
}

/// Asks, where somebody can answer.
fn confirm(removal: &Removal) -> Result<(), CommandError> {
    let declined = |why: &str| {
        CommandError::new(
            exit_code::USAGE,
            anyhow::anyhow!("{why}; nothing was removed"),
        )
        .hinted("`--yes` removes without asking, `--dry-run` tells what")
    };
    if !std::io::stdin().is_terminal() {
        return Err(declined(
            "`cluster down` needs --yes where nobody can be asked",
        ));
    }
    status(&format!("This removes:\n{}Go on? [y/N]", text_of(removal)));
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(anyhow::Error::from)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(declined("not confirmed")),
    }
}
