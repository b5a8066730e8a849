//! The run's own Prometheus.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use fs_err as fs;
use nix::unistd::Pid;
use procfs::process::{FDTarget, Process};
use tokio::time::sleep;

use super::process::{ManagedProcess, ProcessPlan, end_of_log};
use super::programs::Program;
use crate::error::CollectorError;
use crate::prometheus::{PrometheusClient, PrometheusUrl};

const READY_DEADLINE: Duration = Duration::from_mins(1);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// A free port can be taken by another program before Prometheus has it; then another is tried.
const PORT_ATTEMPTS: u32 = 5;

/// A running Prometheus.
#[derive(Debug)]
pub(super) struct PrometheusServer {
    process: ManagedProcess,
    client: PrometheusClient,
}

impl PrometheusServer {
    /// Starts Prometheus with native histograms and the remote-write receiver, and waits until it is ready.
    ///
    /// `port` 0 takes any free port; another one is taken or is an error.
    pub(super) async fn start(
        program: &Program,
        folder: &Path,
        port: u16,
    ) -> Result<Self, CollectorError> {
        fs::create_dir_all(folder)?;
        let configuration = folder.join("prometheus.yaml");
        // Nothing is scraped: k6 pushes, and resources are sampled by the run itself.
        fs::write(&configuration, "global:\n  scrape_interval: 1m\n")?;
        let mut attempt = 1;
        loop {
            let chosen = choose_port(port)?;
            match Self::start_on(program, folder, &configuration, chosen).await {
                Ok(server) => return Ok(server),
                Err(CollectorError::PortInUse { .. }) if port == 0 && attempt < PORT_ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn start_on(
        program: &Program,
        folder: &Path,
        configuration: &Path,
        port: u16,
    ) -> Result<Self, CollectorError> {
        let log = folder.join("prometheus.log");
        let mut arguments = vec![
            format!("--config.file={}", configuration.display()),
            format!("--storage.tsdb.path={}", folder.join("data").display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--web.enable-remote-write-receiver".to_owned(),
            "--storage.tsdb.retention.time=10d".to_owned(),
        ];
        if (program.version.0, program.version.1) < (3, 9) {
            // From 3.9 on native histograms are always on, and the flag only warns.
            arguments.push("--enable-feature=native-histograms".to_owned());
        }
        let process = ManagedProcess::start(ProcessPlan {
            name: "prometheus".to_owned(),
            program: &program.path,
            arguments,
            variables: Vec::new(),
            log: log.clone(),
            stdout: None,
        })?;
        let client =
            PrometheusClient::new(PrometheusUrl::parse(&format!("http://127.0.0.1:{port}"))?)?;
        let mut server = Self { process, client };
        match server.wait_until_ready(port).await {
            Err(_) if end_of_log(&log).contains("address already in use") => {
                Err(CollectorError::PortInUse { port })
            }
            Err(error) => Err(error),
            Ok(()) => Ok(server),
        }
    }

    async fn wait_until_ready(&mut self, port: u16) -> Result<(), CollectorError> {
        let deadline = Instant::now() + READY_DEADLINE;
        loop {
            self.process.check_alive()?;
            if self.client.is_ready().await && listens(self.process.pid(), port) {
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

    pub(super) fn client(&self) -> &PrometheusClient {
        &self.client
    }

    pub(super) fn process_mut(&mut self) -> &mut ManagedProcess {
        &mut self.process
    }
}

/// Returns the port when it is free, or any free one for 0.
fn choose_port(port: u16) -> Result<u16, CollectorError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|_| CollectorError::PortInUse { port })?;
    Ok(listener.local_addr()?.port())
}

/// Tells whether the process itself listens on the port, and not another program that happens to answer there.
fn listens(pid: Pid, port: u16) -> bool {
    let Ok(sockets) = procfs::net::tcp() else {
        return false;
    };
    let inodes: Vec<u64> = sockets
        .into_iter()
        .filter(|socket| {
            socket.state == procfs::net::TcpState::Listen && socket.local_address.port() == port
        })
        .map(|socket| socket.inode)
        .collect();
    let Ok(files) = Process::new(pid.as_raw()).and_then(|process| process.fd()) else {
        return false;
    };
    files
        .flatten()
        .any(|file| matches!(file.target, FDTarget::Socket(inode) if inodes.contains(&inode)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_an_error_and_its_owner_is_known() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(
            matches!(choose_port(port), Err(CollectorError::PortInUse { port: taken }) if taken == port)
        );
        assert!(listens(Pid::this(), port));
        assert!(!listens(Pid::parent(), port));
    }
}
