//! Connects to the cluster of a kubeconfig context.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::discovery::ApiResource;
use kube::{Client, Config};

use super::error::KubernetesError;
use super::kind::KindName;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the API server may say nothing to a request before it counts as away: by default it is waited for without end.
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// Which cluster is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The kubeconfig; when absent, what `KUBECONFIG` names, or `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    /// The context; when absent, the current one of the kubeconfig.
    pub context: Option<String>,
}

/// A kind as the API server serves it, with whether its objects are in a namespace.
pub(super) type Served = (ApiResource, bool);

/// A cluster, with the name that errors call it by.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    /// The same without a time limit.
    unlimited: Client,
    context: String,
    server: String,
    /// What discovery said. A kind never changes its scope, so it is asked for once.
    pub(super) served: Arc<Mutex<HashMap<KindName, Served>>>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Cluster({} at {})", self.context, self.server)
    }
}

impl Cluster {
    /// Reads the kubeconfig and makes a client. No request is made yet.
    pub async fn connect(access: &Access) -> Result<Self, KubernetesError> {
        let file = file_name(access);
        let unusable = |reason: String| KubernetesError::KubeconfigUnusable {
            file: file.clone(),
            reason,
        };
        let kubeconfig = match &access.kubeconfig {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        }
        .map_err(|error| unusable(error.to_string()))?;
        let context = choose_context(&kubeconfig, access, &file)?;
        let options = KubeConfigOptions {
            context: Some(context.clone()),
            ..KubeConfigOptions::default()
        };
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .map_err(|error| unusable(format!("context `{context}`: {error}")))?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        Self::from_config(config, context).map_err(|error| unusable(error.to_string()))
    }

    /// Makes a client of a server that answers as a test wrote it, at once and without trying again.
    #[cfg(test)]
    pub(crate) fn of_test(server: &wiremock::MockServer) -> Self {
        let mut config = Config::new(server.uri().parse().unwrap());
        config.default_retry = false;
        Self::from_config(config, "test".to_owned()).unwrap()
    }

    /// Makes a client of a configuration that was made otherwise.
    pub fn from_config(config: Config, context: String) -> Result<Self, kube::Error> {
        // Installing fails when it was done before, which is what is wanted.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let server = config.cluster_url.to_string();
        let mut unlimited = config.clone();
        unlimited.read_timeout = None;
        Ok(Self {
            client: Client::try_from(limited(config))?,
            unlimited: Client::try_from(unlimited)?,
            context,
            server,
            served: Arc::default(),
        })
    }

    /// Returns the client, for requests that nothing here makes.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns a client that waits without end: for streams, which may be silent for long, and for callers with a time limit of their own.
    pub(crate) fn unlimited(&self) -> &Client {
        &self.unlimited
    }

    /// Returns the name of the context.
    pub fn context(&self) -> &str {
        &self.context
    }

    /// Returns the address of the API server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Returns the version of the API server, for example `v1.33.5`; the first request that shows whether it can be reached.
    pub async fn version(&self) -> Result<String, KubernetesError> {
        let version = self.client.apiserver_version().await;
        let action = || format!("reach the API server at {}", self.server);
        Ok(version
            .map_err(|error| self.failed(action(), &error))?
            .git_version)
    }

    /// Makes an error of a failed request.
    pub fn failed(&self, action: impl Into<String>, error: &kube::Error) -> KubernetesError {
        let (status, reason) = match error {
            kube::Error::Api(status) => (Some(status.code), status.message.clone()),
            other => (None, with_causes(other)),
        };
        KubernetesError::Request {
            action: action.into(),
            context: self.context.clone(),
            status,
            reason,
        }
    }
}

/// Limits how long an answer may take, unless the configuration does.
fn limited(mut config: Config) -> Config {
    config.read_timeout.get_or_insert(READ_TIMEOUT);
    // Else the time for which a connection lay idle in the pool would count too.
    config.reset_reader_on_write = true;
    config
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.contains(&cause) {
            text
        } else {
            format!("{text}: {cause}")
        }
    })
}

fn file_name(access: &Access) -> String {
    match &access.kubeconfig {
        Some(path) => format!("`{}`", path.display()),
        None => match std::env::var("KUBECONFIG") {
            Ok(files) if !files.is_empty() => format!("`{files}` (of KUBECONFIG)"),
            _ => "`~/.kube/config`".to_owned(),
        },
    }
}

fn choose_context(
    kubeconfig: &Kubeconfig,
    access: &Access,
    file: &str,
) -> Result<String, KubernetesError> {
    let known = || -> Vec<String> {
        let contexts = kubeconfig.contexts.iter();
        contexts.map(|context| context.name.clone()).collect()
    };
    let Some(wanted) = access
        .context
        .as_ref()
        .or(kubeconfig.current_context.as_ref())
    else {
        return Err(KubernetesError::NoCurrentContext {
            file: file.to_owned(),
            known: known(),
        });
    };
    if known().contains(wanted) {
        return Ok(wanted.clone());
    }
    Err(KubernetesError::ContextMissing {
        file: file.to_owned(),
        context: wanted.clone(),
        known: known(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_is_waited_for_without_end() {
        let config = || Config::new("http://127.0.0.1:1".parse().unwrap());
        let made = limited(config());
        assert_eq!(made.read_timeout, Some(READ_TIMEOUT));
        assert!(made.reset_reader_on_write);
        let mut short = config();
        short.read_timeout = Some(Duration::from_secs(1));
        assert_eq!(limited(short).read_timeout, Some(Duration::from_secs(1)));
    }
}
