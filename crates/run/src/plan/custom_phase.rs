//! A phase that a plan defines by itself: what to apply, what to wait for, what to load, and how to prove that the load took its path.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::kubernetes::check;
use crate::{Phase, PhaseId, RunError};

/// A phase of the table `[[kubernetes.phase]]`.
///
/// In `target`, in the manifests and in the queries `{{ namespace }}`, `{{ load_namespace }}`, `{{ run }}` and `{{ server_image }}` are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomPhase {
    /// The identity; `baseline` replaces the built-in baseline.
    pub id: PhaseId,
    /// The title for people.
    pub title: String,
    /// The way of a request, for people.
    pub data_path: String,
    /// The address that k6 loads, as seen from its pods.
    pub target: String,
    /// Files with the objects of the phase, relative to the plan file. They are applied once, before the first slot.
    #[serde(default)]
    pub manifests: Vec<PathBuf>,
    /// What is in the files. It is stored with the run, so that the run says what it measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub manifest_texts: BTreeMap<String, String>,
    /// Labels of the runners' pods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub runner_labels: BTreeMap<String, String>,
    /// Annotations of the runners' pods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub runner_annotations: BTreeMap<String, String>,
    /// What must hold before the load.
    #[serde(default, rename = "gate", skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<PhaseGate>,
    /// What must hold after the load.
    #[serde(default, rename = "proof", skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<PhaseProof>,
    /// Whose CPU and memory the phase costs.
    #[serde(default, rename = "component", skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<PhaseComponent>,
}

/// A condition of an object, or containers of pods, that are waited for before each load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseGate {
    /// Group and version, for example `apps/v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; that of the servers when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object.
    pub name: String,
    /// The type of the condition that must be `True`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// For a Deployment: a container that each of its pods must have, ready (a proxy).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}

/// A counter that must have grown as the phase says, from before the load to after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseProof {
    /// What is counted, for people.
    pub name: String,
    /// An instant query in `PromQL` of a counter, without `rate` or `increase`.
    pub query: String,
    /// How much it must have grown.
    pub grows: Growth,
}

/// How much a counter must have grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Growth {
    /// By as much as k6 made requests, within 2 %.
    ByRequests,
    /// By anything.
    Some,
    /// Not at all.
    None,
}

/// Containers whose CPU and memory belong to the phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseComponent {
    /// The role that the report shows, for example `server-sidecar`.
    pub role: String,
    /// The matchers of the containers among cAdvisor's series, for example `namespace="{{ namespace }}",container="linkerd-proxy"`.
    pub matchers: String,
}

impl CustomPhase {
    /// Returns what the report says about the phase.
    pub fn phase(&self) -> Phase {
        Phase {
            id: self.id.clone(),
            title: self.title.clone(),
            data_path: self.data_path.clone(),
        }
    }

    pub(super) fn read_manifests(&mut self, plan_folder: &Path) -> Result<(), RunError> {
        for file in &self.manifests {
            let text = fs::read_to_string(plan_folder.join(file))?;
            self.manifest_texts.insert(file.display().to_string(), text);
        }
        Ok(())
    }

    pub(super) fn validate(&self) -> Result<(), RunError> {
        let setting = |name: &str| format!("phase.{}.{name}", self.id);
        check(
            &setting("target"),
            self.target.starts_with("http://") || self.target.starts_with("https://"),
            || format!("`{}` does not begin with http:// or https://", self.target),
        )?;
        check(
            &setting("proof"),
            self.phase().is_baseline() || !self.proofs.is_empty(),
            || "a phase without a proof may measure something else than it says".to_owned(),
        )?;
        for proof in &self.proofs {
            check(
                &setting("proof"),
                !["rate(", "increase("]
                    .iter()
                    .any(|function| proof.query.contains(function)),
                || {
                    format!(
                        "`{}` must be a counter: growth is taken from its raw values, not estimated",
                        proof.query
                    )
                },
            )?;
        }
        for gate in &self.gates {
            check(
                &setting("gate"),
                gate.condition.is_some() || gate.container.is_some(),
                || {
                    format!(
                        "the gate of `{}` names neither a condition nor a container",
                        gate.name
                    )
                },
            )?;
        }
        Ok(())
    }
}
