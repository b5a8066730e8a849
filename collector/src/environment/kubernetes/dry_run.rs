//! What a run would make in the cluster, without one: every object, in the order of making.

use kube::api::DynamicObject;
use meshdelta_run::order::run_order;
use meshdelta_run::{Plan, RunId};
use tokio_util::sync::CancellationToken;

use super::lease::{LEASE_NAME, LEASE_NAMESPACE};
use super::manifests::{namespace, standing_objects, target};
use super::session::write_url;
use super::test_run::{script, test_run};
use crate::clock;
use crate::environment::SlotContext;
use crate::error::CollectorError;

/// Stands for the id of the run, which is drawn when it begins.
const RUN_ID: &str = "run-id";

/// Returns the objects that a run of the plan makes on Kubernetes, as text: a title and a document of JSON each, which is YAML too. Of the load
/// of each phase, the first slot's is shown. The labels of the run, which all objects get, are left out.
pub fn dry_run(plan: &Plan) -> Result<String, CollectorError> {
    let mut text = format!("# Lease {LEASE_NAMESPACE}/{LEASE_NAME}, until the run ends\n");
    for object in objects(plan)? {
        let document =
            serde_json::to_string_pretty(&object).map_err(|error| CollectorError::Template {
                name: object.metadata.name.clone().unwrap_or_default(),
                reason: error.to_string(),
            })?;
        text.push_str("---\n");
        text.push_str(&document);
        text.push('\n');
    }
    Ok(text)
}

fn objects(plan: &Plan) -> Result<Vec<DynamicObject>, CollectorError> {
    let kubernetes = plan.kubernetes.clone().unwrap_or_default();
    let run_id = RunId::try_new(RUN_ID).expect("invariant: it is a short name");
    let mut objects = vec![
        namespace(&kubernetes.namespace)?,
        namespace(&kubernetes.load_namespace)?,
    ];
    objects.extend(standing_objects(plan, &kubernetes, &run_id)?);
    objects.push(script(&kubernetes, &run_id)?);
    let order = run_order(plan);
    for phase in &plan.phases {
        let Some(slot) = order.iter().find(|slot| slot.phase == phase.id) else {
            continue;
        };
        let context = SlotContext {
            run_id: &run_id,
            plan,
            slot,
            phase,
            attempt: clock::now(),
            cancellation: &CancellationToken::new(),
        };
        let target = target(&kubernetes, &run_id, &phase.id)?;
        objects.push(test_run(
            context,
            &kubernetes,
            &target,
            &write_url(&kubernetes)?,
        )?);
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use meshdelta_run::plan::parse_plan_file;

    use super::*;

    #[test]
    fn every_object_is_shown_once_and_can_be_read_again() {
        let settings = parse_plan_file("plan.toml", "environment = 'kubernetes'").unwrap();
        let plan = settings.resolve(7).unwrap();
        let text = dry_run(&plan).unwrap();
        let shown = crate::kubernetes::parse_manifests("dry run", &text).unwrap();
        let count = |kind: &str| {
            let shown = shown.iter();
            shown
                .filter(|object| object.types.as_ref().unwrap().kind == kind)
                .count()
        };
        let counts = ["Namespace", "Deployment", "Service", "ConfigMap", "TestRun"].map(count);
        // The second `ConfigMap` is of the waypoint.
        assert_eq!(counts, [2, 3, 5, 2, 5], "{text}");
        assert!(text.contains("Lease default/meshdelta-run"));
    }
}
