//! Progress on stderr: what is done, what it waits for, and why.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use meshdelta_collector::cluster::Event;

use crate::commands::status;

/// Shows the events of a command.
pub(super) struct Progress {
    spinner: ProgressBar,
}

impl Progress {
    /// Makes a display. Where stderr is no terminal, every event is a line.
    pub(super) fn new() -> Self {
        let spinner = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("  {spinner} [{elapsed}] {wide_msg}");
        spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Self { spinner }
    }

    /// Shows an event.
    pub(super) fn show(&self, event: Event) {
        match event {
            Event::Step { what, why } => {
                self.line(&format!("{what}\n  ({why})"));
                self.spinner.reset_elapsed();
                self.spinner.set_message("");
                self.spinner.enable_steady_tick(Duration::from_millis(200));
            }
            Event::Waiting(what) if what.is_empty() => {}
            Event::Waiting(what) if self.spinner.is_hidden() => status(&format!("  {what}")),
            Event::Waiting(what) => self.spinner.set_message(what),
            Event::Note(text) => self.line(&text),
            Event::Warning(text) => self.line(&format!("warning: {text}")),
        }
    }

    fn line(&self, text: &str) {
        self.spinner.suspend(|| status(text));
    }

    /// Takes the display away.
    pub(super) fn finish(&self) {
        self.spinner.finish_and_clear();
    }
}
