//! What can be checked before a run: nothing is changed.

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::api::{DynamicObject, ListParams};
use kube::{Api, ResourceExt};
use meshdelta_run::Plan;

use super::data_path::DataPath;
use super::injector::{INJECTOR, missing_injector};
use super::inspect::ZTUNNEL;
use super::manifests::RUNNER_ACCESS_NAME;
use super::namespaces::run_of;
use super::rights::{Asked, needed};
use super::session::Session;
use super::test_run::test_run_kind;
use crate::error::CollectorError;
use crate::kubernetes::{KindName, KubernetesError, Right};

impl Session {
    pub(super) fn check_phases(&self, plan: &Plan) -> Result<(), CollectorError> {
        for phase in &plan.phases {
            let is_known =
                self.plan.custom_phase(&phase.id).is_some() || DataPath::of(&phase.id).is_some();
            if !is_known {
                return Err(CollectorError::PhaseUnsupported {
                    phase: phase.id.clone(),
                });
            }
        }
        Ok(())
    }

    pub(super) async fn check_rights(
        &self,
        objects: &[DynamicObject],
        paths: &[DataPath],
    ) -> Result<(), CollectorError> {
        // Fails by name where k6-operator is missing, before rights are asked for that nobody could have.
        self.cluster.resource(&test_run_kind()).await?;
        let asked = Asked {
            prometheus: match self.plan.prometheus_url {
                Some(_) => None,
                None => Some(self.prometheus_service()?),
            },
            ztunnel: paths.iter().any(|path| path.workload().is_ambient()),
            injector: paths.iter().any(|path| path.workload().has_sidecar()),
        };
        let mut rights = needed(&self.cluster, &self.plan, objects, &asked).await?;
        for name in [&self.plan.namespace, &self.plan.load_namespace] {
            // Where it may not be read, that is among the rights already.
            let is_made = match self.namespace(name).await {
                Ok(found) => found.is_none_or(|found| run_of(&found).is_some()),
                Err(_) => false,
            };
            if is_made {
                let verbs = ["list", "create", "patch", "delete"];
                rights.extend(verbs.map(|verb| Right::new(verb, "", "namespaces", None)));
                self.foresee_removal(name).await?;
            }
        }
        rights.sort();
        rights.dedup();
        Ok(self.cluster.check_rights(&rights).await?)
    }

    /// Leaves out what lets k6-operator reach the runners of ambient phases, where the user may not make it: most meshes need it not.
    pub(super) async fn leave_out_access(
        &self,
        objects: &mut Vec<DynamicObject>,
    ) -> Result<(), KubernetesError> {
        let Some(place) = objects.iter().position(is_access) else {
            return Ok(());
        };
        let load = self.plan.load_namespace.as_str();
        let right = Right::new(
            "create",
            "security.istio.io",
            "peerauthentications",
            Some(load),
        );
        if !self.cluster.may(&right).await? {
            tracing::warn!(
                "where the mesh takes nothing but mutual TLS, the runners of the ambient phases will not start: the right to {right} is missing"
            );
            objects.remove(place);
        }
        Ok(())
    }

    /// Says so before the run when the namespace, which it makes, would have to stay after it: only who may list every kind sees that nothing
    /// of others is in it.
    async fn foresee_removal(&self, namespace: &str) -> Result<(), KubernetesError> {
        let everything = Right::new("list", "*", "*", Some(namespace));
        if !self.cluster.may(&everything).await? {
            tracing::warn!(
                "namespace `{namespace}` will be made and then stay, empty: without the right to {everything} nobody can tell whether others have something in it"
            );
        }
        Ok(())
    }

    /// Checks that what the phases need of Istio is there.
    pub(super) async fn check_mesh(&self, paths: &[DataPath]) -> Result<(), CollectorError> {
        if paths.iter().any(|path| path.workload().has_sidecar()) {
            self.check_injector().await?;
        }
        if paths.iter().any(|path| path.workload().is_ambient()) {
            let namespace = &self.plan.istio_namespace;
            if self.pods_by_label(namespace, ZTUNNEL).await?.is_empty() {
                return Err(self.mesh_missing(format!(
                    "no ztunnel (a pod with the label {ZTUNNEL} in namespace {namespace})"
                )));
            }
        }
        Ok(())
    }

    fn mesh_missing(&self, what: String) -> CollectorError {
        CollectorError::MeshMissing {
            context: self.cluster.context().to_owned(),
            what,
        }
    }

    async fn check_injector(&self) -> Result<(), CollectorError> {
        let webhooks: Api<MutatingWebhookConfiguration> = Api::all(self.cluster.client().clone());
        let injectors = ListParams::default().labels(INJECTOR);
        let found = webhooks.list(&injectors).await;
        let found = found.map_err(|error| self.cluster.failed("list sidecar injectors", &error))?;
        match missing_injector(&found.items, self.plan.istio_revision.as_deref()) {
            Some(what) => Err(self.mesh_missing(what)),
            None => Ok(()),
        }
    }
}

fn is_access(object: &DynamicObject) -> bool {
    KindName::of(object).is_some_and(|kind| kind.kind == "PeerAuthentication")
        && object.name_any() == RUNNER_ACCESS_NAME
}
