//! One Envoy process: its configuration from a template, its ports and counters from its own admin interface.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use fs_err as fs;
use meshdelta_run::plan::Fault;
use serde::Deserialize;
use tokio::time::sleep;

use super::process::{ManagedProcess, ProcessPlan};
use super::role::Role;
use crate::error::CollectorError;

const READY_DEADLINE: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(15);
/// The filter that delays, which the templates of the hops that can delay include.
const FAULT_TEMPLATE: (&str, &str) = (
    "fault.yaml",
    include_str!("../../../../manifests/local/fault.yaml"),
);
const ADMIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A running Envoy.
#[derive(Debug)]
pub(super) struct Envoy {
    role: Role,
    process: ManagedProcess,
    admin: String,
    client: reqwest::Client,
    /// Ports by listener name, as Envoy itself says.
    ports: BTreeMap<String, u16>,
}

/// Counters by name, at one moment.
pub(super) type Counters = BTreeMap<String, u64>;

/// What an Envoy is started with.
pub(super) struct EnvoyPlan<'a> {
    pub(super) role: Role,
    pub(super) program: &'a Path,
    pub(super) folder: &'a Path,
    pub(super) context: &'a tera::Context,
    pub(super) concurrency: u32,
    /// The delay that this process injects, if it does.
    pub(super) fault: Option<Fault>,
}

impl Envoy {
    /// Starts Envoy and waits until it is ready.
    pub(super) async fn start(
        plan: EnvoyPlan<'_>,
        client: &reqwest::Client,
    ) -> Result<Self, CollectorError> {
        let name = plan.role.name();
        let configuration = plan.folder.join(format!("{name}.yaml"));
        fs::write(&configuration, render(plan.role, plan.context, plan.fault)?)?;
        let admin_file = plan.folder.join(format!("{name}.admin"));
        let arguments = [
            ("--config-path", configuration.display().to_string()),
            ("--admin-address-path", admin_file.display().to_string()),
            ("--concurrency", plan.concurrency.to_string()),
            ("--log-level", "warning".to_owned()),
        ];
        let mut arguments: Vec<String> = arguments
            .into_iter()
            .flat_map(|(flag, value)| [flag.to_owned(), value])
            .collect();
        arguments.push("--disable-hot-restart".to_owned());
        let process = ManagedProcess::start(ProcessPlan {
            name: format!("envoy ({name})"),
            program: plan.program,
            arguments,
            variables: timer_variables(plan.fault),
            log: plan.folder.join(format!("{name}.log")),
            stdout: None,
        })?;
        let mut envoy = Self {
            role: plan.role,
            process,
            admin: String::new(),
            client: client.clone(),
            ports: BTreeMap::new(),
        };
        envoy.wait_until_ready(&admin_file).await?;
        Ok(envoy)
    }

    /// Waits for the admin address, for readiness, and for the ports of all listeners.
    ///
    /// Every answer comes from the process itself, so a port can belong to nobody else.
    async fn wait_until_ready(&mut self, admin_file: &Path) -> Result<(), CollectorError> {
        let deadline = Instant::now() + READY_DEADLINE;
        loop {
            self.process.check_alive()?;
            if self.admin.is_empty() {
                fs::read_to_string(admin_file)
                    .unwrap_or_default()
                    .trim()
                    .clone_into(&mut self.admin);
            }
            if !self.admin.is_empty()
                && self
                    .get("/ready")
                    .await
                    .is_ok_and(|answer| answer.trim() == "LIVE")
            {
                self.ports = self.listener_ports().await?;
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(self
                    .process
                    .failure(format!("was not ready after {READY_DEADLINE:?}")));
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    pub(super) fn process(&self) -> &ManagedProcess {
        &self.process
    }

    pub(super) fn process_mut(&mut self) -> &mut ManagedProcess {
        &mut self.process
    }

    /// Returns the port of a listener.
    pub(super) fn port(&self, listener: &str) -> Result<u16, CollectorError> {
        self.ports.get(listener).copied().ok_or_else(|| {
            self.process
                .failure(format!("has no listener `{listener}`"))
        })
    }

    /// Returns every counter of Envoy.
    pub(super) async fn counters(&self) -> Result<Counters, CollectorError> {
        #[derive(Deserialize)]
        struct Answer {
            stats: Vec<Statistic>,
        }
        #[derive(Deserialize)]
        struct Statistic {
            name: Option<String>,
            value: Option<u64>,
        }
        let text = self.get("/stats?format=json&type=Counters").await?;
        let answer: Answer = serde_json::from_str(&text).map_err(|error| {
            self.process
                .failure(format!("has statistics that cannot be read: {error}"))
        })?;
        Ok(answer
            .stats
            .into_iter()
            .filter_map(|statistic| Some((statistic.name?, statistic.value?)))
            .collect())
    }

    async fn listener_ports(&self) -> Result<BTreeMap<String, u16>, CollectorError> {
        #[derive(Deserialize)]
        struct Answer {
            listener_statuses: Vec<Status>,
        }
        #[derive(Deserialize)]
        struct Status {
            name: String,
            local_address: serde_json::Value,
        }
        let text = self.get("/listeners?format=json").await?;
        let answer: Answer = serde_json::from_str(&text).map_err(|error| {
            self.process.failure(format!(
                "has a list of listeners that cannot be read: {error}"
            ))
        })?;
        let ports = answer.listener_statuses.into_iter().filter_map(|status| {
            let port = status
                .local_address
                .pointer("/socket_address/port_value")?
                .as_u64()?;
            Some((status.name, u16::try_from(port).ok()?))
        });
        Ok(ports.collect())
    }

    async fn get(&self, path: &str) -> Result<String, CollectorError> {
        let failed = |error: reqwest::Error| {
            self.process.failure(format!(
                "does not answer `{path}` of its admin interface: {}",
                error.without_url()
            ))
        };
        let request = self
            .client
            .get(format!("http://{}{path}", self.admin))
            .timeout(ADMIN_TIMEOUT);
        request
            .send()
            .await
            .map_err(failed)?
            .text()
            .await
            .map_err(failed)
    }
}

/// Envoy's event loop rounds timers to the tick of a coarse clock (4 ms on many kernels) unless this variable of libevent is set.
fn timer_variables(fault: Option<Fault>) -> Vec<(String, String)> {
    let precise = ("EVENT_PRECISE_TIMER".to_owned(), "1".to_owned());
    fault.map(|_| precise).into_iter().collect()
}

fn render(
    role: Role,
    context: &tera::Context,
    fault: Option<Fault>,
) -> Result<String, CollectorError> {
    let name = format!("{}.yaml", role.name());
    let failed = |error: tera::Error| CollectorError::Template {
        name: name.clone(),
        reason: error.to_string(),
    };
    let mut templates = tera::Tera::default();
    templates
        .add_raw_templates([(name.as_str(), role.template()), FAULT_TEMPLATE])
        .map_err(failed)?;
    let mut context = context.clone();
    // Whole milliseconds, written as seconds: the text form of a protobuf duration has no other unit.
    let delay = fault.map(|fault| format!("0.{:03}s", fault.delay_ms));
    context.insert("fault_delay", &delay);
    templates.render(&name, &context).map_err(failed)
}
