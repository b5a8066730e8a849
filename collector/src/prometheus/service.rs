//! The way to a Prometheus through the API server of a Kubernetes cluster: no port is forwarded, and the kubeconfig has all credentials.

use std::fmt;

use kube::client::Body;
use reqwest::StatusCode;

use crate::kubernetes::{Cluster, ServicePort};

/// A Service behind the API server's proxy.
#[derive(Clone)]
pub struct ServiceProxy {
    cluster: Cluster,
    service: ServicePort,
}

impl fmt::Debug for ServiceProxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ServiceProxy({})", self.service)
    }
}

impl ServiceProxy {
    /// Makes the way to a Service.
    pub fn new(cluster: Cluster, service: ServicePort) -> Self {
        Self { cluster, service }
    }

    /// Returns the address as messages show it.
    pub(super) fn url(&self) -> String {
        let server = self.cluster.server().trim_end_matches('/').to_owned();
        format!("{server}{}", self.service.proxy_path())
    }

    /// Sends a GET request. It is never a POST: that would need the right to create, and a query fits into an address.
    pub(super) async fn get(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<(StatusCode, Vec<u8>), String> {
        let query = {
            let mut url =
                reqwest::Url::parse("http://unused/").map_err(|error| error.to_string())?;
            url.query_pairs_mut().extend_pairs(parameters);
            url.query().unwrap_or_default().to_owned()
        };
        let address = format!("{}{path}?{query}", self.service.proxy_path());
        let request = http::Request::get(address)
            .body(Body::empty())
            .map_err(|error| error.to_string())?;
        let answer = self.cluster.unlimited().send(request).await;
        let answer = answer.map_err(|error| {
            self.cluster
                .failed("ask through the API server", &error)
                .to_string()
        })?;
        let status = answer.status();
        let body = answer.into_body().collect_bytes().await;
        Ok((status, body.map_err(|error| error.to_string())?.to_vec()))
    }
}
