//! Marks each slot in Grafana, by the measured window. A Grafana that fails never stops a run.

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use meshdelta_run::manifest::Window;
use meshdelta_run::plan::KubernetesPlan;
use serde_json::json;

use crate::environment::SlotContext;
use crate::kubernetes::{Cluster, PortForward, ServicePort};
use crate::prometheus::http_client;

/// A service-account token of Grafana; without it the administrator's password is read from the Secret.
const TOKEN_VARIABLE: &str = "MESHDELTA_GRAFANA_TOKEN";

/// A Grafana that takes annotations.
#[derive(Debug)]
pub(super) struct Grafana {
    url: String,
    credentials: Credentials,
    /// Keeps the way into the cluster open.
    _forward: Option<PortForward>,
}

enum Credentials {
    Token(String),
    Password { user: String, password: String },
    None,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Credentials")
    }
}

impl Grafana {
    /// Finds the Grafana of the plan; `None` when the plan has none. The error is for a warning.
    pub(super) async fn find(
        cluster: &Cluster,
        plan: &KubernetesPlan,
    ) -> Result<Option<Self>, String> {
        let service = service(plan)?;
        let credentials = credentials(cluster, plan, service.as_ref()).await?;
        if let Some(url) = &plan.grafana_url {
            return Ok(Some(Self {
                url: url.trim_end_matches('/').to_owned(),
                credentials,
                _forward: None,
            }));
        }
        let Some(service) = service else {
            return Ok(None);
        };
        let forward = cluster
            .forward_service(service, 0)
            .await
            .map_err(|error| error.to_string())?;
        Ok(Some(Self {
            url: format!("http://{}", forward.address()),
            credentials,
            _forward: Some(forward),
        }))
    }

    /// Marks the measured window of a slot.
    pub(super) async fn annotate(
        &self,
        context: SlotContext<'_>,
        window: Window,
    ) -> Result<(), String> {
        let annotation = annotation(context, window);
        let request = http_client()
            .map_err(|error| error.to_string())?
            .post(format!("{}/api/annotations", self.url))
            .json(&annotation)
            .timeout(std::time::Duration::from_secs(10));
        let request = match &self.credentials {
            Credentials::Token(token) => request.bearer_auth(token),
            Credentials::Password { user, password } => request.basic_auth(user, Some(password)),
            Credentials::None => request,
        };
        let answer = request.send().await;
        let answer = answer.map_err(|error| error.without_url().to_string())?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("Grafana answered {}", answer.status()))
        }
    }
}

/// Returns where Grafana is in the cluster, unless the plan has none there.
pub(super) fn service(plan: &KubernetesPlan) -> Result<Option<ServicePort>, String> {
    if plan.grafana.is_empty() || plan.grafana_url.is_some() {
        return Ok(None);
    }
    plan.grafana.parse().map(Some)
}

async fn credentials(
    cluster: &Cluster,
    plan: &KubernetesPlan,
    service: Option<&ServicePort>,
) -> Result<Credentials, String> {
    if let Ok(token) = std::env::var(TOKEN_VARIABLE) {
        return Ok(Credentials::Token(token));
    }
    let Some(service) = service else {
        return Ok(Credentials::None);
    };
    let secrets: Api<Secret> = Api::namespaced(cluster.client().clone(), &service.namespace);
    let secret = secrets.get(&plan.grafana_secret).await.map_err(|error| {
        cluster
            .failed(
                format!("get Secret `{}/{}`", service.namespace, plan.grafana_secret),
                &error,
            )
            .to_string()
    })?;
    let text = |name: &str| {
        let data = secret.data.as_ref()?.get(name)?;
        String::from_utf8(data.0.clone()).ok()
    };
    match (text("admin-user"), text("admin-password")) {
        (Some(user), Some(password)) => Ok(Credentials::Password { user, password }),
        _ => Err(format!(
            "Secret `{}` has no admin-user and admin-password",
            plan.grafana_secret
        )),
    }
}

/// Returns the annotation of a slot. The dashboard in `manifests/grafana/` finds it by its tags.
fn annotation(context: SlotContext<'_>, window: Window) -> serde_json::Value {
    let slot = context.slot;
    json!({
        "time": window.start.0,
        "timeEnd": window.end.0,
        "tags": [
            "meshdelta",
            format!("run:{}", context.run_id),
            format!("phase:{}", slot.phase),
            format!("round:{}", slot.id.round),
        ],
        "text": format!("{} (round {}, slot {})", context.phase.title, slot.id.round + 1, slot.id.slot + 1),
    })
}

#[cfg(test)]
mod tests {
    use meshdelta_run::order::run_order;
    use meshdelta_run::{Phase, Plan, RunId, TimestampMs};
    use tokio_util::sync::CancellationToken;
    use wiremock::matchers::{body_json, header, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    #[tokio::test]
    async fn a_slot_is_marked_by_its_measured_window_and_a_refusal_is_told() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/api/annotations"))
            .and(header("authorization", "Basic YWRtaW46c2VjcmV0"))
            .and(body_json(json!({
                "time": 1000, "timeEnd": 61_000,
                "tags": ["meshdelta", "run:r1", "phase:baseline", "round:0"],
                "text": "Baseline (round 1, slot 1)"
            })))
            .respond_with(ResponseTemplate::new(200))
            .expect(1)
            .mount(&server)
            .await;
        let plan = Plan::default();
        let slot = run_order(&plan).remove(0);
        let (run_id, phase) = (
            RunId::try_new("r1").unwrap(),
            Phase::find("baseline").unwrap(),
        );
        let cancellation = CancellationToken::new();
        let context = SlotContext {
            run_id: &run_id,
            plan: &plan,
            slot: &slot,
            phase: &phase,
            attempt: TimestampMs(0),
            cancellation: &cancellation,
        };
        let window = Window {
            start: TimestampMs(1000),
            end: TimestampMs(61_000),
        };
        let mut grafana = Grafana {
            url: server.uri(),
            credentials: Credentials::Password {
                user: "admin".to_owned(),
                password: "secret".to_owned(),
            },
            _forward: None,
        };
        grafana.annotate(context, window).await.unwrap();
        assert!(!format!("{grafana:?}").contains("secret"));
        grafana.credentials = Credentials::None;
        let error = grafana.annotate(context, window).await.unwrap_err();
        assert_eq!(error, "Grafana answered 404 Not Found");
    }
}
