//! The table of overheads for people.

use std::io::IsTerminal;

use meshdelta_report::{Colour, ReportModel, render_terminal};

/// The table's width, whatever the terminal has.
pub(crate) const COLUMNS: usize = 80;

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
