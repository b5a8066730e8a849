//! `meshdelta cluster up`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use meshdelta_collector::cluster::preflight::{Finding, Limits};
use meshdelta_collector::cluster::{self, ChartOptions, ClusterError, ComponentId, UpOptions};

use super::progress::Progress;
use super::{TargetArguments, interruptible};
use crate::commands::{block_on, result, status};
use crate::error::{CommandError, CommandResult};

/// Make a kind cluster, or take the one of --context, and install what is missing
///
/// Prometheus, Grafana, k6-operator, the Gateway API, Istio with ambient, metrics-server and Kiali, each at the version that this meshdelta was
/// made for. What others installed stays as it is and is used. Called again after a failure or Ctrl-C, it goes on from there.
#[derive(Debug, Args)]
pub(crate) struct UpArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// Leave Kiali out
    #[arg(long)]
    no_kiali: bool,
    /// Print every command and object, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Minutes that each installation may take
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    timeout: u64,
    /// Helm values for a component, for example a registry behind a mirror; they win over this project's
    #[arg(long, value_name = "COMPONENT=FILE", value_parser = parse_values)]
    values: Vec<(ComponentId, PathBuf)>,
    /// Folder with the charts (NAME-VERSION.tgz), in place of their repositories
    #[arg(long, value_name = "FOLDER")]
    charts: Option<PathBuf>,
    /// Make the kind cluster although this machine is too small for it (cores, memory, limits of inotify)
    #[arg(long, conflicts_with = "context")]
    ignore_limits: bool,
    /// Image of the nodes of the kind cluster
    #[arg(long, value_name = "IMAGE", conflicts_with = "context")]
    node_image: Option<String>,
}

/// Parses `istiod=mirror.yaml`.
fn parse_values(text: &str) -> Result<(ComponentId, PathBuf), String> {
    let (component, file) = text
        .split_once('=')
        .ok_or("expected COMPONENT=FILE, for example istiod=mirror.yaml")?;
    Ok((component.parse()?, PathBuf::from(file)))
}

pub(super) fn up(arguments: &UpArguments) -> CommandResult {
    let target = arguments.target.target()?;
    let options = UpOptions {
        with_kiali: !arguments.no_kiali,
        limits: if arguments.ignore_limits {
            Limits::Ignored
        } else {
            Limits::Enforced
        },
        node_image: arguments.node_image.clone(),
        charts: ChartOptions {
            values: arguments.values.clone(),
            folder: arguments.charts.clone(),
            timeout: Duration::from_secs(arguments.timeout * 60),
        },
    };
    if arguments.dry_run {
        let planned = block_on(cluster::dry_run(&target, &options))?.map_err(CommandError::from)?;
        let done = result(&planned.text);
        return if planned.findings.iter().any(Finding::is_problem) {
            Err(ClusterError::NotReady {
                findings: planned.findings,
            }
            .into())
        } else {
            done
        };
    }
    let progress = Progress::new();
    let made = interruptible(
        cluster::up(&target, &options, &|event| progress.show(event)),
        "the same command goes on from here; `meshdelta cluster down` removes what was made",
    );
    progress.finish();
    made?;
    let flag = target.flag();
    status(&format!(
        "ready; look at it by `meshdelta cluster status {flag}`, and open Grafana by `meshdelta cluster open grafana {flag}`"
    ));
    result("")
}
