//! `meshdelta cluster status`

use std::fmt::Write as _;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use meshdelta_collector::cluster::{self, ClusterStatus, ComponentStatus, Origin, Target};

use super::{TargetArguments, interruptible};
use crate::commands::result;
use crate::error::CommandResult;
use crate::exit_code;

/// Tell what is installed, at which version, and whether it is healthy
///
/// Ends with code 6 when something that the phases need is missing or not ready.
#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    output_format: OutputFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OutputFormat {
    Text,
    Json,
}

pub(super) fn status(arguments: &StatusArguments) -> CommandResult {
    let target = arguments.target.target()?;
    let work = cluster::status(&target);
    let found = interruptible(work, "nothing was changed")?;
    let text = match arguments.output_format {
        OutputFormat::Text => text_of(&found, &target),
        OutputFormat::Json => {
            let json =
                serde_json::to_string_pretty(&found).context("the status cannot be written")?;
            format!("{json}\n")
        }
    };
    result(&text)?;
    Ok(if found.is_ready() {
        exit_code::DONE
    } else {
        exit_code::ENVIRONMENT_NOT_READY
    })
}

fn text_of(found: &ClusterStatus, target: &Target) -> String {
    let made = match &found.kind_cluster {
        Some(name) => format!("kind cluster `{name}`, made by meshdelta"),
        None => "the cluster itself was made by others".to_owned(),
    };
    let mut text = format!(
        "Cluster of context `{}` at {}\n  {made}; Kubernetes {}; {} of {} nodes ready\n\n",
        found.context, found.server, found.kubernetes, found.nodes.ready, found.nodes.all
    );
    for component in &found.components {
        text.push_str(&line(component));
    }
    text.push('\n');
    for page in &found.pages {
        let name = page.page.title();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "open {name}: meshdelta cluster open {} {}",
            name.to_lowercase(),
            target.flag()
        );
    }
    text.push_str(if found.is_ready() {
        "ready\n"
    } else {
        "not ready: `meshdelta cluster up` installs what is missing, or goes on\n"
    });
    text
}

fn line(component: &ComponentStatus) -> String {
    let health = match (component.origin, component.healthy) {
        (Origin::Missing, _) => "missing",
        (Origin::Unfinished, _) => "unfinished",
        (_, Some(false)) => "not ready",
        (_, Some(true)) => "ready",
        (_, None) => "there",
    };
    let version = component.version.as_deref().unwrap_or("-");
    let mut note = match component.origin {
        Origin::Foreign => "not made by meshdelta".to_owned(),
        Origin::Missing => format!("would be {}", component.wanted_version),
        _ if version != "-" && version != component.wanted_version => {
            format!("`up` brings {}", component.wanted_version)
        }
        _ => String::new(),
    };
    if component.wanted_version.is_empty() && component.origin == Origin::Missing {
        note.clear();
    }
    let head = format!(
        "  {:<22} {version:<10} {health:<11} {note}",
        component.component.as_str()
    );
    let mut text = format!("{}\n", head.trim_end());
    for workload in component
        .workloads
        .iter()
        .filter(|workload| !workload.is_ready())
    {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "      {} {}/{}: {} of {} pods ready",
            workload.kind, workload.namespace, workload.name, workload.ready, workload.desired
        );
    }
    text
}
