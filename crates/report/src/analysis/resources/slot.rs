//! What the processes used in one slot.

use std::collections::{BTreeMap, BTreeSet};

use meshdelta_run::manifest::Window;
use meshdelta_run::{ScalarSample, TimestampMs};

use crate::analysis::names::{CPU, INSTANCE, MEMORY, ON_PATH};
use crate::analysis::series::{Sampled, SlotSeries};

/// What one role, or a sum of roles, used within the window of a slot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::analysis) struct RoleUse {
    /// CPU cores in use, on average.
    pub(in crate::analysis) cpu_cores: f64,
    /// CPU seconds for 1,000 successful requests; absent when none succeeded.
    pub(in crate::analysis) cpu_seconds_per_thousand_requests: Option<f64>,
    /// Resident memory, mean over the window.
    pub(in crate::analysis) memory_mean_bytes: f64,
    /// Resident memory, largest over the window.
    pub(in crate::analysis) memory_max_bytes: f64,
}

/// What the processes of one slot used.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::analysis) struct SlotResources {
    /// Each role, by name, with whether requests go through it.
    pub(in crate::analysis) roles: BTreeMap<String, (bool, RoleUse)>,
    /// The sum over the roles on the path; absent when one of them was not sampled.
    pub(in crate::analysis) total: Option<RoleUse>,
}

/// Reads the resources of a slot.
pub(in crate::analysis) fn slot_resources(series: &SlotSeries<'_>) -> SlotResources {
    let window = series.record.window;
    let rate = series.record.load.succeeded_requests as f64 / window.seconds();
    // A role may have several processes (the pods of a Deployment): each is read by itself, and their use is added up.
    let memory: BTreeMap<Process<'_>, Vec<(TimestampMs, f64)>> = series
        .process_scalars(MEMORY)
        .filter_map(|one| Some((process(one)?, within(one, window))))
        .collect();
    let mut resources = SlotResources::default();
    let mut is_complete = true;
    let mut parts: BTreeMap<&str, Vec<RoleUse>> = BTreeMap::new();
    let mut memory_of: BTreeMap<&str, Vec<&[(TimestampMs, f64)]>> = BTreeMap::new();
    let mut on_path_roles = BTreeSet::new();
    for one in series.process_scalars(CPU) {
        let Some(process) = process(one) else {
            continue;
        };
        let on_path = is_on_path(one);
        let samples = memory.get(&process).map(Vec::as_slice).unwrap_or_default();
        match role_use(&within(one, window), samples, rate) {
            None => is_complete &= !on_path,
            Some(used) => {
                let (role, _) = process;
                parts.entry(role).or_default().push(used);
                memory_of.entry(role).or_default().push(samples);
                if on_path {
                    on_path_roles.insert(role);
                }
            }
        }
    }
    // A sum without one of its parts would only look like one.
    let unsampled = &series.record.unsampled;
    is_complete &= unsampled.is_empty();
    for one in unsampled {
        parts.remove(one.role.as_str());
        on_path_roles.remove(one.role.as_str());
    }
    for (role, used) in &parts {
        let used = sum(used, &memory_of[role]);
        let on_path = on_path_roles.contains(role);
        resources.roles.insert((*role).to_owned(), (on_path, used));
    }
    let on_path = resources.roles.values().filter(|(on_path, _)| *on_path);
    let on_path: Vec<RoleUse> = on_path.map(|(_, used)| *used).collect();
    let memory: Vec<&[(TimestampMs, f64)]> = on_path_roles
        .iter()
        .flat_map(|role| memory_of[role].iter().copied())
        .collect();
    resources.total = (is_complete && !on_path.is_empty()).then(|| sum(&on_path, &memory));
    resources
}

/// A role, and which of its processes.
type Process<'a> = (&'a str, &'a str);

fn process<'a>(one: &Sampled<'a, ScalarSample>) -> Option<Process<'a>> {
    let instance = one.series.labels.get(INSTANCE).map_or("", String::as_str);
    Some((role(one)?, instance))
}

fn role<'a>(one: &Sampled<'a, ScalarSample>) -> Option<&'a str> {
    one.series.runner.as_deref()
}

fn is_on_path(one: &Sampled<'_, ScalarSample>) -> bool {
    one.series
        .labels
        .get(ON_PATH)
        .is_some_and(|value| value == "true")
}

/// The finite samples within the window, in the order of time.
fn within(one: &Sampled<'_, ScalarSample>, window: Window) -> Vec<(TimestampMs, f64)> {
    let mut samples: Vec<(TimestampMs, f64)> = one
        .samples
        .iter()
        .filter(|sample| window.start <= sample.timestamp && sample.timestamp < window.end)
        .filter(|sample| sample.value.is_finite())
        .map(|sample| (sample.timestamp, sample.value))
        .collect();
    samples.sort_by_key(|(time, _)| *time);
    samples
}

