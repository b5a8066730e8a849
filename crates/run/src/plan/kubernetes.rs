//! What holds for Kubernetes only: where in which cluster, with which images and resources, and the user's own phases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::custom_phase::CustomPhase;
use crate::RunError;

/// The context that `meshdelta cluster up` makes.
pub const KIND_CONTEXT: &str = "kind-meshdelta";

/// The table `[kubernetes]`; every setting has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KubernetesPlan {
    /// The kubeconfig; when absent, what `KUBECONFIG` names, or `~/.kube/config`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; when absent, its current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The namespace of the servers. It carries no label of a mesh: pods say by themselves whether they belong to one.
    pub namespace: String,
    /// The namespace of the load.
    pub load_namespace: String,
    /// The namespace of Istio's control plane and ztunnel.
    pub istio_namespace: String,
    /// The revision of Istio to use (label `istio.io/rev`); when absent, the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub istio_revision: Option<String>,
    /// How many k6 runners share the load.
    pub parallelism: u32,
    /// Pods of each server Deployment.
    pub replicas: u32,
    /// Pods of the waypoint.
    pub waypoint_replicas: u32,
    /// Where Prometheus is in the cluster (`namespace/service:port`): k6 writes to it, and this program reads from it through the API server.
    pub prometheus: String,
    /// An address of Prometheus as seen from here, in place of the API server's proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus_url: Option<String>,
    /// The address that k6 writes to, as seen from its pods, where it is not the Service above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus_write_url: Option<String>,
    /// Seconds between two scrapes of the mesh's proxies.
    pub scrape_interval_seconds: u32,
    /// Where Grafana is in the cluster (`namespace/service:port`); empty for none.
    pub grafana: String,
    /// An address of Grafana as seen from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grafana_url: Option<String>,
    /// The Secret with `admin-user` and `admin-password` of Grafana, in its namespace. `MESHDELTA_GRAFANA_TOKEN` wins over it.
    pub grafana_secret: String,
    /// Keeps what the run made in the cluster.
    pub keep: bool,
    /// Seconds that pods may take to become ready.
    pub ready_timeout_seconds: u32,
    /// Seconds that the runners may take beyond the length of the load, their proof before it included, before they count as hanging.
    pub load_grace_seconds: u32,
    /// The images.
    pub images: Images,
    /// Secrets to pull the images with, in both namespaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub image_pull_secrets: Vec<String>,
    /// CPU and memory.
    pub resources: Resources,
    /// Where the load runs.
    pub load: Placement,
    /// Where the servers and the waypoint run.
    pub servers: Placement,
    /// Phases that the plan defines by itself.
    #[serde(rename = "phase", skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<CustomPhase>,
}

/// The images. A mirror is named by the whole name of the image there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Images {
    /// The runners.
    pub k6: String,
    /// What the operator starts the runners with.
    pub starter: String,
    /// The servers: Fortio.
    pub server: String,
}

/// CPU and memory of what the run starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resources {
    /// Of each runner: requested, and the limit too.
    pub k6: Amounts,
    /// Of each server: requested, and the limit too.
    pub server: Amounts,
    /// What sidecars and waypoints request.
    pub proxy_requests: Amounts,
    /// What sidecars and waypoints may use at most. The same for both, because a limit decides the result.
    pub proxy_limits: Amounts,
}

/// CPU and memory as Kubernetes writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// For example `500m`.
    pub cpu: String,
    /// For example `128Mi`.
    pub memory: String,
}

impl Amounts {
    /// Makes amounts.
    pub fn new(cpu: &str, memory: &str) -> Self {
        Self {
            cpu: cpu.to_owned(),
            memory: memory.to_owned(),
        }
    }
}

/// The nodes that pods may run on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Placement {
    /// Labels that the node must have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// Taints that are tolerated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<Toleration>,
}

/// A taint that is tolerated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Toleration {
    /// The key of the taint.
    pub key: String,
    /// Its value; absent for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
}

