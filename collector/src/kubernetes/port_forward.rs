//! Forwards a port of this machine to a pod, inside this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connect::Cluster;
use super::error::KubernetesError;
use super::service::ServicePort;

/// How long the API server may take to open a forward; the forward itself may last for ever.
const OPEN_TIMEOUT: Duration = Duration::from_mins(1);

/// A port of 127.0.0.1 that leads into the cluster until this is dropped.
#[derive(Debug)]
pub struct PortForward {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Where connections go to.
#[derive(Debug, Clone)]
enum Target {
    /// A ready pod of a Service, looked for anew for each connection, because pods come and go.
    Service(ServicePort),
    Pod {
        namespace: String,
        pod: String,
        port: u16,
    },
}

impl PortForward {
    /// Returns the address on this machine.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for PortForward {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Cluster {
    /// Forwards a port of 127.0.0.1 (0 takes any free one) to a Service.
    pub async fn forward_service(
        &self,
        target: ServicePort,
        local_port: u16,
    ) -> Result<PortForward, KubernetesError> {
        // Looked for once before, so that a Service without pods is an error here and not at the first connection.
        self.pod_behind(&target).await?;
        self.forward(Target::Service(target), local_port).await
    }

    /// Forwards any free port of 127.0.0.1 to a port of a pod, one that only listens on the pod's own loopback too.
    pub async fn forward_pod(
        &self,
        namespace: &str,
        pod: &str,
        port: u16,
    ) -> Result<PortForward, KubernetesError> {
        let target = Target::Pod {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            port,
        };
        self.forward(target, 0).await
    }

    async fn forward(
        &self,
        target: Target,
        local_port: u16,
    ) -> Result<PortForward, KubernetesError> {
        let failed = |error: std::io::Error| KubernetesError::PortForward {
            target: target.name(),
            reason: format!("port {local_port} of 127.0.0.1 cannot be listened on: {error}"),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, local_port))
            .await
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let cluster = self.clone();
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (cluster, target) = (cluster.clone(), target.clone());
                tokio::spawn(async move {
                    if let Err(error) = carry(&cluster, &target, connection).await {
                        tracing::warn!("{error}");
                    }
                });
            }
        });
        Ok(PortForward { address, task })
    }
}

impl Target {
    fn name(&self) -> String {
        match self {
            Self::Service(target) => format!("Service `{target}`"),
            Self::Pod {
                namespace,
                pod,
                port,
            } => format!("port {port} of Pod `{namespace}/{pod}`"),
        }
    }
}

fn no_answer() -> String {
    format!("no answer within {} s", OPEN_TIMEOUT.as_secs())
}

/// Carries one connection to its end. Each connection has a forward of its own: one cannot stop another.
async fn carry(
    cluster: &Cluster,
    target: &Target,
    mut connection: TcpStream,
) -> Result<(), KubernetesError> {
    let failed = |reason: String| KubernetesError::PortForward {
        target: target.name(),
        reason,
    };
    let (namespace, pod, port) = match target {
        Target::Service(service) => {
            let (pod, port) = cluster.pod_behind(service).await?;
            (service.namespace.clone(), pod, port)
        }
        Target::Pod {
            namespace,
            pod,
            port,
        } => (namespace.clone(), pod.clone(), *port),
    };
    let pods: Api<Pod> = Api::namespaced(cluster.unlimited().clone(), &namespace);
    let opened = timeout(OPEN_TIMEOUT, pods.portforward(&pod, &[port])).await;
    let opened = opened.map_err(|_| failed(no_answer()))?;
    let mut forwarder = opened.map_err(|error| {
        cluster.failed(format!("forward a port to Pod `{namespace}/{pod}`"), &error)
    })?;
    let mut stream = forwarder
        .take_stream(port)
        .ok_or_else(|| failed("the API server gave no stream".to_owned()))?;
    // How a connection ends is the business of its two ends.
    let _ended = tokio::io::copy_bidirectional(&mut connection, &mut stream).await;
    drop(stream);
    forwarder
        .join()
        .await
        .map_err(|error| failed(error.to_string()))
}
