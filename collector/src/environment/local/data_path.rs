//! All Envoy processes of one slot: started anew for each, so that no slot inherits connections, memory or counters from another.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;
use meshdelta_run::plan::LocalPlan;
use serde::Serialize;

use super::certificates::{Authority, TRUST_DOMAIN};
use super::envoy::{Counters, Envoy, EnvoyPlan};
use super::role::{DataPath, Role};
use crate::error::CollectorError;

/// The running processes and the path of the phase through them.
#[derive(Debug)]
pub(super) struct RunningDataPath {
    pub(super) path: DataPath,
    envoys: Vec<Envoy>,
    folder: PathBuf,
}

/// What the processes are started with.
pub(super) struct DataPathPlan<'a> {
    pub(super) path: DataPath,
    pub(super) program: &'a Path,
    pub(super) folder: PathBuf,
    pub(super) authority: &'a Authority,
    pub(super) settings: &'a LocalPlan,
    pub(super) client: &'a reqwest::Client,
}

/// The ports that templates refer to.
#[derive(Debug, Default, Serialize)]
struct Ports {
    application: u16,
    server_sidecar: u16,
    server_ztunnel: u16,
    waypoint: u16,
}

impl RunningDataPath {
    /// Starts every role, each after those it sends to. All run in every phase, so that silence can be proved too.
    pub(super) async fn start(plan: DataPathPlan<'_>) -> Result<Self, CollectorError> {
        fs::create_dir_all(&plan.folder)?;
        let mut ports = Ports::default();
        let mut running = Self {
            path: plan.path,
            envoys: Vec::new(),
            folder: plan.folder,
        };
        for role in Role::IN_ORDER_OF_START {
            let mut context = tera::Context::new();
            context.insert("ports", &ports);
            context.insert("identity", &plan.authority.issue(role.name())?);
            context.insert("trust_domain", TRUST_DOMAIN);
            context.insert(
                "response_body",
                &"x".repeat(plan.settings.response_bytes as usize),
            );
            let envoy_plan = EnvoyPlan {
                role,
                program: plan.program,
                folder: &running.folder,
                context: &context,
                concurrency: plan.settings.proxy_concurrency,
                fault: plan
                    .settings
                    .fault
                    .filter(|fault| role.name() == fault.hop.as_str()),
            };
            let envoy = Envoy::start(envoy_plan, plan.client).await?;
            match role {
                Role::Application => ports.application = envoy.port("inbound")?,
                Role::ServerSidecar => ports.server_sidecar = envoy.port("inbound")?,
                Role::ServerZtunnel => ports.server_ztunnel = envoy.port("inbound")?,
                Role::Waypoint => ports.waypoint = envoy.port("inbound")?,
                Role::ClientSidecar | Role::ClientZtunnel => {}
            }
            running.envoys.push(envoy);
        }
        Ok(running)
    }

    /// Returns the address that the client of this phase sends to.
    pub(super) fn entry_url(&self) -> Result<String, CollectorError> {
        let (role, listener) = self.path.entry;
        let envoy = self.envoys.iter().find(|envoy| envoy.role() == role);
        let port = envoy
            .map(|envoy| envoy.port(listener))
            .transpose()?
            .unwrap_or_default();
        Ok(format!("http://127.0.0.1:{port}"))
    }

    /// Returns the processes by role.
    pub(super) fn envoys(&self) -> &[Envoy] {
        &self.envoys
    }

    /// Fails when a process has ended.
    pub(super) fn check_alive(&mut self) -> Result<(), CollectorError> {
        self.envoys
            .iter_mut()
            .try_for_each(|envoy| envoy.process_mut().check_alive())
    }

    /// Returns all counters of all roles.
    pub(super) async fn counters(&self) -> Result<BTreeMap<Role, Counters>, CollectorError> {
        let mut all = BTreeMap::new();
        for envoy in &self.envoys {
            all.insert(envoy.role(), envoy.counters().await?);
        }
        Ok(all)
    }

    /// Stops every process, the clients first.
    pub(super) async fn stop(&mut self) -> Result<(), CollectorError> {
        for envoy in self.envoys.iter_mut().rev() {
            envoy.process_mut().stop().await?;
        }
        Ok(())
    }
}
