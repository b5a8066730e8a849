//! One slot: the counters before, the load, the counters after.

use std::time::Duration;

use chrono::{DateTime, Utc};
use k8s_openapi::api::core::v1::Pod;
use meshdelta_run::TimestampMs;
use meshdelta_run::manifest::{Proof, Unsampled};
use serde_json::json;
use tokio::time::sleep;

use super::data_path::{DataPath, Workload};
use super::gates::{all_hold, runners};
use super::load::{Limits, TestRun, last_end};
use super::manifests::{custom_values, fill_in, target};
use super::progress::is_runner;
use super::proofs::{
    Lives, Sent, counters, custom_proof, growth, judge, lives, of_living, same_pods,
};
use super::resources::used;
use super::session::{Session, write_url};
use super::test_run::{test_run, test_run_name};
use crate::clock;
use crate::collect;
use crate::environment::{LoadOutcome, SlotContext};
use crate::error::CollectorError;
use crate::k6::LoadReport;
use crate::kubernetes::{KubernetesError, patiently, wait_for};
use crate::prometheus::LastValue;

/// How long a test run that was left by an interrupted attempt may take to go.
const DELETE_DEADLINE: Duration = Duration::from_mins(2);
/// How long the pods of runners that run may take to show where they are and what mesh they belong to.
const MEMBERSHIP_DEADLINE: Duration = Duration::from_secs(30);

/// What must be remembered from before the load.
#[derive(Debug)]
pub(super) struct SlotState {
    counters: Vec<Vec<LastValue>>,
    lives: Lives,
    pub(super) findings: Vec<Proof>,
    pub(super) ended: Option<Ended>,
}

/// What is known of the runners once they ended.
#[derive(Debug)]
pub(super) struct Ended {
    at: DateTime<Utc>,
    pods: Vec<String>,
}

type Loaded = (LoadOutcome, Vec<Proof>, Option<Ended>);

impl Session {
    /// Remembers counters and pods from before the load.
    pub(super) async fn begin_slot(
        &self,
        context: SlotContext<'_>,
    ) -> Result<SlotState, CollectorError> {
        Ok(SlotState {
            counters: self.read_counters(context, clock::now()).await?,
            lives: lives(&self.path_pods(context).await?),
            findings: Vec::new(),
            ended: None,
        })
    }

    /// Returns the test run of a slot, which may not be there yet.
    pub(super) fn test_run(&self, context: SlotContext<'_>) -> TestRun {
        TestRun {
            cluster: self.cluster.clone(),
            namespace: self.plan.load_namespace.clone(),
            name: test_run_name(context),
            runners: self.plan.parallelism as usize,
        }
    }

    /// Runs the load to its end.
    pub(super) async fn load(
        &self,
        context: SlotContext<'_>,
        run: &TestRun,
    ) -> Result<Loaded, CollectorError> {
        // One of an interrupted attempt would be taken for this one.
        run.delete(DELETE_DEADLINE).await?;
        let object = test_run(
            context,
            &self.plan,
            &target(&self.plan, &self.run_id, &context.phase.id)?,
            &write_url(&self.plan)?,
        )?;
        let labels = self.labels();
        let applying = async || self.cluster.apply(&object, &labels).await;
        patiently("the creation of the TestRun", applying).await?;
        let plan = context.plan;
        let seconds = plan.warmup_seconds + plan.duration_seconds + self.plan.load_grace_seconds;
        let limits = Limits {
            start: Duration::from_secs(u64::from(self.plan.ready_timeout_seconds)),
            load: Duration::from_secs(u64::from(seconds)),
        };
        run.wait_started(limits.start).await?;
        let findings = self.check_runners(context, run).await?;
        let ended = run.wait(limits).await?;
        let at = last_end(&ended);
        let runners = run.reports(ended).await?;
        let pods = runners
            .iter()
            .map(|runner| runner.ended.pod.clone())
            .collect();
        let restarts: i32 = runners.iter().map(|runner| runner.ended.restarts).sum();
        if restarts > 0 {
            return Err(CollectorError::SummaryInvalid {
                reason: format!("runners were restarted {restarts} times"),
            });
        }
        let proofs = runners
            .iter()
            .flat_map(|runner| in_band_proofs(&runner.ended.number, &runner.log));
        let findings = findings.into_iter().chain(proofs).collect();
        let outcome = LoadOutcome {
            reports: runners.into_iter().map(|runner| runner.report).collect(),
            resources: Vec::new(),
            unsampled: Vec::new(),
        };
        Ok((outcome, findings, Some(Ended { at, pods })))
    }

