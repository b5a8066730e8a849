//! Which of Istio's sidecar injectors heeds the pods of a run.

use std::collections::BTreeSet;

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::ResourceExt;

/// The label of every injector.
pub(super) const INJECTOR: &str = "app=sidecar-injector";
/// What pods without a revision are injected by: an istiod that was installed without one, or the one that this tag points at.
const DEFAULT: &str = "default";

/// Returns what is missing when no injector heeds pods of this revision; absent means the default one.
pub(super) fn missing_injector(
    injectors: &[MutatingWebhookConfiguration],
    revision: Option<&str>,
) -> Option<String> {
    let found: BTreeSet<&str> = injectors.iter().map(revision_of).collect();
    if found.contains(revision.unwrap_or(DEFAULT)) {
        return None;
    }
    if found.is_empty() {
        return Some(format!(
            "no sidecar injector of Istio (MutatingWebhookConfiguration with the label {INJECTOR})"
        ));
    }
    let found: Vec<&str> = found.into_iter().collect();
    let wanted = match revision {
        Some(revision) => format!("for the revision `{revision}`"),
        None => "for pods that name no revision".to_owned(),
    };
    Some(format!(
        "no sidecar injector of Istio {wanted}, only for {}: one of these has to be `kubernetes.istio_revision` in the plan",
        found.join(", ")
    ))
}

/// Returns the revision that pods name to be injected by this one. An injector of a tag heeds the tag alone, whatever revision is behind it
/// (Istio, `istio-discovery/templates/mutatingwebhook.yaml` and `revision-tags-mwc.yaml`).
fn revision_of(injector: &MutatingWebhookConfiguration) -> &str {
    let label = |name: &str| injector.labels().get(name).map(String::as_str);
    let revision = label("istio.io/tag").or_else(|| label("istio.io/rev"));
    revision.unwrap_or(DEFAULT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What Istio 1.30's charts and `istioctl` label their injectors with: a revision, and for a tag its name too.
    fn injectors(labels: &[(&str, Option<&str>)]) -> Vec<MutatingWebhookConfiguration> {
        let injector = |(revision, tag): &(&str, Option<&str>)| {
            let mut labels = json!({"app": "sidecar-injector", "istio.io/rev": revision});
            if let Some(tag) = tag {
                labels["istio.io/tag"] = json!(tag);
            }
            serde_json::from_value(json!({"metadata": {"name": "i", "labels": labels}})).unwrap()
        };
        labels.iter().map(injector).collect()
    }

    #[test]
    fn every_usual_installation_fits() {
        let helm = injectors(&[("default", None)]);
        let istioctl = injectors(&[("default", None), ("default", Some("default"))]);
        // `istioctl install --revision canary` where nothing was: the tag `default` points at it.
        let canary = injectors(&[("canary", None), ("canary", Some("default"))]);
        for installation in [&helm, &istioctl, &canary] {
            assert_eq!(missing_injector(installation, None), None);
        }
        assert_eq!(missing_injector(&canary, Some("canary")), None);
        let beside = injectors(&[
            ("default", None),
            ("1-30-3", None),
            ("1-30-3", Some("prod")),
        ]);
        for revision in [None, Some("default"), Some("1-30-3"), Some("prod")] {
            assert_eq!(missing_injector(&beside, revision), None, "{revision:?}");
        }
        // Labels of somebody's own.
        let unlabelled = serde_json::from_value(json!({"metadata": {"name": "i"}})).unwrap();
        assert_eq!(missing_injector(&[unlabelled], None), None);
    }

    #[test]
    fn an_injector_of_another_revision_does_not_fit() {
        let canary = injectors(&[("canary", None), ("canary", Some("prod"))]);
        assert_eq!(
            missing_injector(&canary, None).unwrap(),
            "no sidecar injector of Istio for pods that name no revision, only for canary, prod: \
             one of these has to be `kubernetes.istio_revision` in the plan"
        );
        let helm = injectors(&[("default", None)]);
        let missing = missing_injector(&helm, Some("canary")).unwrap();
        assert!(missing.contains("for the revision `canary`, only for default"));
        // A tag of the default revision heeds its own name only.
        let tag = injectors(&[("default", Some("prod"))]);
        assert!(missing_injector(&tag, None).is_some());
        assert!(missing_injector(&tag, Some("prod")).is_none());
    }

    #[test]
    fn without_any_injector_istio_is_missing() {
        for revision in [None, Some("canary")] {
            let missing = missing_injector(&[], revision).unwrap();
            assert!(missing.contains("app=sidecar-injector"), "{missing}");
        }
    }
}
