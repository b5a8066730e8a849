//! What the machine is.

use fs_err as fs;
use meshdelta_run::manifest::HostFacts;
use procfs::{Current, LoadAverage, Meminfo};

/// Reads the facts; what cannot be read is left out.
pub(super) fn host_facts() -> HostFacts {
    HostFacts {
        cpu_model: cpu_model(),
        logical_cores: std::thread::available_parallelism()
            .ok()
            .and_then(|cores| u32::try_from(cores.get()).ok()),
        memory_bytes: Meminfo::current().ok().map(|memory| memory.mem_total),
        kernel: nix::sys::utsname::uname().ok().map(|name| {
            format!(
                "{} {} {}",
                name.sysname().display(),
                name.release().display(),
                name.machine().display()
            )
        }),
        operating_system: operating_system(),
        cpu_governor: read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        load_average: LoadAverage::current().ok().map(|load| f64::from(load.one)),
    }
}

fn read_line(path: &str) -> Option<String> {
    fs::read_to_string(path)
        .ok()
        .map(|text| text.trim().to_owned())
}

fn cpu_model() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn operating_system() -> Option<String> {
    let text = fs::read_to_string("/etc/os-release").ok()?;
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim_matches('"').to_owned())
}