    /// Checks where the runners run and to which mesh they belong; a label may have been ignored by a webhook that was away.
    async fn check_runners(
        &self,
        context: SlotContext<'_>,
        run: &TestRun,
    ) -> Result<Vec<Proof>, CollectorError> {
        let workload = self.workload(context);
        let waiting_for = format!(
            "runners of phase `{}` as the plan wants them",
            context.phase.id
        );
        // A sidecar may become ready, and a node be told, a moment after k6 runs.
        let waited = wait_for(&waiting_for, MEMBERSHIP_DEADLINE, async || {
            let pods = run.pods().await?.into_iter();
            let pods: Vec<Pod> = pods.filter(is_runner).collect();
            Ok(all_hold(runners(
                workload,
                &self.plan.load,
                &self.nodes,
                &pods,
            )))
        })
        .await;
        match waited {
            Ok(findings) => Ok(findings),
            // The sidecar of a runner that failed is not ready either: why it failed says more.
            Err(error) => match run.failed_runner().await {
                Some(runner) => Err(run.failure(&runner).await),
                None => Err(error.into()),
            },
        }
    }

    fn path(&self, context: SlotContext<'_>) -> Option<DataPath> {
        match self.plan.custom_phase(&context.phase.id) {
            Some(_) => None,
            None => DataPath::of(&context.phase.id),
        }
    }

    fn workload(&self, context: SlotContext<'_>) -> Option<Workload> {
        self.path(context).map(DataPath::workload)
    }

    /// Lists the pods that requests of the phase go through.
    async fn path_pods(&self, context: SlotContext<'_>) -> Result<Vec<Pod>, KubernetesError> {
        let Some(path) = self.path(context) else {
            return self.pods_by_label(&self.plan.namespace, "").await;
        };
        let mut pods = self.server_pods(path.workload()).await?;
        if path == DataPath::AmbientL7 {
            pods.extend(self.waypoint_pods().await?);
        }
        if path.workload().is_ambient() {
            let ztunnels = self.ztunnel_pods(&pods).await?;
            pods.extend(ztunnels);
        }
        Ok(pods)
    }

    /// Reads every counter that the proofs of the phase are about, as stored last before a moment.
    async fn read_counters(
        &self,
        context: SlotContext<'_>,
        at: TimestampMs,
    ) -> Result<Vec<Vec<LastValue>>, CollectorError> {
        let prometheus = self.prometheus()?;
        let mut all = Vec::new();
        if let Some(path) = self.path(context) {
            let servers = self.pods_by_label(&self.plan.namespace, "").await?;
            for (counter, _) in counters(path) {
                let query = counter.query(&self.plan.namespace, self.plan.scrape_interval_seconds);
                let values = prometheus.evaluate(&query, at).await?;
                all.push(of_living(values, &self.plan.namespace, &servers));
            }
        } else if let Some(custom) = self.plan.custom_phase(&context.phase.id) {
            for proof in &custom.proofs {
                let query = fill_in(
                    "query",
                    &proof.query,
                    &custom_values(&self.plan, &self.run_id),
                )?;
                all.push(prometheus.evaluate(&query, at).await?);
            }
        }
        Ok(all)
    }

    /// Proves that the load took the path of the phase, marks it in Grafana, and adds what it used.
    pub(super) async fn prove(
        &self,
        context: SlotContext<'_>,
        slot: SlotState,
        outcome: &mut LoadOutcome,
    ) -> Result<Vec<Proof>, CollectorError> {
        let window = collect::window(context, &outcome.reports)?;
        if let Some(grafana) = &self.grafana
            && let Err(reason) = grafana.annotate(context, window).await
        {
            tracing::warn!("the slot is not marked in Grafana: {reason}");
        }
        let ended = slot.ended.as_ref();
        let settled = ended.map_or_else(Utc::now, |ended| ended.at) + self.two_scrapes();
        sleep((settled - Utc::now()).to_std().unwrap_or_default()).await;
        let after = self
            .read_counters(context, TimestampMs(settled.timestamp_millis()))
            .await?;
        let sent = Sent {
            succeeded: outcome
                .reports
                .iter()
                .map(LoadReport::succeeded_requests)
                .sum(),
            all: outcome.reports.iter().map(LoadReport::all_requests).sum(),
        };
        let mut proofs = slot.findings;
        proofs.extend(self.judge_counters(context, &slot.counters, &after, sent));
        let pods = self.path_pods(context).await?;
        proofs.push(same_pods(&slot.lives, &lives(&pods)));
        let runner_pods = ended.map(|ended| ended.pods.clone()).unwrap_or_default();
        let components = self
            .components(context.plan, &context.phase.id, &runner_pods)
            .await?;
        let used = used(self.prometheus()?, &components, window).await?;
        if used.samples.is_empty() {
            tracing::warn!(
                "Prometheus has no CPU or memory of the containers (cAdvisor) for this slot"
            );
        } else {
            tell_unsampled(&used.unsampled);
        }
        outcome.resources = used.samples;
        outcome.unsampled = used.unsampled;
        Ok(proofs)
    }

    fn two_scrapes(&self) -> chrono::TimeDelta {
        chrono::TimeDelta::seconds(2 * i64::from(self.plan.scrape_interval_seconds))
    }

