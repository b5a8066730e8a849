//! The table of overheads for people.

use std::io::IsTerminal;
use std::path::Path;

use meshdelta_report::analysis::{AnalysisError, analyse_run};
use meshdelta_report::{Colour, ReportModel, render_terminal};
use meshdelta_run::folder::SavedRun;

/// The table's width, whatever the terminal has.
pub(crate) const COLUMNS: usize = 80;

/// Analyses a run; the report then says how to make it again.
pub(crate) fn model_of(run: &SavedRun) -> Result<ReportModel, AnalysisError> {
    let name = run.folder.file_name().unwrap_or(run.folder.as_os_str());
    analyse_run(
        run,
        &format!("meshdelta report {}", Path::new(name).display()),
    )
}

/// Renders the table for a stream.
pub(crate) fn table_for(model: &ReportModel, stream: &impl IsTerminal) -> String {
    render_terminal(model, COLUMNS, colour_of(stream))
}

/// Colour only where the stream is a terminal whose user did not say no.
pub(crate) fn colour_of(stream: &impl IsTerminal) -> Colour {
    if stream.is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        Colour::Allowed
    } else {
        Colour::Off
    }
}
