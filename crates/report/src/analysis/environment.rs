//! Facts about the machine, the load and the files of the run.

use super::RunEvaluation;
use crate::model::{EnvironmentFact, FileDigest};
use crate::number_format::{THIN_SPACE, fixed_text};

/// Returns the facts, grouped.
pub(super) fn environment(evaluation: &RunEvaluation<'_>) -> Vec<EnvironmentFact> {
    let machine = facts("machine", machine(evaluation));
    let load = facts("load", load(evaluation));
    let programs = evaluation.manifest.environment.programs.iter();
    let programs = programs.map(|(name, program)| {
        let digest = program.sha256.as_ref();
        let digest = digest.map_or_else(String::new, |digest| format!(", sha256 {digest}"));
        (name.as_str(), format!("{}{digest}", program.version))
    });
    let other = evaluation.manifest.environment.other.iter();
    let other = other.map(|(name, value)| (name.as_str(), value.clone()));
    machine
        .into_iter()
        .chain(load)
        .chain(facts("programs", programs.collect()))
        .chain(facts("other", other.collect()))
        .collect()
}

fn facts(group: &str, facts: Vec<(&str, String)>) -> Vec<EnvironmentFact> {
    facts
        .into_iter()
        .map(|(name, value)| EnvironmentFact {
            group: group.to_owned(),
            name: name.to_owned(),
            value,
        })
        .collect()
}

fn machine(evaluation: &RunEvaluation<'_>) -> Vec<(&'static str, String)> {
    let host = &evaluation.manifest.environment.host;
    let gibibytes = |bytes: u64| {
        let size = fixed_text(bytes as f64 / f64::from(1 << 30), 1);
        format!("{size}{THIN_SPACE}GiB")
    };
    let facts = [
        ("processor", host.cpu_model.clone()),
        (
            "logical cores",
            host.logical_cores.map(|cores| cores.to_string()),
        ),
        ("memory", host.memory_bytes.map(gibibytes)),
        ("kernel", host.kernel.clone()),
        ("operating system", host.operating_system.clone()),
        ("frequency governor", host.cpu_governor.clone()),
        (
            "load average at the start",
            host.load_average.map(|load| fixed_text(load, 2)),
        ),
    ];
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn load(evaluation: &RunEvaluation<'_>) -> Vec<(&'static str, String)> {
    let plan = &evaluation.manifest.plan;
    let fault = plan.local.fault;
    let mut facts = vec![
        (
            "arrivals",
            format!(
                "{} requests per second, started whether or not earlier ones are answered",
                plan.rate_per_second
            ),
        ),
        (
            "virtual users",
            format!(
                "{} at the start, {} at the most",
                plan.virtual_users, plan.maximum_virtual_users
            ),
        ),
        (
            "push interval",
            format!("{}{THIN_SPACE}s", plan.push_interval_seconds),
        ),
        (
            "response body",
            format!("{} bytes", plan.local.response_bytes),
        ),
        (
            "worker threads of each proxy",
            plan.local.proxy_concurrency.to_string(),
        ),
    ];
    facts.extend(fault.map(|fault| {
        let delay = format!(
            "{}{THIN_SPACE}ms in every request at {}",
            fault.delay_ms,
            fault.hop.as_str()
        );
        ("delay injected on purpose", delay)
    }));
    facts
}

/// Returns the digests of the files of the run.
pub(super) fn files(evaluation: &RunEvaluation<'_>) -> Vec<FileDigest> {
    let files = evaluation.manifest.files.iter();
    files
        .map(|(path, entry)| FileDigest {
            path: path.clone(),
            sha256: entry.sha256.clone(),
            bytes: entry.bytes,
        })
        .collect()
}
