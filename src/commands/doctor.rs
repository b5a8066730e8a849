//! `meshdelta doctor`

use std::fmt::Write as _;

use clap::Args;
use meshdelta_collector::cluster::preflight::{Finding, Limits, Verdict, examine_kind_host};
use meshdelta_collector::doctor::{ProgramFinding, examine_local};

use super::{block_on, result};
use crate::error::{CommandResult, GET_PROGRAMS};
use crate::exit_code;

/// Tell what this machine has and lacks for each environment, and how to get it
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {}

pub(crate) fn doctor(_arguments: DoctorArguments) -> CommandResult {
    let findings = block_on(examine_local())?;
    let ready = findings.iter().all(|finding| finding.found.is_ok());
    let mut text =
        String::from("Environment local: real k6, Envoy and Prometheus as processes on loopback\n");
    for finding in &findings {
        text.push_str(&line(finding));
    }
    let verdict = if ready {
        "  ready: `meshdelta run --environment local`"
    } else {
        "  not ready"
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{verdict}");
    if !ready {
        let _ = writeln!(text, "  to get what is missing: {GET_PROGRAMS}");
    }
    text.push_str(&kind_section(&block_on(examine_kind_host(
        Limits::Enforced,
    ))?));
    result(&text)?;
    // The environment that runs without any option has the say.
    Ok(if ready {
        exit_code::DONE
    } else {
        exit_code::ENVIRONMENT_NOT_READY
    })
}

/// Says what this machine has and lacks for a kind cluster.
fn kind_section(findings: &[Finding]) -> String {
    let mut text = String::from(
        "\nEnvironment kind: real Istio in containers, made by `meshdelta cluster up` (with --context: in any\ncluster; then only helm is needed here)\n",
    );
    for finding in findings {
        let verdict = match finding.verdict {
            Verdict::Good => "ok",
            Verdict::Warning(_) => "warning",
            Verdict::Problem(_) => "lacking",
        };
        let finding = finding.to_string().replace("\n    ", "\n          ");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {verdict:<7} {finding}");
    }
    text.push_str(if findings.iter().any(Finding::is_problem) {
        "  not ready\n"
    } else {
        "  ready: `meshdelta cluster up`\n"
    });
    text
}

fn line(finding: &ProgramFinding) -> String {
    let requirement = &finding.requirement;
    let needed = format!("{} {} or newer", requirement.name, requirement.minimum);
    match &finding.found {
        Ok(program) => format!(
            "  ok      {needed}: {} at {}\n",
            program.version,
            program.path.display()
        ),
        Err(error) => format!(
            "  lacking {needed}: {error}\n          it is for {}\n",
            requirement.reason
        ),
    }
}
