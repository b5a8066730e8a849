//! `cluster open`: Grafana or Kiali at a port of this machine.

use k8s_openapi::api::core::v1::{Secret, Service, ServicePort as PortOfService};
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde::Serialize;

use super::component::{ISTIO_SYSTEM, MONITORING};
use super::error::ClusterError;
use crate::kubernetes::{Cluster, PortForward, ServicePort};

/// A page that can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Page {
    /// The dashboards.
    Grafana,
    /// The picture of the mesh.
    Kiali,
}

/// A page that is open until this is dropped.
#[derive(Debug)]
pub struct Opened {
    /// Its address on this machine.
    pub url: String,
    /// How to sign in; absent where nobody has to.
    pub account: Option<Account>,
    _forward: PortForward,
}

/// Who may sign in.
#[derive(Debug)]
pub struct Account {
    /// The user.
    pub user: String,
    /// The command that prints the password.
    pub password_command: String,
    /// The password itself, only when it was asked for.
    pub password: Option<String>,
}

impl Page {
    /// Returns its name as a word of a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::Grafana => "Grafana",
            Self::Kiali => "Kiali",
        }
    }

    fn selector(self) -> &'static str {
        match self {
            Self::Grafana => "app.kubernetes.io/name=grafana",
            Self::Kiali => "app.kubernetes.io/name=kiali",
        }
    }

    /// The namespace that this program installs it into: of several, that one is taken.
    fn namespace(self) -> &'static str {
        match self {
            Self::Grafana => MONITORING,
            Self::Kiali => ISTIO_SYSTEM,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Grafana => "/",
            Self::Kiali => "/kiali",
        }
    }
}

/// Opens a page at a port of 127.0.0.1; 0 takes any free one.
pub async fn open(
    cluster: &Cluster,
    page: Page,
    local_port: u16,
    show_password: bool,
) -> Result<Opened, ClusterError> {
    let service = find_page(cluster, page)
        .await?
        .ok_or_else(|| ClusterError::NothingToOpen {
            what: page.title(),
            context: cluster.context().to_owned(),
        })?;
    let forward = cluster.forward_service(service.clone(), local_port).await?;
    let account = match page {
        Page::Grafana => account(cluster, &service.namespace, show_password).await?,
        Page::Kiali => None,
    };
    Ok(Opened {
        url: format!("http://{}{}", forward.address(), page.path()),
        account,
        _forward: forward,
    })
}

/// Finds the Service of a page, whoever installed it.
pub(super) async fn find_page(
    cluster: &Cluster,
    page: Page,
) -> Result<Option<ServicePort>, ClusterError> {
    let api: Api<Service> = Api::all(cluster.client().clone());
    let listed = api
        .list(&ListParams::default().labels(page.selector()))
        .await;
    let listed =
        listed.map_err(|error| cluster.failed("list Services of all namespaces", &error))?;
    let mut found: Vec<_> = listed.items.iter().filter_map(service_port).collect();
    found.sort_by_key(|port| (port.namespace != page.namespace(), port.to_string()));
    Ok(found.into_iter().next())
}

/// Returns the port of a Service that serves the page; a port for metrics may come first.
fn service_port(service: &Service) -> Option<ServicePort> {
    let is_page =
        |port: &&PortOfService| !port.name.as_deref().unwrap_or_default().contains("metrics");
    let ports = service.spec.as_ref()?.ports.as_ref()?;
    let port = ports.iter().find(is_page)?.port;
    Some(ServicePort {
        namespace: service.namespace()?,
        service: service.name_any(),
        port: u16::try_from(port).ok()?,
    })
}

/// Finds the account of Grafana in the Secret of its chart; `None` where it is kept otherwise.
async fn account(
    cluster: &Cluster,
    namespace: &str,
    show_password: bool,
) -> Result<Option<Account>, ClusterError> {
    let api: Api<Secret> = Api::namespaced(cluster.client().clone(), namespace);
    let listed = api
        .list(&ListParams::default().labels(Page::Grafana.selector()))
        .await;
    let listed = match listed {
        // Who may forward a port need not be allowed to read Secrets.
        Err(kube::Error::Api(status)) if status.code == 403 => return Ok(None),
        listed => listed.map_err(|error| cluster.failed("list Secrets of Grafana", &error))?,
    };
    let text = |secret: &Secret, key: &str| {
        let value = secret.data.as_ref()?.get(key)?;
        String::from_utf8(value.0.clone()).ok()
    };
    Ok(listed.items.iter().find_map(|secret| {
        let user = text(secret, "admin-user")?;
        let password = text(secret, "admin-password")?;
        Some(Account {
            user,
            password_command: format!(
                "kubectl --context {} --namespace {namespace} get secret {} --output 'go-template={{{{index .data \"admin-password\" | base64decode}}}}'",
                cluster.context(),
                secret.name_any(),
            ),
            password: show_password.then_some(password),
        })
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_port_for_metrics_is_not_the_page() {
        let service: Service = serde_json::from_value(json!({
            "metadata": {"name": "kiali", "namespace": "istio-system"},
            "spec": {"ports": [{"name": "http-metrics", "port": 9090}, {"name": "http", "port": 20001}]},
        }))
        .unwrap();
        assert_eq!(
            service_port(&service).unwrap().to_string(),
            "istio-system/kiali:20001"
        );
    }
}