    fn judge_counters(
        &self,
        context: SlotContext<'_>,
        before: &[Vec<LastValue>],
        after: &[Vec<LastValue>],
        sent: Sent,
    ) -> Vec<Proof> {
        let grown = before
            .iter()
            .zip(after)
            .map(|(before, after)| growth(before, after));
        if let Some(path) = self.path(context) {
            let judged = counters(path).into_iter().zip(grown);
            return judged
                .map(|((counter, movement), grown)| {
                    judge(counter.subject(), movement, &grown, sent)
                })
                .collect();
        }
        let custom = self.plan.custom_phase(&context.phase.id);
        let proofs = custom.into_iter().flat_map(|phase| &phase.proofs);
        proofs
            .zip(grown)
            .map(|(proof, grown)| custom_proof(proof, &grown, sent))
            .collect()
    }
}

fn tell_unsampled(unsampled: &[Unsampled]) {
    if unsampled.is_empty() {
        return;
    }
    let names: Vec<String> = unsampled
        .iter()
        .map(|one| format!("{} `{}`", one.role, one.instance))
        .collect();
    tracing::warn!(
        "Prometheus has not two samples of {} for this slot, so its cost is unknown: the load is too short for cAdvisor, or a kubelet is not scraped",
        names.join(", ")
    );
}

/// Reads what a runner proved with its own requests before its load.
fn in_band_proofs(runner: &str, log: &str) -> Vec<Proof> {
    /// What the script puts before its line.
    const MARKER: &str = "MESHDELTA_PROOF ";
    let lines = log.lines().filter_map(|line| {
        let logged: serde_json::Value = serde_json::from_str(line).ok()?;
        let text = logged["msg"].as_str()?.strip_prefix(MARKER)?.to_owned();
        serde_json::from_str::<serde_json::Value>(&text).ok()
    });
    lines
        .map(|proof| Proof {
            stage: meshdelta_run::manifest::ProofStage::Before,
            subject: format!("path of {} requests of runner {runner}", proof["requests"]),
            expected: proof["expected"].as_str().unwrap_or_default().to_owned(),
            observed: if proof["passed"] == json!(true) {
                let expected = proof["expected"].as_str().unwrap_or_default();
                format!("{expected}{}", applied_by(&proof))
            } else {
                proof["seen"].to_string()
            },
            passed: proof["passed"] == json!(true),
        })
        .collect()
}

/// Says which proxies applied the route to the requests of a runner, and of how many replicas of a waypoint; nothing where there is no route.
fn applied_by(proof: &serde_json::Value) -> String {
    let applied = proof["applied"].as_array().into_iter().flatten();
    let names: Vec<&str> = applied.filter_map(serde_json::Value::as_str).collect();
    if names.is_empty() {
        return String::new();
    }
    let replicas = proof["replicas"].as_u64();
    let share = replicas.map_or_else(String::new, |replicas| {
        format!(" ({} of {replicas} replicas)", names.len())
    });
    format!(", route applied by {}{share}", names.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from k6 1.1.0 with `cluster.js` and JSON logs; the second line is of an older script.
    const LOG: &str = r#"{"level":"info","msg":"MESHDELTA_PROOF {\"expected\":\"baseline\",\"passed\":true,\"requests\":40,\"applied\":[]}","source":"console","time":"2026-11-27T02:27:36Z"}
{"level":"info","msg":"MESHDELTA_PROOF {\"expected\":\"ambient-l7\",\"passed\":true,\"requests\":40,\"applied\":[\"waypoint-a\",\"waypoint-b\"]}","source":"console"}
{"level":"info","msg":"MESHDELTA_PROOF {\"expected\":\"baseline\",\"passed\":false,\"requests\":1,\"seen\":{\"status\":200,\"proxied\":true,\"route\":\"\",\"certificate\":false}}","source":"console","time":"2026-11-27T02:27:49Z"}
{"level":"info","msg":"MESHDELTA_PROOF {\"expected\":\"ambient-l7\",\"passed\":true,\"requests\":200,\"applied\":[\"waypoint-a\"],\"host\":\"runner\",\"replicas\":2}","source":"console","time":"2026-11-27T19:28:15Z"}
MESHDELTA_SUMMARY {"metrics":{}}
"#;

    #[test]
    fn what_a_runner_proved_is_read_from_its_log() {
        let proofs = in_band_proofs("2", LOG);
        let seen: Vec<_> = proofs
            .iter()
            .map(|proof| (proof.observed.as_str(), proof.passed))
            .collect();
        assert_eq!(
            seen,
            [
                ("baseline", true),
                (
                    "ambient-l7, route applied by waypoint-a and waypoint-b",
                    true
                ),
                (
                    "{\"certificate\":false,\"proxied\":true,\"route\":\"\",\"status\":200}",
                    false
                ),
                (
                    "ambient-l7, route applied by waypoint-a (1 of 2 replicas)",
                    true
                ),
            ]
        );
        assert_eq!(proofs[0].subject, "path of 40 requests of runner 2");
        assert_eq!(proofs[3].subject, "path of 200 requests of runner 2");
    }
}