fn role_use(
    cpu: &[(TimestampMs, f64)],
    memory: &[(TimestampMs, f64)],
    requests_per_second: f64,
) -> Option<RoleUse> {
    let (first, last) = (cpu.first()?.0, cpu.last()?.0);
    let seconds = last.ms_since(first) as f64 / 1000.0;
    if seconds <= 0.0 || memory.is_empty() {
        return None;
    }
    let cpu_cores = growth(cpu) / seconds;
    let values = || memory.iter().map(|(_, value)| *value);
    Some(RoleUse {
        cpu_cores,
        cpu_seconds_per_thousand_requests: (requests_per_second > 0.0)
            .then(|| cpu_cores / requests_per_second * 1000.0),
        memory_mean_bytes: values().sum::<f64>() / memory.len() as f64,
        memory_max_bytes: values().fold(0.0, f64::max),
    })
}

/// How much a counter grew between its first and its last sample within the window.
pub(in crate::analysis) fn growth_within(one: &Sampled<'_, ScalarSample>, window: Window) -> f64 {
    growth(&within(one, window))
}

/// How much a counter grew; a process that started anew counts from zero.
fn growth(samples: &[(TimestampMs, f64)]) -> f64 {
    let step = |pair: &[(TimestampMs, f64)]| {
        let (before, after) = (pair[0].1, pair[1].1);
        if after < before {
            after
        } else {
            after - before
        }
    };
    samples.windows(2).map(step).sum()
}

fn sum(parts: &[RoleUse], memory: &[&[(TimestampMs, f64)]]) -> RoleUse {
    let add = |field: fn(&RoleUse) -> f64| parts.iter().map(field).sum();
    RoleUse {
        cpu_cores: add(|part| part.cpu_cores),
        cpu_seconds_per_thousand_requests: parts
            .iter()
            .map(|part| part.cpu_seconds_per_thousand_requests)
            .sum(),
        memory_mean_bytes: add(|part| part.memory_mean_bytes),
        memory_max_bytes: largest_sum(memory),
    }
}

/// The largest sum at any moment, each series keeping its value until its next sample.
fn largest_sum(series: &[&[(TimestampMs, f64)]]) -> f64 {
    let value_at = |samples: &[(TimestampMs, f64)], time: TimestampMs| {
        let known = samples.partition_point(|(sampled, _)| *sampled <= time);
        samples
            .get(known.saturating_sub(1))
            .map_or(0.0, |(_, value)| *value)
    };
    let moments = series.iter().flat_map(|samples| samples.iter());
    moments
        .map(|(time, _)| series.iter().map(|samples| value_at(samples, *time)).sum())
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[(i64, f64)]) -> Vec<(TimestampMs, f64)> {
        values
            .iter()
            .map(|(time, value)| (TimestampMs(*time), *value))
            .collect()
    }

    #[test]
    fn cpu_is_divided_by_the_time_between_its_own_samples() {
        // 0.3 CPU seconds in 1.5 seconds are 0.2 cores; at 50 requests per second that is 4 CPU seconds for 1,000.
        let cpu = samples(&[(200, 1.0), (1200, 1.1), (1700, 1.3)]);
        let memory = samples(&[(200, 10.0), (1200, 30.0)]);
        let used = role_use(&cpu, &memory, 50.0).unwrap();
        assert!((used.cpu_cores - 0.2).abs() < 1e-12);
        assert!((used.cpu_seconds_per_thousand_requests.unwrap() - 4.0).abs() < 1e-12);
        assert!((used.memory_mean_bytes - 20.0).abs() < 1e-12);
        assert!((used.memory_max_bytes - 30.0).abs() < 1e-12);
    }

    #[test]
    fn a_process_that_started_anew_counts_from_zero() {
        let grown = growth(&samples(&[(0, 5.0), (1, 5.5), (2, 0.25), (3, 0.5)]));
        assert!((grown - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_sample_or_no_memory_is_no_measurement() {
        let two = samples(&[(0, 1.0), (1000, 2.0)]);
        assert_eq!(role_use(&two[..1], &two, 1.0), None);
        assert_eq!(role_use(&two, &[], 1.0), None);
        let idle = role_use(&two, &two, 0.0).unwrap();
        assert_eq!(idle.cpu_seconds_per_thousand_requests, None);
    }

    #[test]
    fn the_largest_sum_is_not_the_sum_of_the_largest() {
        let rising = samples(&[(0, 1.0), (10, 5.0)]);
        let falling = samples(&[(1, 5.0), (11, 1.0)]);
        assert!((largest_sum(&[&rising, &falling]) - 10.0).abs() < 1e-12);
        let falling_first = samples(&[(0, 5.0), (9, 1.0)]);
        assert!((largest_sum(&[&rising, &falling_first]) - 6.0).abs() < 1e-12);
    }
}