/// What flags say about Kubernetes; each wins over the plan file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KubernetesFlags {
    /// See [`KubernetesPlan::kubeconfig`].
    pub kubeconfig: Option<PathBuf>,
    /// See [`KubernetesPlan::context`].
    pub context: Option<String>,
    /// See [`KubernetesPlan::parallelism`].
    pub parallelism: Option<u32>,
    /// See [`KubernetesPlan::prometheus_url`].
    pub prometheus_url: Option<String>,
    /// See [`KubernetesPlan::grafana_url`].
    pub grafana_url: Option<String>,
    /// See [`KubernetesPlan::keep`].
    pub keep: bool,
}

impl Default for KubernetesPlan {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            namespace: "meshdelta".to_owned(),
            load_namespace: "meshdelta-load".to_owned(),
            istio_namespace: "istio-system".to_owned(),
            istio_revision: None,
            parallelism: 2,
            replicas: 2,
            waypoint_replicas: 2,
            prometheus: "monitoring/kps-prometheus:9090".to_owned(),
            prometheus_url: None,
            prometheus_write_url: None,
            scrape_interval_seconds: 15,
            grafana: "monitoring/kps-grafana:80".to_owned(),
            grafana_url: None,
            grafana_secret: "kps-grafana".to_owned(),
            keep: false,
            ready_timeout_seconds: 300,
            load_grace_seconds: 240,
            images: Images::default(),
            image_pull_secrets: Vec::new(),
            resources: Resources::default(),
            load: Placement::default(),
            servers: Placement::default(),
            phases: Vec::new(),
        }
    }
}

impl Default for Images {
    fn default() -> Self {
        Self {
            k6: "docker.io/grafana/k6:2.2.0".to_owned(),
            starter: "ghcr.io/grafana/k6-operator:starter-v1.6.0".to_owned(),
            server: "docker.io/fortio/fortio:1.75.2".to_owned(),
        }
    }
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            k6: Amounts::new("1", "1Gi"),
            server: Amounts::new("1", "256Mi"),
            // Istio's own defaults, said aloud.
            proxy_requests: Amounts::new("100m", "128Mi"),
            proxy_limits: Amounts::new("2", "1Gi"),
        }
    }
}

impl KubernetesFlags {
    /// Puts what the flags say into a plan.
    pub(super) fn apply(self, plan: &mut KubernetesPlan) {
        fn replace<Value>(setting: &mut Option<Value>, flag: Option<Value>) {
            if flag.is_some() {
                *setting = flag;
            }
        }
        replace(&mut plan.kubeconfig, self.kubeconfig);
        replace(&mut plan.context, self.context);
        replace(&mut plan.prometheus_url, self.prometheus_url);
        replace(&mut plan.grafana_url, self.grafana_url);
        plan.parallelism = self.parallelism.unwrap_or(plan.parallelism);
        plan.keep |= self.keep;
    }
}

impl KubernetesPlan {
    /// Returns the user's own phase of that id.
    pub fn custom_phase(&self, id: &crate::PhaseId) -> Option<&CustomPhase> {
        self.phases.iter().find(|phase| phase.id == *id)
    }

    /// Reads the manifests of the user's own phases; they are named relative to the plan file.
    pub fn read_manifests(&mut self, plan_folder: &Path) -> Result<(), RunError> {
        for phase in &mut self.phases {
            phase.read_manifests(plan_folder)?;
        }
        Ok(())
    }

