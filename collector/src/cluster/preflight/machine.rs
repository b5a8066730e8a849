//! Cores, memory and limits of the kernel.

use std::path::Path;

use fs_err as fs;

use super::Finding;

const GIBIBYTE: u64 = 1 << 30;

/// What the container engine may give to the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Capacity {
    cores: u32,
    memory_bytes: u64,
}

impl Capacity {
    /// Reads what the engine prints: cores and bytes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let capacity = Self {
            cores: words.next()?.parse().ok()?,
            memory_bytes: words.next()?.parse().ok()?,
        };
        (capacity.cores > 0 && capacity.memory_bytes > 0 && words.next().is_none())
            .then_some(capacity)
    }
}

/// All nodes share one machine: with too few cores the proxies wait for each other and for the load, and no measurement means anything.
pub(super) fn examine_capacity(capacity: Capacity) -> [Finding; 2] {
    let cores = match capacity.cores {
        0..4 => Finding::problem(
            "cores",
            format!("{}", capacity.cores),
            "four nodes with Istio, Prometheus and the load need at least 4; use `--context` with a larger cluster",
        ),
        4..8 => Finding::warning(
            "cores",
            format!("{}", capacity.cores),
            "the four nodes share them: below 8, take a low rate, and trust ratios rather than times",
        ),
        _ => Finding::good("cores", format!("{}", capacity.cores)),
    };
    let gibibytes = capacity.memory_bytes / GIBIBYTE;
    let seen = format!("{gibibytes} GiB");
    let memory = match gibibytes {
        0..7 => Finding::problem(
            "memory",
            seen,
            "at least 8 GB are needed; give more to the container engine, or use `--context` with a larger cluster",
        ),
        7..12 => Finding::warning(
            "memory",
            seen,
            "below 12 GiB, `--no-kiali` and a short run leave more for the load",
        ),
        _ => Finding::good("memory", seen),
    };
    [cores, memory]
}

/// The least that kind's "known issues" ask for. With less, kubelets and proxies of the later nodes fail with "too many open files".
const INOTIFY_LIMITS: [(&str, u64); 2] =
    [("max_user_watches", 524_288), ("max_user_instances", 512)];

/// Looks at the limits of inotify in a folder such as `/proc/sys/fs/inotify`; where that is not there, the nodes run on another kernel.
pub(super) fn examine_inotify(folder: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, least) in INOTIFY_LIMITS {
        let Ok(text) = fs::read_to_string(folder.join(name)) else {
            continue;
        };
        let subject = format!("fs.inotify.{name}");
        findings.push(match text.trim().parse::<u64>() {
            Ok(limit) if limit >= least => Finding::good(&subject, limit.to_string()),
            _ => Finding::problem(
                &subject,
                format!("{}, but {least} are needed", text.trim()),
                format!(
                    "`sudo sysctl -w {subject}={least}`, and the same in /etc/sysctl.d/ to keep it"
                ),
            ),
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_prints_is_read_or_refused() {
        let parsed = Capacity::parse("8 33554432000\n").unwrap();
        assert_eq!(
            parsed,
            Capacity {
                cores: 8,
                memory_bytes: 33_554_432_000
            }
        );
        for wrong in ["", "0 0", "8", "errors pretty printing info", "8 1 1"] {
            assert_eq!(Capacity::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn few_cores_are_a_warning_and_too_few_a_problem() {
        let verdict = |cores, gibibytes| {
            examine_capacity(Capacity {
                cores,
                memory_bytes: gibibytes * GIBIBYTE,
            })
            .map(|finding| {
                (
                    finding.is_problem(),
                    finding.verdict != super::super::Verdict::Good,
                )
            })
        };
        assert_eq!(verdict(2, 6), [(true, true), (true, true)]);
        assert_eq!(verdict(4, 8), [(false, true), (false, true)]);
        assert_eq!(verdict(8, 12), [(false, false), (false, false)]);
    }

    #[test]
    fn low_limits_of_inotify_are_problems_with_the_command_that_raises_them() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("max_user_watches"), "8192\n").unwrap();
        fs::write(folder.path().join("max_user_instances"), "512\n").unwrap();
        let findings = examine_inotify(folder.path());
        assert_eq!(
            findings[0].to_string(),
            "fs.inotify.max_user_watches: 8192, but 524288 are needed\n    \
             `sudo sysctl -w fs.inotify.max_user_watches=524288`, and the same in /etc/sysctl.d/ to keep it"
        );
        assert!(findings[0].is_problem() && !findings[1].is_problem());
        assert_eq!(examine_inotify(Path::new("/nonexistent")), []);
    }
}
