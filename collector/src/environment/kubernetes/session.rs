//! What lasts for a whole run: the connection, the Lease, and the list of what was made.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::api::core::v1::Node;
use kube::api::{DynamicObject, ListParams};
use kube::{Api, ResourceExt};
use meshdelta_run::RunId;
use meshdelta_run::plan::KubernetesPlan;

use super::grafana::Grafana;
use super::lease::{HeldLease, Refusal};
use super::not_prepared;
use crate::error::CollectorError;
use crate::kubernetes::{
    Access, Cluster, KindName, KubernetesError, MANAGED_BY, MANAGED_BY_LABEL, RUN_LABEL, Scope,
    ServicePort,
};
use crate::prometheus::{PrometheusClient, PrometheusUrl, ServiceProxy};

/// How long everything that the run made may take to go.
const REMOVE_DEADLINE: Duration = Duration::from_mins(3);

/// A run in a cluster.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) cluster: Cluster,
    pub(super) plan: KubernetesPlan,
    pub(super) run_id: RunId,
    pub(super) nodes: Vec<Node>,
    pub(super) grafana: Option<Grafana>,
    prometheus: Option<PrometheusClient>,
    lease: Option<HeldLease>,
    /// Where the run made something, in the order of making.
    made: Vec<Scope>,
}

impl Session {
    /// Connects to the cluster; nothing is changed in it.
    pub(super) async fn connect(
        plan: KubernetesPlan,
        run_id: &RunId,
    ) -> Result<Self, CollectorError> {
        let access = Access {
            kubeconfig: plan.kubeconfig.clone(),
            context: plan.context.clone(),
        };
        let cluster = Cluster::connect(&access).await?;
        Ok(Self {
            cluster,
            plan,
            run_id: run_id.clone(),
            nodes: Vec::new(),
            grafana: None,
            prometheus: None,
            lease: None,
            made: Vec::new(),
        })
    }

    /// Returns the Prometheus that the run's samples are read from.
    pub(super) fn prometheus(&self) -> Result<&PrometheusClient, CollectorError> {
        self.prometheus.as_ref().ok_or_else(not_prepared)
    }

    /// Returns where Prometheus is in the cluster.
    pub(super) fn prometheus_service(&self) -> Result<ServicePort, CollectorError> {
        self.plan
            .prometheus
            .parse()
            .map_err(|reason| CollectorError::PrometheusQuery {
                url: self.plan.prometheus.clone(),
                reason,
            })
    }

    /// Returns the address that the runners write to.
    pub(super) fn write_url(&self) -> Result<String, CollectorError> {
        match &self.plan.prometheus_write_url {
            Some(url) => Ok(url.clone()),
            None => Ok(format!(
                "{}/api/v1/write",
                self.prometheus_service()?.url_in_cluster()
            )),
        }
    }

    /// Makes the client of Prometheus, and checks that it has what is needed.
    pub(super) async fn connect_prometheus(&mut self) -> Result<(), CollectorError> {
        let client = match &self.plan.prometheus_url {
            Some(url) => PrometheusClient::new(PrometheusUrl::parse(url)?)?,
            None => PrometheusClient::of_service(ServiceProxy::new(
                self.cluster.clone(),
                self.prometheus_service()?,
            ))?,
        };
        client.check_fitness().await?;
        self.prometheus = Some(client);
        Ok(())
    }

    /// Takes the cluster for this run alone.
    pub(super) async fn take_lease(&mut self) -> Result<(), CollectorError> {
        match HeldLease::acquire(&self.cluster, self.run_id.as_str()).await {
            Ok(lease) => {
                self.lease = Some(lease);
                Ok(())
            }
            Err(Refusal::Error(error)) => Err(error.into()),
            Err(Refusal::Held { holder, since }) => Err(CollectorError::ClusterInUse {
                context: self.cluster.context().to_owned(),
                holder,
                since,
            }),
        }
    }

    /// Fails when another run took the cluster because this one could not renew its Lease.
    pub(super) fn check_lease(&self) -> Result<(), CollectorError> {
        match &self.lease {
            Some(lease) if lease.is_lost() => Err(CollectorError::ClusterInUse {
                context: self.cluster.context().to_owned(),
                holder: "another run".to_owned(),
                since: "while this one could not renew its Lease".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Returns the labels of everything that the run makes.
    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (MANAGED_BY_LABEL.to_owned(), MANAGED_BY.to_owned()),
            (RUN_LABEL.to_owned(), self.run_id.to_string()),
        ])
    }

    /// Applies an object, unless one of that name is there that no run made.
    pub(super) async fn make(&mut self, object: &DynamicObject) -> Result<(), CollectorError> {
        let Some(kind) = KindName::of(object) else {
            return Ok(());
        };
        let namespace = object.namespace();
        let name = object.name_any();
        let found = self.cluster.get(&kind, namespace.as_deref(), &name).await?;
        if let Some(found) = found
            && found.labels().get(MANAGED_BY_LABEL).map(String::as_str) != Some(MANAGED_BY)
        {
            return Err(CollectorError::ForeignObject {
                object: format!("{} `{}/{name}`", kind.kind, namespace.unwrap_or_default()),
            });
        }
        let scope = Scope { kind, namespace };
        // Noted before it is made: an apply that is interrupted may have come through.
        if !self.made.contains(&scope) {
            self.made.push(scope);
        }
        self.cluster.apply(object, &self.labels()).await?;
        Ok(())
    }

    /// Reads the nodes of the cluster.
    pub(super) async fn read_nodes(&mut self) -> Result<(), KubernetesError> {
        let nodes: Api<Node> = Api::all(self.cluster.client().clone());
        let found = nodes.list(&ListParams::default()).await;
        self.nodes = found
            .map_err(|error| self.cluster.failed("list nodes", &error))?
            .items;
        Ok(())
    }

    /// Removes what the run made, unless it is to be kept, and gives the cluster free.
    pub(super) async fn remove(mut self) -> Result<(), CollectorError> {
        let lease = self.lease.take();
        let removed = if self.plan.keep {
            Ok(())
        } else {
            self.delete_made().await
        };
        let released = match lease {
            Some(lease) => lease.release().await,
            None => Ok(()),
        };
        removed
            .and(released)
            .map_err(|error| CollectorError::LeftInCluster {
                selector: format!("{RUN_LABEL}={}", self.run_id),
                namespaces: self.namespaces(),
                reason: error.to_string(),
            })
    }

    async fn delete_made(&self) -> Result<(), KubernetesError> {
        // The newest first, so that nothing loses what it stands on; test runs are gone already.
        let scopes: Vec<Scope> = self.made.iter().rev().cloned().collect();
        if scopes.is_empty() {
            return Ok(());
        }
        let selector = format!("{RUN_LABEL}={}", self.run_id);
        self.cluster
            .delete_labelled(&scopes, &selector, REMOVE_DEADLINE)
            .await?;
        Ok(())
    }

    fn namespaces(&self) -> String {
        let names: BTreeSet<&str> = self
            .made
            .iter()
            .filter_map(|scope| scope.namespace.as_deref())
            .collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }
}
