//! Time to set up a connection, which the latencies do not contain.
//!
//! k6 measures `blocked` from asking for a connection to having one (grafana/k6, `lib/netext/httpext/tracer.go`), so connecting is
//! part of it, and adding `connecting` would count it twice.

use super::RunEvaluation;
use super::convert::phase_id;
use super::names::{BLOCKED, MEASURE};
use super::series::newest;
use crate::model::{ConnectionSetup, Measured, Seconds};

/// Returns the mean time that a request of each phase waited for its connection.
pub(super) fn connection_setup(evaluation: &RunEvaluation<'_>) -> Vec<ConnectionSetup> {
    let phases = evaluation.manifest.plan.phases.iter();
    phases
        .map(|phase| {
            let newest = evaluation
                .valid_slots_of(&phase.id)
                .flat_map(|slot| slot.series.histograms_of(BLOCKED, MEASURE, Some(true)))
                .filter_map(newest);
            let (count, sum) = newest.fold((0_u64, 0.0), |(count, sum), sample| {
                (count + sample.count, sum + sample.sum)
            });
            let mean = sum / count as f64;
            ConnectionSetup {
                phase: phase_id(&phase.id),
                mean_seconds: if count > 0 && mean.is_finite() {
                    Measured::known(Seconds::new(mean))
                } else {
                    Measured::unknown("not recorded")
                },
            }
        })
        .collect()
}
