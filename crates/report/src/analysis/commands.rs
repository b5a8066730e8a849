//! The commands that make a run and its report again.

use std::path::Path;

use meshdelta_run::Plan;
use meshdelta_run::plan::PlanSettings;

/// The command that makes the report of a run again, from the folder around that of the run.
pub(super) fn report_command(folder: &Path) -> String {
    format!("meshdelta report {}", quoted(&name(folder)))
}

/// The command that measures the same plan again, in the same order: by flags where they can say all of it, else from the saved run.
pub(super) fn reproduce_command(plan: &Plan, folder: &Path) -> String {
    let phases: Vec<&str> = plan.phases.iter().map(|phase| phase.id.as_str()).collect();
    if !is_said_by_flags(plan) {
        return format!("meshdelta run --like {}", quoted(&name(folder)));
    }
    format!(
        "meshdelta run --environment {} --rounds {} --rate {} --duration {} --warmup {} --phases {} --seed {}",
        plan.environment.as_str(),
        plan.rounds,
        plan.rate_per_second,
        plan.duration_seconds,
        plan.warmup_seconds,
        phases.join(","),
        plan.seed
    )
}

/// Tells whether the flags of the command make this very plan, but for its title, which says and measures nothing.
fn is_said_by_flags(plan: &Plan) -> bool {
    let all = PlanSettings::from(plan.clone());
    let flags = PlanSettings {
        environment: all.environment,
        rounds: all.rounds,
        rate_per_second: all.rate_per_second,
        duration_seconds: all.duration_seconds,
        warmup_seconds: all.warmup_seconds,
        phases: all.phases,
        seed: all.seed,
        ..PlanSettings::default()
    };
    let said = |plan: &Plan| Plan {
        title: String::new(),
        ..plan.clone()
    };
    flags
        .resolve(plan.seed)
        .is_ok_and(|again| said(&again) == said(plan))
}

/// The name of a folder, as an argument that is no flag; where it lies is nobody's business but the user's.
fn name(folder: &Path) -> String {
    // `.` has no name of its own.
    let whole = folder.file_name().map_or_else(
        || folder.canonicalize().unwrap_or_default(),
        |_| folder.to_owned(),
    );
    let name = whole.file_name().unwrap_or(folder.as_os_str());
    let name = name.to_string_lossy();
    if name.starts_with('-') {
        format!("./{name}")
    } else {
        name.into_owned()
    }
}

/// A word of a command as a shell reads it. A folder's name has no NUL, which is all that cannot be quoted.
fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use meshdelta_run::plan::{ComparePlan, Fault, FaultHop, LocalPlan};

    use super::*;

    #[test]
    fn flags_are_named_where_they_say_all() {
        let plan = Plan {
            rate_per_second: 100,
            title: "A title".to_owned(),
            ..Plan::default()
        };
        assert_eq!(
            reproduce_command(&plan, Path::new("/runs/a")),
            "meshdelta run --environment local --rounds 5 --rate 100 --duration 120 --warmup 30 \
             --phases baseline,sidecar,sidecar-l7,ambient,ambient-l7 --seed 0"
        );
    }

    #[test]
    fn what_no_flag_says_is_taken_from_the_run() {
        let plans = [
            Plan {
                local: LocalPlan {
                    fault: Some(Fault {
                        hop: FaultHop::Waypoint,
                        delay_ms: 5,
                    }),
                    ..LocalPlan::default()
                },
                ..Plan::default()
            },
            Plan {
                compare: ComparePlan {
                    threshold: [("p99".to_owned(), "3%".to_owned())].into(),
                    ..ComparePlan::default()
                },
                ..Plan::default()
            },
            Plan {
                push_interval_seconds: 2,
                ..Plan::default()
            },
        ];
        for plan in plans {
            let command = reproduce_command(&plan, Path::new("/runs/it's mine"));
            assert_eq!(command, "meshdelta run --like \"it's mine\"");
        }
        for (folder, name) in [("runs/a b", "'a b'"), ("runs/-v", "./-v")] {
            let command = format!("meshdelta report {name}");
            assert_eq!(report_command(Path::new(folder)), command);
        }
        let here = report_command(Path::new("."));
        assert!(here.ends_with("report"), "the folder of this crate: {here}");
    }
}
