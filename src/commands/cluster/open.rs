//! `meshdelta cluster open`

use clap::{Args, ValueEnum};
use meshdelta_collector::cluster::{self, ClusterError, Opened, Page};
use tokio_util::sync::CancellationToken;

use super::TargetArguments;
use crate::commands::{block_on, result, status};
use crate::error::{CommandError, CommandResult};
use crate::exit_code;

/// Open Grafana or Kiali at a port of this machine, until Ctrl-C
#[derive(Debug, Args)]
pub(crate) struct OpenArguments {
    /// What to open
    #[arg(value_enum)]
    page: PageName,
    #[command(flatten)]
    target: TargetArguments,
    /// Port of 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Print the password of Grafana too
    #[arg(long)]
    show_password: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PageName {
    Grafana,
    Kiali,
}

pub(super) fn open(arguments: &OpenArguments) -> CommandResult {
    let target = arguments.target.target()?;
    let page = match arguments.page {
        PageName::Grafana => Page::Grafana,
        PageName::Kiali => Page::Kiali,
    };
    block_on(async {
        let cancellation = CancellationToken::new();
        tokio::spawn(crate::commands::run::cancel_on_signal(
            cancellation.clone(),
            "closing ...",
        ));
        let opening = async {
            let cluster = target.connect().await?;
            cluster::open(&cluster, page, arguments.port, arguments.show_password).await
        };
        let opened: Result<Opened, ClusterError> = tokio::select! {
            opened = opening => opened,
            () = cancellation.cancelled() => return Ok(exit_code::INTERRUPTED),
        };
        let opened = opened.map_err(CommandError::from)?;
        result(&format!("{}\n", opened.url))?;
        tell_account(&opened);
        status("Ctrl-C closes it");
        cancellation.cancelled().await;
        Ok(exit_code::DONE)
    })?
}

fn tell_account(opened: &Opened) {
    let Some(account) = &opened.account else {
        return;
    };
    status(&format!("user: {}", account.user));
    match &account.password {
        Some(password) => status(&format!("password: {password}")),
        None => status(&format!(
            "password: by --show-password, or\n  {}",
            account.password_command
        )),
    }
}
