//! Releases of helm: what is installed, and what of it this program installed.
//!
//! Names say nothing: somebody may remove a release of ours and install another one under its name. So each carries the id of the ledger that
//! knows it, as a label that helm keeps on its record of the release.

use serde::Deserialize;

use super::error::ClusterError;
use super::helm::{Helm, invalid};
use super::ledger::InstalledComponent;

/// The label on helm's record of every release of this program; its value is the `uid` of the ledger.
pub(super) const LEDGER_LABEL: &str = "meshdelta.io/ledger";

/// A release, as `helm list` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Release {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) status: String,
    /// Name and version of the chart with a hyphen between.
    pub(super) chart: String,
    /// Whether it has the label of the ledger.
    #[serde(skip)]
    pub(super) is_ours: bool,
}

impl Release {
    /// Says what it is.
    pub(super) fn title(&self) -> String {
        let Self {
            name,
            namespace,
            status,
            chart,
            ..
        } = self;
        format!("release {name} ({chart}, {status}) in namespace {namespace}")
    }
}

impl InstalledComponent {
    /// Tells whether somebody else's release is there now in place of the one that was made of it.
    pub(super) fn is_replaced(&self, releases: &[Release]) -> bool {
        let Some(made) = &self.release else {
            return false;
        };
        let mut releases = releases.iter();
        releases.any(|release| {
            !release.is_ours && release.name == made.name && release.namespace == made.namespace
        })
    }
}

/// What a release needs before it can be installed or upgraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mending {
    /// An installation that never ended is removed.
    Uninstall,
    /// An upgrade that never ended is taken back.
    RollBack,
}

/// Tells what has to be done about a release of a status; statuses as in helm's `pkg/release/common/status.go`.
pub(super) fn mending(status: &str) -> Option<Mending> {
    match status {
        "pending-install" | "uninstalling" => Some(Mending::Uninstall),
        "pending-upgrade" | "pending-rollback" => Some(Mending::RollBack),
        _ => None,
    }
}

impl Helm {
    /// Lists the releases of all namespaces, those that never became ready too. `ledger` is the id of the ledger, when there is one.
    pub(super) async fn list(&self, ledger: Option<&str>) -> Result<Vec<Release>, ClusterError> {
        self.releases(&["--all-namespaces"], ledger).await
    }

    /// Returns a release as it is now; `None` when it is not there.
    pub(super) async fn release(
        &self,
        name: &str,
        namespace: &str,
        ledger: Option<&str>,
    ) -> Result<Option<Release>, ClusterError> {
        let filter = format!("^{name}$");
        let place = ["--namespace", namespace, "--filter", &filter];
        let found = self.releases(&place, ledger).await?;
        Ok(found.into_iter().find(|release| release.name == name))
    }

    async fn releases(
        &self,
        place: &[&str],
        ledger: Option<&str>,
    ) -> Result<Vec<Release>, ClusterError> {
        let mut all = self.listed(place, None).await?;
        if let Some(ledger) = ledger
            && !all.is_empty()
        {
            let selector = format!("{LEDGER_LABEL}={ledger}");
            let own = self.listed(place, Some(&selector)).await?;
            for release in &mut all {
                // By name only: the status may change between the two calls.
                let is_same =
                    |one: &Release| one.name == release.name && one.namespace == release.namespace;
                release.is_ours = own.iter().any(is_same);
            }
        }
        Ok(all)
    }

    async fn listed(
        &self,
        place: &[&str],
        selector: Option<&str>,
    ) -> Result<Vec<Release>, ClusterError> {
        let states = ["--deployed", "--failed", "--pending", "--uninstalling"];
        let mut arguments = vec!["list"];
        arguments.extend(place);
        arguments.extend(states);
        arguments.extend(selector.into_iter().flat_map(|one| ["--selector", one]));
        arguments.extend(["--max", "0", "--output", "json"]);
        let call = self.call(arguments);
        let text = call.run().await?;
        serde_json::from_str(&text).map_err(|error| invalid(&call, &error))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::kubernetes::Access;

    /// Answers as helm 4.3.1 does; only one of the releases has the label.
    const HELM: &str = r#"#!/bin/sh
echo "$*" >> "$0.calls"
ours='{"name":"kps","namespace":"monitoring","revision":"1","updated":"","status":"deployed","chart":"kube-prometheus-stack-88.5.3","app_version":""}'
theirs='{"name":"istiod","namespace":"istio-system","revision":"1","updated":"","status":"failed","chart":"istiod-1.30.3","app_version":""}'
case "$*" in
  *"--selector meshdelta.io/ledger=the-uid"*) echo "[$ours]" ;;
  *--selector*) echo "[]" ;;
  *) echo "[$theirs,$ours]" ;;
esac
"#;

    fn helm() -> (tempfile::TempDir, Helm) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("helm");
        fs_err::write(&program, HELM).unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        fs_err::set_permissions(&program, executable).unwrap();
        (folder, Helm::new(program, Access::default()))
    }

    #[tokio::test]
    async fn only_releases_with_the_label_of_the_ledger_are_ours() {
        let (_folder, helm) = helm();
        let seen = |releases: Vec<Release>| -> Vec<(String, bool)> {
            let releases = releases.into_iter();
            releases
                .map(|release| (release.name, release.is_ours))
                .collect()
        };
        let expected = |ours| vec![("istiod".to_owned(), false), ("kps".to_owned(), ours)];
        assert_eq!(
            seen(helm.list(Some("the-uid")).await.unwrap()),
            expected(true)
        );
        assert_eq!(
            seen(helm.list(Some("another")).await.unwrap()),
            expected(false)
        );
        assert_eq!(seen(helm.list(None).await.unwrap()), expected(false));
    }

    #[tokio::test]
    async fn one_release_is_asked_for_by_its_whole_name() {
        let (folder, helm) = helm();
        let found = helm.release("istiod", "istio-system", Some("the-uid"));
        let found = found.await.unwrap().unwrap();
        assert!(!found.is_ours);
        assert_eq!(
            found.title(),
            "release istiod (istiod-1.30.3, failed) in namespace istio-system"
        );
        let gone = helm.release("kiali-server", "istio-system", None).await;
        assert_eq!(gone.unwrap(), None);
        let calls = fs_err::read_to_string(folder.path().join("helm.calls")).unwrap();
        let first = calls.lines().next().unwrap();
        assert!(
            first.starts_with("list --namespace istio-system --filter ^istiod$ --deployed"),
            "{first}"
        );
    }

    #[test]
    fn pending_releases_are_mended_and_others_are_not() {
        assert_eq!(mending("pending-install"), Some(Mending::Uninstall));
        assert_eq!(mending("uninstalling"), Some(Mending::Uninstall));
        assert_eq!(mending("pending-upgrade"), Some(Mending::RollBack));
        assert_eq!(mending("pending-rollback"), Some(Mending::RollBack));
        assert_eq!(mending("deployed"), None);
        assert_eq!(mending("failed"), None);
    }
}
