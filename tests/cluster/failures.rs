//! What goes wrong in a cluster: told at once, by what the cluster says of it, and nothing is left.

use std::collections::BTreeMap;

use meshdelta_collector::kubernetes::parse_manifests;

use crate::support::{Said, TestCluster, on_cluster, wait_until};

/// Runs a plan that must fail, and returns what was said.
fn failure(
    name: &'static str,
    extra: &str,
    change: impl Fn(String) -> String,
) -> (TestCluster, Said) {
    let cluster = TestCluster::new(name);
    let plan = cluster.plan(&format!("grafana = \"\"\n{extra}"));
    let text = fs_err::read_to_string(&plan).unwrap();
    fs_err::write(&plan, change(text)).unwrap();
    let output = cluster.text("run");
    let said = cluster.run(&["run", &plan, "--output", &output]);
    assert_eq!(said.code, Some(1));
    assert!(!cluster.path("run/run.json").exists());
    assert_eq!(cluster.left(), Vec::<String>::new());
    (cluster, said)
}

#[track_caller]
fn says(said: &Said, parts: &[&str]) {
    for part in parts {
        assert!(
            said.stderr.contains(part),
            "{part} is missing in\n{}",
            said.stderr
        );
    }
}

#[test]
#[ignore = "needs a real cluster"]
fn an_image_that_cannot_be_pulled_is_told_with_the_event_about_it() {
    let (_, said) = failure("image", "", |plan| plan.replace("/k6:1.1.0", "/none:1"));
    says(
        &said,
        &[
            "TestRun",
            "container `k6` of pod",
            "ImagePull",
            "event Failed",
            "none:1",
        ],
    );
}

#[test]
#[ignore = "needs a real cluster"]
fn a_runner_that_dies_before_the_start_is_told_with_its_exit_code_and_last_words() {
    let (_, said) = failure("dies", "prometheus_write_url = \"http://[\"", |plan| plan);
    says(
        &said,
        &[
            "k6 ended with exit code",
            "Pod `kube-dies-load/",
            "it said:",
        ],
    );
}

#[test]
#[ignore = "needs a real cluster"]
fn a_starter_that_fails_is_told_and_the_paused_runners_are_not_waited_for() {
    let (_, said) = failure("starter", "", |plan| {
        plan.replace("/curl:7.88.1", "/fortio:1.75.2")
    });
    says(&said, &["-starter", "TestRun"]);
}

#[test]
#[ignore = "needs a real cluster"]
fn a_pod_that_finds_no_node_is_told() {
    let (_, said) = failure("no-node", "", |plan| {
        plan.replace(
            "\"meshdelta.io/role\" = \"load\"",
            "\"meshdelta.io/role\" = \"nowhere\"",
        )
    });
    says(
        &said,
        &[
            "finds no node",
            "condition PodScheduled=False Unschedulable",
        ],
    );
}

#[test]
#[ignore = "needs a real cluster"]
fn servers_that_never_become_ready_are_described() {
    let (_, said) = failure("unready", "", |plan| {
        plan.replace("/fortio:1.75.2", "/none:1")
            .replace("ready_timeout_seconds = 120", "ready_timeout_seconds = 30")
    });
    says(
        &said,
        &[
            "what phase `baseline` needs",
            "Deployment `kube-unready/not-in-mesh`",
            "ImagePull",
        ],
    );
}

#[test]
#[ignore = "needs a real cluster"]
fn two_runs_on_one_cluster_are_refused_with_who_holds_it() {
    let first = TestCluster::new("first");
    let second = TestCluster::new("second");
    let output = first.text("run");
    let plan = first.plan("grafana = \"\"");
    let run = first.start(&["run", &plan, "--duration", "3000", "--output", &output]);
    first.wait_for_load(&run);
    let plan = second.plan("grafana = \"\"");
    let said = second.run(&["run", &plan, "--output", &second.text("run")]);
    assert_eq!(said.code, Some(6));
    says(
        &said,
        &["is in use by run", &format!("(process {})", run.id())],
    );

    // Ctrl-C in the middle of the load: nothing was complete, and nothing is left.
    run.interrupt();
    assert_eq!(run.end().code, Some(130));
    assert!(!first.path("run").exists());
    assert_eq!(first.left(), Vec::<String>::new());
    assert_eq!(second.left(), Vec::<String>::new());
}

#[test]
#[ignore = "needs a real cluster"]
fn a_job_that_hangs_is_ended_at_its_limit() {
    let cluster = TestCluster::new("hangs");
    let plan = cluster.plan("grafana = \"\"\nload_grace_seconds = 20");
    let output = cluster.text("run");
    let run = cluster.start(&["run", &plan, "--duration", "30", "--output", &output]);
    cluster.wait_for_load(&run);
    // Stopped, and not ended: the pods run on, and the operator says `started`.
    cluster.enter(&["pkill", "-STOP", "-x", "k6"]);
    let said = run.end();
    assert_eq!(said.code, Some(1));
    says(
        &said,
        &["k6 did not end within", "TestRun `kube-hangs-load/"],
    );
    assert_eq!(cluster.left(), Vec::<String>::new());
}

#[test]
#[ignore = "needs a real cluster"]
fn runners_that_are_refused_are_told_with_what_refuses_them() {
    let cluster = TestCluster::new("quota");
    let load = cluster.load_namespace();
    let manifest = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {load}}}\n---\n\
         apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: none, namespace: {load}}}\nspec: {{hard: {{pods: \"0\"}}}}\n"
    );
    let objects = parse_manifests("quota", &manifest).unwrap();
    let kubeconfig = cluster.kubeconfig();
    on_cluster(&kubeconfig, async |admin| {
        admin.apply_all(&objects, &BTreeMap::new()).await.unwrap();
    });
    let plan = cluster.plan("grafana = \"\"");
    let said = cluster.run(&["run", &plan, "--output", &cluster.text("run")]);
    on_cluster(&kubeconfig, async |admin| {
        admin.delete(&objects[0]).await.unwrap();
    });
    assert_eq!(said.code, Some(1));
    says(
        &said,
        &["gets no pod", "exceeded quota: none", "event FailedCreate"],
    );
    // The namespace was not the run's to remove.
    wait_until(|| match cluster.left() {
        left if left.is_empty() => Ok(()),
        left => Err(format!("{left:?}")),
    });
}
