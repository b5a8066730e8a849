//! Which cluster a run is measured in.

use meshdelta_collector::cluster::{KindClusterName, KindState};
use meshdelta_collector::kubernetes::{Access, Cluster};
use meshdelta_run::Plan;
use meshdelta_run::plan::EnvironmentKind;

use crate::commands::{block_on, status};
use crate::error::CommandError;

/// Takes the private kubeconfig of a kind cluster that `meshdelta cluster up` made, unless the plan names another one.
pub(super) fn find_kind_cluster(plan: &mut Plan) {
    let Some(kubernetes) = plan.kubernetes.as_mut() else {
        return;
    };
    if plan.environment != EnvironmentKind::Kind || kubernetes.kubeconfig.is_some() {
        return;
    }
    let name = kubernetes
        .context
        .as_deref()
        .and_then(|context| context.strip_prefix("kind-"));
    let state = name.and_then(|name| KindState::of(&KindClusterName::try_new(name).ok()?).ok());
    kubernetes.kubeconfig = state
        .map(|state| state.kubeconfig())
        .filter(|kubeconfig| kubeconfig.is_file());
}

/// Writes the current context into a plan that names none, so that the run says where it was measured, and a resumed one never goes on in another
/// cluster because the current context changed.
pub(super) fn with_context(mut plan: Plan) -> Result<Plan, CommandError> {
    if !plan.environment.is_kubernetes() {
        return Ok(plan);
    }
    let kubernetes = plan.kubernetes.get_or_insert_default();
    if kubernetes.context.is_none() {
        let access = Access {
            kubeconfig: kubernetes.kubeconfig.clone(),
            context: None,
        };
        // It reads the kubeconfig, and asks nobody yet.
        let cluster = block_on(Cluster::connect(&access))??;
        status(&format!(
            "measuring in the cluster of the current context, `{}`",
            cluster.context()
        ));
        kubernetes.context = Some(cluster.context().to_owned());
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use meshdelta_run::plan::parse_plan_file;

    use super::*;

    #[test]
    fn a_run_remembers_the_context_that_was_current_when_it_began() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        fs_err::write(
            &file,
            "current-context: here\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\n\
             contexts: [{name: here, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: t}}]\n",
        )
        .unwrap();
        let plan = |settings: &str| {
            let settings = parse_plan_file("plan.toml", settings).unwrap();
            let mut plan = settings.resolve(7).unwrap();
            if let Some(kubernetes) = &mut plan.kubernetes {
                kubernetes.kubeconfig = Some(file.clone());
            }
            let plan = with_context(plan).unwrap();
            plan.kubernetes.and_then(|kubernetes| kubernetes.context)
        };
        let kubernetes = "environment = 'kubernetes'\n";
        assert_eq!(plan(kubernetes).as_deref(), Some("here"));
        let named = format!("{kubernetes}[kubernetes]\ncontext = 'there'\n");
        assert_eq!(plan(&named).as_deref(), Some("there"));
        assert_eq!(plan("environment = 'local'"), None);
    }
}
