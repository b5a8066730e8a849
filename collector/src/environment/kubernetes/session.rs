//! What lasts for a whole run: the connection, the Lease, and the list of what was made.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Node;
use kube::api::{DynamicObject, ListParams};
use kube::{Api, ResourceExt};
use meshdelta_run::RunId;
use meshdelta_run::plan::KubernetesPlan;

use super::data_path::Workload;
use super::grafana::Grafana;
use super::lease::{HeldLease, Hold, Refusal};
use super::not_prepared;
use crate::error::CollectorError;
use crate::kubernetes::{
    Access, Cluster, KindName, KubernetesError, MANAGED_BY, MANAGED_BY_LABEL, RUN_LABEL, Scope,
    ServicePort,
};
use crate::prometheus::{PrometheusClient, PrometheusUrl, ServiceProxy};

/// A run in a cluster.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) cluster: Cluster,
    pub(super) plan: KubernetesPlan,
    pub(super) run_id: RunId,
    pub(super) nodes: Vec<Node>,
    pub(super) grafana: Option<Grafana>,
    prometheus: Option<PrometheusClient>,
    pub(super) lease: Option<HeldLease>,
    /// The servers whose nodes all others share.
    pub(super) first_servers: Option<Workload>,
    /// Where the run made something, in the order of making.
    pub(super) made: Vec<Scope>,
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
        Ok(Self::new(cluster, plan, run_id))
    }

    pub(super) fn new(cluster: Cluster, plan: KubernetesPlan, run_id: &RunId) -> Self {
        Self {
            cluster,
            plan,
            run_id: run_id.clone(),
            nodes: Vec::new(),
            grafana: None,
            prometheus: None,
            lease: None,
            first_servers: None,
            made: Vec::new(),
        }
    }

    /// Returns the Prometheus that the run's samples are read from.
    pub(super) fn prometheus(&self) -> Result<&PrometheusClient, CollectorError> {
        self.prometheus.as_ref().ok_or_else(not_prepared)
    }

    /// Returns where Prometheus is in the cluster.
    pub(super) fn prometheus_service(&self) -> Result<ServicePort, CollectorError> {
        prometheus_service(&self.plan)
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

    /// Fails when another run took the cluster because this one could not renew its Lease. Where the API server was away for long and nobody took
    /// it, it is asked once more.
    pub(super) async fn check_lease(&self) -> Result<(), CollectorError> {
        match &self.lease {
            Some(lease) if lease.is_lost() => self.ask_lease(lease).await,
            _ => Ok(()),
        }
    }

    /// Fails unless the API server says that this run has the cluster. That it did not answer is told as that: another run may not be there at all.
    pub(super) async fn ask_lease(&self, lease: &HeldLease) -> Result<(), CollectorError> {
        match lease.ask().await {
            Hold::Held => Ok(()),
            Hold::Taken => Err(CollectorError::ClusterTaken {
                context: self.cluster.context().to_owned(),
            }),
            Hold::Unknown(error) => Err(error.into()),
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
}

fn prometheus_service(plan: &KubernetesPlan) -> Result<ServicePort, CollectorError> {
    plan.prometheus
        .parse()
        .map_err(|reason| CollectorError::PrometheusQuery {
            url: plan.prometheus.clone(),
            reason,
        })
}

/// Returns the address that the runners write to.
pub(super) fn write_url(plan: &KubernetesPlan) -> Result<String, CollectorError> {
    match &plan.prometheus_write_url {
        Some(url) => Ok(url.clone()),
        None => Ok(format!(
            "{}/api/v1/write",
            prometheus_service(plan)?.url_in_cluster()
        )),
    }
}