    /// Checks what no type can.
    pub(super) fn validate(
        &self,
        rate_per_second: u32,
        virtual_users: u32,
    ) -> Result<(), RunError> {
        for (setting, name) in [
            ("namespace", &self.namespace),
            ("load_namespace", &self.load_namespace),
            ("istio_namespace", &self.istio_namespace),
        ] {
            check(setting, is_name(name), || {
                format!("`{name}` is no name of a namespace")
            })?;
        }
        for (setting, url) in [
            ("prometheus_url", &self.prometheus_url),
            ("prometheus_write_url", &self.prometheus_write_url),
            ("grafana_url", &self.grafana_url),
        ] {
            check(
                setting,
                url.as_deref().is_none_or(|url| !url.contains('@')),
                || "it is stored in the run, so it must hold no credentials".to_owned(),
            )?;
        }
        check(
            "load_namespace",
            self.namespace != self.load_namespace,
            || "it must not be the namespace of the servers".to_owned(),
        )?;
        let ranges = [
            ("parallelism", self.parallelism, 1, 1000),
            ("replicas", self.replicas, 1, 1000),
            ("waypoint_replicas", self.waypoint_replicas, 1, 1000),
            (
                "scrape_interval_seconds",
                self.scrape_interval_seconds,
                1,
                300,
            ),
            ("ready_timeout_seconds", self.ready_timeout_seconds, 1, 3600),
            ("load_grace_seconds", self.load_grace_seconds, 1, 3600),
        ];
        for (setting, value, minimum, maximum) in ranges {
            check(setting, (minimum..=maximum).contains(&value), || {
                format!("{value} is not between {minimum} and {maximum}")
            })?;
        }
        let share = self.parallelism;
        check(
            "parallelism",
            share <= rate_per_second && share <= virtual_users,
            || {
                format!(
                    "{share} runners cannot share {rate_per_second} requests per second and {virtual_users} virtual users"
                )
            },
        )?;
        for (setting, image) in [
            ("images.k6", &self.images.k6),
            ("images.starter", &self.images.starter),
            ("images.server", &self.images.server),
        ] {
            check(setting, is_pinned(image), || {
                format!(
                    "`{image}` needs a tag that is not `latest`, or a digest: a run must say what it measured"
                )
            })?;
        }
        for phase in &self.phases {
            phase.validate()?;
        }
        Ok(())
    }
}

pub(super) fn check(
    setting: &str,
    holds: bool,
    reason: impl FnOnce() -> String,
) -> Result<(), RunError> {
    if holds {
        return Ok(());
    }
    Err(RunError::KubernetesSettingInvalid {
        setting: setting.to_owned(),
        reason: reason(),
    })
}

/// Tells whether the text is a DNS label (RFC 1123), which names of namespaces are.
pub(super) fn is_name(text: &str) -> bool {
    let is_inner = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.chars().all(|letter| is_inner(letter) || letter == '-')
        && text.starts_with(is_inner)
        && text.ends_with(is_inner)
}

/// Tells whether an image is named by a tag other than `latest`, or by a digest.
fn is_pinned(image: &str) -> bool {
    if image.contains("@sha256:") {
        return true;
    }
    let name = image.rsplit('/').next().unwrap_or_default();
    name.split_once(':')
        .is_some_and(|(_, tag)| !tag.is_empty() && !tag.contains("latest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_images_are_checked() {
        assert!(is_name("meshdelta-load") && is_name("a1"));
        for wrong in ["", "-a", "a-", "A", "a.b", "a_b"] {
            assert!(!is_name(wrong), "{wrong}");
        }
        assert!(is_pinned("docker.io/grafana/k6:2.2.0") && is_pinned("k6@sha256:00"));
        for wrong in [
            "k6",
            "host:5000/k6",
            "k6:latest",
            "x/k6-operator:latest-starter",
            "k6:",
        ] {
            assert!(!is_pinned(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_defaults_are_valid_and_a_load_that_cannot_be_shared_is_not() {
        let plan = KubernetesPlan::default();
        plan.validate(200, 50).unwrap();
        let error = plan.validate(1, 50).unwrap_err().to_string();
        assert!(
            error.contains("2 runners cannot share 1 requests"),
            "{error}"
        );
        let same = KubernetesPlan {
            load_namespace: "meshdelta".to_owned(),
            ..plan
        };
        assert!(same.validate(200, 50).is_err());
    }

    #[test]
    fn flags_win() {
        let mut plan = KubernetesPlan {
            context: Some("file".to_owned()),
            parallelism: 3,
            ..KubernetesPlan::default()
        };
        let flags = KubernetesFlags {
            context: Some("flag".to_owned()),
            keep: true,
            ..KubernetesFlags::default()
        };
        flags.apply(&mut plan);
        assert_eq!(plan.context.as_deref(), Some("flag"));
        assert_eq!((plan.parallelism, plan.keep), (3, true));
    }
}
