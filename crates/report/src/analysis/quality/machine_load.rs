//! Whether the machine was busy before the run began.

use super::check::{Check, Evidence};
use crate::model::{QualityFinding, Severity};
use crate::number_format::fixed_text;

const CHECK: Check = Check {
    id: "machine-load",
    title: "Load of the machine before the run",
    limit: "warn when the load average at the start exceeds the number of cores",
    why: "Other programs on the machine make all phases slower and noisier, and some phases more than others.",
    advice: "Stop what else runs on the machine, and measure again.",
};

pub(super) fn check(evidence: Evidence<'_>) -> Vec<QualityFinding> {
    let host = &evidence.manifest.environment.host;
    let (Some(load), Some(cores)) = (host.load_average, host.logical_cores) else {
        return Vec::new();
    };
    let observed = format!("load average {} on {cores} cores", fixed_text(load, 2));
    let severity = if load > f64::from(cores) {
        Severity::Warn
    } else {
        Severity::Pass
    };
    vec![CHECK.finding(severity, None, observed)]
}
