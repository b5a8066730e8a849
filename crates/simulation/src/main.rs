//! Measures how often the intervals of meshdelta contain the truth.

mod cli;

use std::io::Write;

use anyhow::Context;
use clap::Parser;

fn main() -> anyhow::Result<()> {
    let text = cli::Arguments::parse().run()?;
    std::io::stdout()
        .write_all(text.as_bytes())
        .context("failed to write the results")
}
