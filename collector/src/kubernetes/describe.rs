//! An object for an error message: what it is, its conditions, the states of its containers, and its events.

use std::fmt::Write as _;

use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::ResourceExt;
use kube::api::{DynamicObject, ListParams};
use serde_json::Value;

use super::apply::named;
use super::connect::Cluster;
use super::kind::KindName;

/// The newest events that are shown.
const EVENTS: usize = 8;

impl Cluster {
    /// Describes an object by its name, as it is now. What cannot be read is said in the text: a description never hides the first error.
    pub async fn describe(&self, kind: &KindName, namespace: Option<&str>, name: &str) -> String {
        match self.get(kind, namespace, name).await {
            Ok(Some(object)) => self.describe_object(&object).await,
            Ok(None) => format!("{} `{name}` is gone", kind.kind),
            Err(error) => format!("{} `{name}` cannot be read: {error}", kind.kind),
        }
    }

    /// Describes an object with the events about it.
    pub async fn describe_object(&self, object: &DynamicObject) -> String {
        let (Some(uid), Some(namespace)) = (object.uid(), object.namespace()) else {
            return description(object, &[]);
        };
        let events: Api<Event> = Api::namespaced(self.client().clone(), &namespace);
        let about = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
        match events.list(&about).await {
            Ok(events) => description(object, &events.items),
            Err(error) => format!(
                "{}\n  (its events cannot be read: {})",
                description(object, &[]),
                self.failed("list events", &error)
            ),
        }
    }
}

/// Renders an object and its events, one fact a line.
pub fn description(object: &DynamicObject, events: &[Event]) -> String {
    let mut text = named(object);
    let status = &object.data["status"];
    for name in ["phase", "stage"] {
        if let Some(value) = status[name].as_str() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n  {name}: {value}");
        }
    }
    for condition in list(&status["conditions"]) {
        let part = |name: &str| condition[name].as_str().unwrap_or_default().to_owned();
        let why = [part("reason"), part("message")].join(" ");
        let _ = write!(
            text,
            "\n  condition {}={} {}",
            part("type"),
            part("status"),
            why.trim()
        );
    }
    for statuses in ["initContainerStatuses", "containerStatuses"] {
        for container in list(&status[statuses]) {
            if let Some(state) = container_state(container) {
                let name = container["name"].as_str().unwrap_or_default();
                let _ = write!(text, "\n  container {name}: {state}");
            }
        }
    }
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_by_key(|event| event.last_timestamp.clone());
    for event in events.iter().rev().take(EVENTS).rev() {
        let _ = write!(
            text,
            "\n  event {}: {}{}",
            event.reason.as_deref().unwrap_or_default(),
            event.message.as_deref().unwrap_or_default().trim(),
            event
                .count
                .filter(|count| *count > 1)
                .map_or_else(String::new, |count| format!(" ({count} times)"))
        );
    }
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Returns why a container does not run, or how it ended; nothing for one that runs.
fn container_state(container: &Value) -> Option<String> {
    let state = container["state"].as_object()?;
    let (name, detail) = state.iter().next()?;
    if name == "running" {
        return None;
    }
    let reason = detail["reason"].as_str().unwrap_or_default();
    let message = detail["message"].as_str().unwrap_or_default();
    let code = detail["exitCode"]
        .as_i64()
        .map_or_else(String::new, |code| format!(" (exit code {code})"));
    Some(
        format!("{name} {reason}{code} {message}")
            .trim_end()
            .to_owned(),
    )
}
