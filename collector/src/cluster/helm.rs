//! helm: what is installed, and the calls that install and remove.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::command::Call;
use super::component::{Chart, ComponentId};
use super::error::ClusterError;
use super::release::{LEDGER_LABEL, Mending};
use crate::kubernetes::Access;

/// How much of a digest is kept: enough to tell two apart, and short enough to be looked at.
const DIGEST_BYTES: usize = 16;

/// The helm program, bound to a cluster. The cluster is named in every call: the current context is never relied on.
#[derive(Debug, Clone)]
pub(super) struct Helm {
    program: PathBuf,
    access: Access,
}

/// What the user may change about the installing of charts.
#[derive(Debug, Clone, Default)]
pub struct ChartOptions {
    /// More values files for a component, that win over this project's values.
    pub values: Vec<(ComponentId, PathBuf)>,
    /// A folder with charts (`NAME-VERSION.tgz`, or an unpacked `NAME`) in place of the repositories.
    pub folder: Option<PathBuf>,
    /// How long each installation may take.
    pub timeout: Duration,
}

/// What of the cluster decides about values.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Whether it is a kind cluster that this program made.
    pub(super) on_kind: bool,
    /// Whether custom resource definitions of the component are there that somebody else made.
    pub(super) has_foreign_definitions: bool,
}

impl Place {
    fn values(self, chart: &Chart) -> impl Iterator<Item = &'static str> {
        let of_kind = self.on_kind.then_some(chart.kind_values);
        let without = self
            .has_foreign_definitions
            .then_some(chart.without_definitions);
        of_kind.into_iter().chain(without).flatten().copied()
    }
}

impl Helm {
    pub(super) fn new(program: PathBuf, access: Access) -> Self {
        Self { program, access }
    }

    pub(super) fn call<Argument: Into<String>>(
        &self,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Call {
        let mut call = Call::new(&self.program, arguments);
        if let Some(kubeconfig) = &self.access.kubeconfig {
            call.arguments
                .extend(["--kubeconfig".to_owned(), kubeconfig.display().to_string()]);
        }
        if let Some(context) = &self.access.context {
            call.arguments
                .extend(["--kube-context".to_owned(), context.clone()]);
        }
        call
    }

    /// Returns the call that installs a chart, or upgrades to it, with the id of the ledger on the release.
    pub(super) fn install(
        &self,
        component: ComponentId,
        chart: &Chart,
        place: Place,
        options: &ChartOptions,
        ledger: &str,
    ) -> Call {
        let mut call = self.call(["upgrade", "--install", chart.release]);
        let local = options
            .folder
            .as_deref()
            .and_then(|folder| local_chart(folder, chart));
        match local {
            Some(path) => call.arguments.push(path.display().to_string()),
            None => call.arguments.extend(words([
                chart.name,
                "--repo",
                chart.repository,
                "--version",
                chart.version,
            ])),
        }
        let timeout = format!("{}s", options.timeout.as_secs());
        let label = format!("{LEDGER_LABEL}={ledger}");
        call.arguments.extend(words([
            "--namespace",
            chart.namespace,
            "--labels",
            &label,
            "--wait",
            "--timeout",
            &timeout,
            // Whatever was set by hand before does not stay: the values are those below.
            "--reset-values",
            "--values",
            "-",
        ]));
        for (_, file) in options.values.iter().filter(|(id, _)| *id == component) {
            call.arguments
                .extend(["--values".to_owned(), file.display().to_string()]);
        }
        for value in place.values(chart) {
            call.arguments.extend(words(["--set", value]));
        }
        call.input = Some(chart.values.to_owned());
        call
    }

    /// Returns the call that makes a release ready for being installed or upgraded again.
    pub(super) fn mend(&self, chart: &Chart, mending: Mending, timeout: Duration) -> Call {
        match mending {
            Mending::Uninstall => self.uninstall(chart.release, chart.namespace, timeout),
            Mending::RollBack => {
                let timeout = format!("{}s", timeout.as_secs());
                self.call([
                    "rollback",
                    chart.release,
                    "--namespace",
                    chart.namespace,
                    "--timeout",
                    &timeout,
                ])
            }
        }
    }

    /// Returns the call that removes a release and waits until its objects are gone.
    pub(super) fn uninstall(&self, release: &str, namespace: &str, timeout: Duration) -> Call {
        let timeout = format!("{}s", timeout.as_secs());
        self.call([
            "uninstall",
            release,
            "--namespace",
            namespace,
            "--ignore-not-found",
            "--wait",
            "--timeout",
            &timeout,
        ])
    }
}

fn words<const COUNT: usize>(words: [&str; COUNT]) -> [String; COUNT] {
    words.map(str::to_owned)
}

pub(super) fn invalid(call: &Call, error: &serde_json::Error) -> ClusterError {
    ClusterError::AnswerInvalid {
        call: call.line(),
        reason: error.to_string(),
    }
}

/// Finds a chart in a folder; the packed one of the very version first.
fn local_chart(folder: &Path, chart: &Chart) -> Option<PathBuf> {
    let packed = folder.join(format!("{}-{}.tgz", chart.name, chart.version));
    let unpacked = folder.join(chart.name);
    if packed.is_file() {
        Some(packed)
    } else {
        unpacked.join("Chart.yaml").is_file().then_some(unpacked)
    }
}

/// Returns a digest of everything that decides what an installation makes: when it is the same, there is nothing to do.
pub(super) fn fingerprint(
    component: ComponentId,
    chart: &Chart,
    place: Place,
    options: &ChartOptions,
) -> Result<String, ClusterError> {
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    parts.insert(
        "chart".to_owned(),
        format!("{}-{}", chart.name, chart.version),
    );
    parts.insert("values".to_owned(), chart.values.to_owned());
    let set: Vec<_> = place.values(chart).collect();
    parts.insert("set".to_owned(), set.join("\n"));
    let files = options.values.iter().filter(|(id, _)| *id == component);
    for (index, (_, file)) in files.enumerate() {
        parts.insert(format!("file {index}"), fs_err::read_to_string(file)?);
    }
    Ok(digest(&format!("{parts:?}")))
}

/// Returns a digest of a text, in hexadecimal digits.
pub(super) fn digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    let (beginning, _) = digest.split_at(DIGEST_BYTES);
    beginning.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::component::COMPONENTS;

