//! CPU time and resident memory of processes while a load runs.

use std::time::Duration;

use fs_err as fs;
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::{Pid, SysconfVar, sysconf};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::environment::ResourceSample;

/// Four samples a second: the first and last inside a window then miss at most half a second of it, on both ends together.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(250);

/// A process to watch.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) role: String,
    pub(super) on_path: bool,
    pub(super) pid: Pid,
}

/// Samples the processes until it is told to stop, and once more then. A process that has ended is left out.
pub(super) async fn watch(processes: Vec<Watched>, stop: CancellationToken) -> Vec<ResourceSample> {
    let mut samples = Vec::new();
    let mut ticks = interval(SAMPLE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let stopping = tokio::select! {
            _ = ticks.tick() => false,
            () = stop.cancelled() => true,
        };
        samples.extend(processes.iter().filter_map(sample));
        if stopping {
            return samples;
        }
    }
}

fn sample(process: &Watched) -> Option<ResourceSample> {
    let cpu_seconds = cpu_seconds(process.pid)?;
    Some(ResourceSample {
        role: process.role.clone(),
        instance: String::new(),
        on_path: process.on_path,
        timestamp: clock::now(),
        cpu_seconds,
        resident_bytes: resident_bytes(process.pid)?,
        throttling: None,
    })
}

/// Returns the CPU time of all threads of a process, from its CPU clock: nanoseconds, where `/proc/PID/stat` has ticks of 10 ms.
fn cpu_seconds(pid: Pid) -> Option<f64> {
    let time = clock_gettime(clock_getcpuclockid(pid).ok()?).ok()?;
    Some(Duration::from(time).as_secs_f64())
}

/// Returns the resident set size of a process, the second number of `/proc/PID/statm` in pages.
fn resident_bytes(pid: Pid) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    let page_bytes = sysconf(SysconfVar::PAGE_SIZE).ok().flatten()?;
    Some(pages * u64::try_from(page_bytes).ok()?)
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use meshdelta_run::TimestampMs;

    use super::*;

    fn cpu_of(samples: &[ResourceSample]) -> Vec<(TimestampMs, f64)> {
        samples
            .iter()
            .map(|sample| (sample.timestamp, sample.cpu_seconds))
            .collect()
    }

    #[tokio::test]
    async fn this_process_is_seen_to_use_cpu_and_memory() {
        // Two samples at least: one at the first tick, one when it is told to stop.
        let stop = CancellationToken::new();
        let process = Watched {
            role: "self".to_owned(),
            on_path: true,
            pid: Pid::this(),
        };
        let watching = tokio::spawn(watch(vec![process], stop.clone()));
        tokio::time::sleep(SAMPLE_INTERVAL).await;
        let mut sum = 0_u64;
        for number in 0..20_000_000_u64 {
            sum = black_box(sum.wrapping_add(number));
        }
        stop.cancel();
        let samples = watching.await.unwrap();
        let cpu = cpu_of(&samples);
        assert!(cpu.len() >= 2, "{cpu:?}");
        assert!(cpu[cpu.len() - 1].1 > cpu[0].1, "{cpu:?}");
        assert!(samples.iter().all(|sample| sample.resident_bytes > 1 << 20));
    }

    #[tokio::test]
    async fn a_process_that_is_gone_is_left_out() {
        let process = Watched {
            role: "gone".to_owned(),
            on_path: true,
            pid: Pid::from_raw(i32::MAX),
        };
        let stop = CancellationToken::new();
        stop.cancel();
        assert_eq!(watch(vec![process], stop).await, []);
    }
}
