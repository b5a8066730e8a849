//! A port of a Service: its address through the API server, and a pod behind it.

use std::fmt;
use std::str::FromStr;

use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Api;
use kube::api::ListParams;

use super::connect::Cluster;
use super::error::KubernetesError;

/// A port of a Service, written `namespace/service:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// The namespace.
    pub namespace: String,
    /// The Service.
    pub service: String,
    /// The port, as the Service numbers it.
    pub port: u16,
}

impl fmt::Display for ServicePort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}/{}:{}",
            self.namespace, self.service, self.port
        )
    }
}

impl FromStr for ServicePort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (namespace, rest) = text.split_once('/')?;
            let (service, port) = rest.split_once(':')?;
            let is_name = |name: &str| {
                !name.is_empty()
                    && name
                        .chars()
                        .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
            };
            (is_name(namespace) && is_name(service)).then_some(())?;
            Some(Self {
                namespace: namespace.to_owned(),
                service: service.to_owned(),
                port: port.parse().ok()?,
            })
        };
        parse().ok_or_else(|| format!("`{text}` is not written `namespace/service:port`"))
    }
}

impl ServicePort {
    /// Returns the name by which rights to the proxy of the API server call the Service.
    pub fn proxy_name(&self) -> String {
        format!("http:{}:{}", self.service, self.port)
    }

    /// Returns the path under which the API server proxies the Service, with a slash at the end.
    pub fn proxy_path(&self) -> String {
        format!(
            "/api/v1/namespaces/{}/services/{}/proxy/",
            self.namespace,
            self.proxy_name()
        )
    }

    /// Returns the address by which pods reach the Service.
    pub fn url_in_cluster(&self) -> String {
        format!(
            "http://{}.{}.svc.cluster.local:{}",
            self.service, self.namespace, self.port
        )
    }
}

impl Cluster {
    /// Returns a ready pod behind a port of a Service, with the port of the pod.
    pub async fn pod_behind(&self, target: &ServicePort) -> Result<(String, u16), KubernetesError> {
        let slices: Api<EndpointSlice> = Api::namespaced(self.client().clone(), &target.namespace);
        let services: Api<k8s_openapi::api::core::v1::Service> =
            Api::namespaced(self.client().clone(), &target.namespace);
        let service = services
            .get(&target.service)
            .await
            .map_err(|error| self.failed(format!("get Service `{target}`"), &error))?;
        let ports = service.spec.and_then(|spec| spec.ports).unwrap_or_default();
        let unusable = |reason: &str| KubernetesError::PortForward {
            target: target.to_string(),
            reason: reason.to_owned(),
        };
        let port_name = ports
            .iter()
            .find(|port| port.port == i32::from(target.port))
            .map(|port| port.name.clone().unwrap_or_default())
            .ok_or_else(|| unusable("the Service has no such port"))?;
        let of_service =
            ListParams::default().labels(&format!("kubernetes.io/service-name={}", target.service));
        let found = slices.list(&of_service).await;
        let found =
            found.map_err(|error| self.failed(format!("list endpoints of `{target}`"), &error))?;
        found
            .items
            .iter()
            .find_map(|slice| ready_pod(slice, &port_name))
            .ok_or_else(|| unusable("no pod behind it is ready"))
    }
}

/// Returns the first ready pod of a slice with the number of the named port.
fn ready_pod(slice: &EndpointSlice, port_name: &str) -> Option<(String, u16)> {
    let port = slice
        .ports
        .iter()
        .flatten()
        .find(|port| port.name.as_deref().unwrap_or_default() == port_name)
        .and_then(|port| u16::try_from(port.port?).ok())?;
    let is_ready = |endpoint: &&k8s_openapi::api::discovery::v1::Endpoint| {
        let conditions = endpoint.conditions.as_ref();
        conditions.and_then(|conditions| conditions.ready) != Some(false)
    };
    let pod = slice
        .endpoints
        .iter()
        .filter(is_ready)
        .filter_map(|endpoint| endpoint.target_ref.as_ref())
        .find(|target| target.kind.as_deref() == Some("Pod"))?;
    Some((pod.name.clone()?, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_port_is_written_as_it_is_read() {
        let text = "monitoring/kps-prometheus:9090";
        let port: ServicePort = text.parse().unwrap();
        assert_eq!(port.to_string(), text);
        assert_eq!(
            port.proxy_path(),
            "/api/v1/namespaces/monitoring/services/http:kps-prometheus:9090/proxy/"
        );
        for wrong in [
            "",
            "a",
            "a/b",
            "a/b:",
            "a/b:x",
            "/b:1",
            "a/:1",
            "a/b/c:1",
            "a/b:70000",
        ] {
            assert!(wrong.parse::<ServicePort>().is_err(), "{wrong}");
        }
    }
}