    const ON_KIND: Place = Place {
        on_kind: true,
        has_foreign_definitions: false,
    };

    fn chart(id: ComponentId) -> &'static Chart {
        let component = COMPONENTS.iter().find(|component| component.id == id);
        component.and_then(|component| component.chart()).unwrap()
    }

    fn helm() -> Helm {
        let access = Access {
            kubeconfig: Some("/state/kubeconfig".into()),
            context: Some("kind-meshdelta".to_owned()),
        };
        Helm::new("helm".into(), access)
    }

    fn options() -> ChartOptions {
        ChartOptions {
            timeout: Duration::from_mins(10),
            ..ChartOptions::default()
        }
    }

    #[test]
    fn a_chart_is_installed_at_its_version_with_its_values_and_waited_for() {
        let metrics = chart(ComponentId::MetricsServer);
        let call = helm().install(
            ComponentId::MetricsServer,
            metrics,
            ON_KIND,
            &options(),
            "the-uid",
        );
        insta::assert_snapshot!(call, @r#"
        helm upgrade --install metrics-server --kubeconfig /state/kubeconfig --kube-context kind-meshdelta metrics-server --repo https://kubernetes-sigs.github.io/metrics-server/ --version 3.13.1 --namespace kube-system --labels 'meshdelta.io/ledger=the-uid' --wait --timeout 600s --reset-values --values - --set 'args={--kubelet-insecure-tls}' <<'END'
        affinity:
          nodeAffinity:
            preferredDuringSchedulingIgnoredDuringExecution:
              - weight: 100
                preference: {matchExpressions: [{key: meshdelta.io/role, operator: In, values: [infra]}]}
        END
        "#);
    }

    #[test]
    fn values_of_the_user_come_after_those_of_the_project() {
        let options = ChartOptions {
            values: vec![
                (ComponentId::Istiod, "mirror.yaml".into()),
                (ComponentId::Kiali, "other.yaml".into()),
            ],
            ..options()
        };
        let call = helm().install(
            ComponentId::Istiod,
            chart(ComponentId::Istiod),
            Place::default(),
            &options,
            "the-uid",
        );
        let line = call.line();
        assert!(line.ends_with("--values - --values mirror.yaml"), "{line}");
    }

    #[test]
    fn a_folder_of_charts_stands_in_for_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("cni")).unwrap();
        fs_err::write(folder.path().join("cni/Chart.yaml"), "").unwrap();
        let options = ChartOptions {
            folder: Some(folder.path().to_owned()),
            ..options()
        };
        let line = helm()
            .install(
                ComponentId::IstioCni,
                chart(ComponentId::IstioCni),
                Place::default(),
                &options,
                "the-uid",
            )
            .line();
        assert!(
            line.contains("/cni --namespace istio-system --labels") && !line.contains("--repo"),
            "{line}"
        );
    }

    #[test]
    fn definitions_of_others_are_left_to_them() {
        let place = Place {
            on_kind: false,
            has_foreign_definitions: true,
        };
        let operator = chart(ComponentId::K6Operator);
        let line = helm()
            .install(
                ComponentId::K6Operator,
                operator,
                place,
                &options(),
                "the-uid",
            )
            .line();
        assert!(
            line.ends_with("--values - --set 'installCRDs=false'"),
            "{line}"
        );
    }

    #[test]
    fn other_values_make_another_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("values.yaml");
        fs_err::write(&file, "a: 1").unwrap();
        let with = ChartOptions {
            values: vec![(ComponentId::Istiod, file.clone())],
            ..options()
        };
        let (istiod, without) = (chart(ComponentId::Istiod), options());
        let print =
            |options| fingerprint(ComponentId::Istiod, istiod, Place::default(), options).unwrap();
        let first = print(&with);
        assert_eq!(first, print(&with));
        assert_ne!(first, print(&without));
        fs_err::write(&file, "a: 2").unwrap();
        assert_ne!(first, print(&with));
    }
}
