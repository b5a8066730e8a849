//! `meshdelta man`

use anyhow::Context;
use clap::{Args, CommandFactory};

use super::result;
use crate::arguments::Arguments;
use crate::error::CommandResult;

/// Print the manual page
#[derive(Debug, Args)]
pub(crate) struct ManArguments {}

pub(crate) fn man(_arguments: &ManArguments) -> CommandResult {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut page)
        .context("the manual page cannot be made")?;
    result(&String::from_utf8_lossy(&page))
}
