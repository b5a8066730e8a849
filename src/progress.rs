//! Progress of a run on stderr: a bar on a terminal, a line a slot elsewhere.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use meshdelta_collector::runner::RunEvent;
use meshdelta_run::manifest::SlotRecord;

use crate::commands::status;

/// Shows where a run is.
pub(crate) struct Progress {
    bar: ProgressBar,
    rate_per_second: AtomicU32,
}

/// The share of the planned rate below which a slot is warned about (`docs/statistics.md`, "Data-quality gates").
const FULL_RATE_SHARE: f64 = 0.995;

impl Progress {
    /// Makes a progress display. It is hidden where stderr is no terminal.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template(
            "[{elapsed_precise}] {pos}/{len} {msg} (about {eta} left)",
        );
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            bar,
            rate_per_second: AtomicU32::new(0),
        }
    }

    /// Shows an event.
    pub(crate) fn show(&self, event: &RunEvent<'_>) {
        match event {
            RunEvent::Preparing => self
                .bar
                .set_message("starting Prometheus and checking the programs"),
            RunEvent::SlotStarted {
                number,
                total,
                slot,
                plan,
            } => {
                self.rate_per_second
                    .store(plan.rate_per_second, Ordering::Relaxed);
                if *number == 0 && self.bar.is_hidden() {
                    status(&format!(
                        "{total} slots, about {} minutes",
                        plan.expected_seconds().div_ceil(60)
                    ));
                }
                self.bar.enable_steady_tick(Duration::from_millis(500));
                self.bar.set_length(*total as u64);
                self.bar.set_position(*number as u64);
                self.bar.set_message(format!(
                    "{}: {}: starting the data path",
                    slot.id, slot.phase
                ));
                if self.bar.is_hidden() {
                    status(&format!(
                        "[{}/{total}] {}: {}",
                        number + 1,
                        slot.id,
                        slot.phase
                    ));
                }
            }
            RunEvent::LoadStarted => {
                let message = self.bar.message().replace("starting the data path", "load");
                self.bar.set_message(message);
            }
            RunEvent::SlotFinished { record } => {
                self.bar.inc(1);
                for failure in &record.failures {
                    self.line(&format!(
                        "warning: {} ({}) is invalid: {failure}",
                        record.id, record.phase
                    ));
                }
                self.show_shortfall(record);
                if record.load.dropped_iterations > 0 {
                    self.line(&format!(
                        "warning: {} ({}): k6 had no virtual user free for {} of its iterations; a lower --rate or more `virtual_users` helps",
                        record.id, record.phase, record.load.dropped_iterations
                    ));
                }
            }
            RunEvent::Saving => self.bar.set_message("saving"),
        }
    }

    fn show_shortfall(&self, record: &SlotRecord) {
        let share = record.achieved_share(self.rate_per_second.load(Ordering::Relaxed));
        if share < FULL_RATE_SHARE {
            self.line(&format!(
                "warning: {} ({}): only {:.1} % of the requested rate was reached",
                record.id,
                record.phase,
                share * 100.0
            ));
        }
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| status(text));
    }

    /// Takes the display away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
