//! The command line as clap sees it.

use clap::{Parser, Subcommand};

use crate::commands::{cluster, compare, completions, doctor, history, man, report, run, verify};

/// Measures what a service mesh really costs.
///
/// One load runs through several network configurations ("phases"); the raw native histograms are saved; each phase's overhead against the
/// baseline comes with an interval that means what it says.
#[derive(Debug, Parser)]
#[command(
    name = "meshdelta",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Doctor(doctor::DoctorArguments),
    Run(run::RunArguments),
    Report(report::ReportArguments),
    Compare(compare::CompareArguments),
    History(history::HistoryArguments),
    Verify(verify::VerifyArguments),
    Cluster(cluster::ClusterArguments),
    Completions(completions::CompletionsArguments),
    Man(man::ManArguments),
}
