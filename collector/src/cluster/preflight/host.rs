//! This machine: the container engine, kind, helm, and what the nodes take from it.

use std::path::Path;

use super::machine::{Capacity, examine_capacity, examine_inotify};
use super::{Finding, Limits};
use crate::cluster::command::Call;
use crate::cluster::program::{ContainerEngine, GET_HELM, GET_KIND, find_helm, find_kind};
use crate::environment::local::Program;
use crate::environment::local::process::find_on_path;
use crate::error::CollectorError;

/// Looks at what the command needs of this machine to use a cluster that is there.
pub async fn examine_host() -> Vec<Finding> {
    vec![program("helm", find_helm().await, GET_HELM)]
}

/// Looks at what a kind cluster needs of this machine.
pub async fn examine_kind_host(limits: Limits) -> Vec<Finding> {
    let mut findings = examine_engine(ContainerEngine::choose(), limits).await;
    findings.push(program("kind", find_kind().await, GET_KIND));
    findings.extend(examine_host().await);
    findings.extend(applied(
        limits,
        examine_inotify(Path::new("/proc/sys/fs/inotify")),
    ));
    findings
}

fn applied(limits: Limits, findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let findings = findings.into_iter();
    match limits {
        Limits::Enforced => findings.collect(),
        Limits::Ignored => findings.map(Finding::softened).collect(),
    }
}

fn program(name: &str, found: Result<Program, CollectorError>, advice: &str) -> Finding {
    match found {
        Ok(program) => Finding::good(
            name,
            format!("{} at {}", program.version, program.path.display()),
        ),
        Err(error) => Finding::problem(name, error.to_string(), advice),
    }
}

/// Looks whether the engine answers, and what it may give to the nodes: on a desktop that is less than the machine has.
async fn examine_engine(engine: ContainerEngine, limits: Limits) -> Vec<Finding> {
    let name = engine.program();
    let Some(path) = find_on_path(name) else {
        return vec![Finding::problem(
            "docker or podman",
            "neither is on PATH",
            "install one of them: the nodes of a kind cluster are containers",
        )];
    };
    let call = Call::new(&path, ["info", "--format", engine.capacity_format()]);
    let advice = format!("start {name}, and see that `{name} info` works for this user");
    let answer = match call.answer(&mut |_| {}).await {
        Ok(answer) => answer,
        Err(error) => return vec![Finding::problem(name, error.to_string(), advice)],
    };
    if !answer.succeeded {
        let said = answer
            .stderr
            .trim()
            .lines()
            .last()
            .unwrap_or("it does not answer")
            .to_owned();
        return vec![Finding::problem(name, said, advice)];
    }
    match Capacity::parse(&answer.stdout) {
        Some(capacity) => {
            let mut findings = vec![Finding::good(name, "it answers")];
            findings.extend(applied(limits, examine_capacity(capacity)));
            findings
        }
        // Docker prints zeroes, or an error on stdout, when only the client is there.
        None => vec![Finding::problem(
            name,
            format!("`{}` printed {:?}", call.line(), answer.stdout.trim()),
            advice,
        )],
    }
}
