//! The `meshdelta` command line: what a service mesh really costs, with intervals that mean what they say.

mod arguments;
mod chart_arguments;
mod command_line;
mod commands;
mod error;
mod exit_code;
mod gates;
mod progress;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::dispatch()
}
